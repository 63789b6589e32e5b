"""``calibrate`` and ``scoring train``: what they answer, with vectors of people made up here."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from recognition import cli
from recognition.models import DLIB_RESNET29
from recognition.scoring import LikelihoodRatio, ScoreModel
from recognition.types import Floats

ROOT = Path(__file__).resolve().parents[2]


def crowd(count: int, photos: int, seed: int = 0) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    people = {}
    for number in range(count):
        face = 0.9 * np.eye(128)[0] + 0.025 * rng.normal(size=128)
        rows = face + 0.012 * rng.normal(size=(photos, 128))
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        people[f"person-{number:03}"] = unit.astype(np.float32)
    return people


@pytest.fixture
def vectors(monkeypatch: pytest.MonkeyPatch) -> dict[str, Floats]:
    """What the commands find, whatever the folder holds; a test may change it in place."""
    found = crowd(480, 3)
    engine = SimpleNamespace(spec=DLIB_RESNET29, model=DLIB_RESNET29.key, config=SimpleNamespace(mirror=True))
    for name in ("calibrate", "scoring"):
        monkeypatch.setattr(f"recognition.commands.{name}.make_engine", lambda: engine)
        monkeypatch.setattr(
            f"recognition.commands.{name}.people_photos", lambda _: {name: [Path("x")] * 3 for name in found}
        )
        monkeypatch.setattr(
            f"recognition.commands.{name}.people_vectors",
            lambda _, photos, quiet: {name: found[name] for name in photos},
        )
    return found


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str]:
    status = cli.main(list(args))
    return status, capsys.readouterr().out


def test_a_wish_gets_a_threshold_with_its_interval(
    vectors: dict[str, Floats], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wish = ("calibrate", "--data", "x", "--fpir", "0.1", "--gallery", "100", "--json")
    status, out = run(capsys, *wish, "--plots", str(tmp_path))
    answer = json.loads(out)
    assert status == 0
    assert (answer["verdict"], answer["score"], answer["people"]) == ("ok", "llr", 480)
    low, high = answer["interval_95"]
    assert low <= answer["threshold"] <= high
    assert answer["measured_fpir"] <= 0.1
    assert 0 <= answer["fnir"] <= 1
    assert answer["events"] >= 30
    for name in ("det.png", "scores.png"):
        drawn = cv2.imread(str(tmp_path / name))
        assert drawn is not None
        assert drawn.std() > 5
    assert "95 % interval" in run(capsys, *wish[:-1])[1]


@pytest.mark.parametrize("score", ["mean", "nearest"])
def test_cosines_can_be_calibrated_too(
    vectors: dict[str, Floats], capsys: pytest.CaptureFixture[str], score: str
) -> None:
    status, out = run(
        capsys, "calibrate", "--data", "x", "--fpir", "0.1", "--gallery", "100", "--score", score, "--json"
    )
    answer = json.loads(out)
    assert (status, answer["score"]) == (0, score)
    assert 0.5 < answer["threshold"] < 1


def test_too_few_pairs_get_no_number(vectors: dict[str, Floats], capsys: pytest.CaptureFixture[str]) -> None:
    args = ("calibrate", "--data", "x", "--fpir", "0.004", "--gallery", "100")
    status, out = run(capsys, *args, "--json")
    answer = json.loads(out)
    assert (status, answer["verdict"], answer["threshold"]) == (1, "insufficient data", None)
    assert answer["reason"].startswith("Insufficient data: Only ")
    assert "Insufficient data" in run(capsys, *args)[1]


@pytest.mark.parametrize("wish", [("0.001", "100"), ("0.1", "480"), ("0.1", "0"), ("2", "100")])
def test_what_these_people_cannot_answer_is_told_before_their_photos_are_read(
    vectors: dict[str, Floats],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    wish: tuple[str, str],
) -> None:
    monkeypatch.setattr("recognition.commands.calibrate.people_vectors", lambda *_, **__: pytest.fail("read"))
    args = ("calibrate", "--data", "x", "--fpir", wish[0], "--gallery", wish[1])
    if wish in {("0.1", "0"), ("2", "100")}:
        assert cli.main(list(args)) == 2
        assert "calibration.bad_rate" in capsys.readouterr().err
        return
    status, out = run(capsys, *args, "--json")
    answer = json.loads(out)
    assert (status, answer["verdict"], answer["threshold"]) == (1, "insufficient data", None)
    assert (answer["people"], answer["genuine"], answer["impostors"]) == (480, 480, 480 * 479)
    assert "Insufficient data" in run(capsys, *args)[1]


def test_the_margin_that_decides_counts(
    vectors: dict[str, Floats], capsys: pytest.CaptureFixture[str]
) -> None:
    wish = ("calibrate", "--data", "x", "--fpir", "0.1", "--gallery", "100", "--json")
    usual, none, wide = (
        json.loads(run(capsys, *wish, *more)[1]) for more in ((), ("--margin", "0"), ("--margin", "20"))
    )
    assert (usual["margin"], none["margin"], wide["margin"]) == (1.0, 0.0, 20.0)
    assert none["fnir"] <= usual["fnir"] < wide["fnir"]
    assert usual["threshold"] == none["threshold"] == wide["threshold"]
    assert "With it and a margin of 1, " in run(capsys, *wish[:-1])[1]
    assert cli.main([*wish, "--margin", "-1"]) == 2
    assert capsys.readouterr().err.startswith("error gallery.bad_policy: ")


def test_one_person_alone_gets_neither_number_nor_picture(
    vectors: dict[str, Floats], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in list(vectors)[1:]:
        del vectors[name]
    status, out = run(capsys, "calibrate", "--data", "x", "--json", "--plots", str(tmp_path / "plots"))
    answer = json.loads(out)
    assert (status, answer["verdict"], answer["people"]) == (1, "insufficient data", 1)
    assert "plots" not in answer
    assert not (tmp_path / "plots").exists()


def test_an_impossible_wish_is_an_error(
    vectors: dict[str, Floats], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["calibrate", "--data", "x", "--fpir", "2"]) == 2
    assert "calibration.bad_rate" in capsys.readouterr().err


def test_a_trained_model_is_written_and_can_score(
    vectors: dict[str, Floats], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "model.npz"
    status, said = run(capsys, "scoring", "train", "--data", "faces", "--out", str(out), "--json")
    assert status == 0
    card = json.loads(said)
    assert (card["people"], card["photos"], card["data"], card["held_out"]) == (480, 1440, "faces", False)
    scorer = LikelihoodRatio(ScoreModel.load(out))
    rows = list(crowd(40, 3, seed=5).values())
    enrolled = [scorer.person(one[:2]) for one in rows]
    scores = np.stack([scorer.scores(enrolled, one[2]) for one in rows])
    assert (scores.argmax(axis=1) == np.arange(40)).all()


def test_a_folder_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["calibrate", "--data", str(tmp_path / "none")]) == 2
    assert "gallery.not_found" in capsys.readouterr().err


def test_the_real_thing_says_when_people_are_too_few(capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(ROOT / "demo" / "people" / "strangers")
    wish = ("--gallery", "2", "--fpir", "0.9")  # not refused before the photos are read
    status, out = run(capsys, "calibrate", "--data", folder, *wish, "--quiet", "--json")
    answer = json.loads(out)
    assert answer["reason"].startswith("Insufficient data: Only ")
    assert (status, answer["verdict"], answer["people"]) == (1, "insufficient data", 6)
    assert answer["genuine"] == 6
