"""``emotion evaluate`` and ``emotion predict``: real files in, answers, files and exit status out.

The network knows emotions by their shade of grey, so every figure is known before; faces are found by the
real detector.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from recognition import cli
from recognition.emotion.labels import EMOTIONS
from recognition.engine import FaceEngine
from tests.support.emotions import face, shades_network, write_csv, write_folders, write_png
from tests.support.pictures import no_face, text_file, truncated_jpeg

DEMO = Path(__file__).resolve().parents[2] / "demo" / "people" / "staff"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(shades_network(tmp_path_factory.mktemp("networks") / "shades"))


@pytest.fixture(autouse=True)
def shared_engine(monkeypatch: pytest.MonkeyPatch, engine: FaceEngine) -> None:
    monkeypatch.setattr("recognition.commands.emotion_predict.make_engine", lambda: engine)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        status = cli.main(["emotion", *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    return write_folders(tmp_path / "faces", 2)


def test_evaluate_prints_figures_and_writes_report_and_heatmap(run: Any, model: str, faces: Path) -> None:
    # One sad face lies where the happy ones are.
    write_png(faces / "happy" / "wrong.png", face("sad", 9))
    status, out, err = run(
        "evaluate", "--model", model, "--data", faces, "--out", faces.parent / "out", "--json"
    )
    answer = json.loads(out.splitlines()[-1])
    assert status == 0
    assert (answer["n"], answer["accuracy"]) == (15, pytest.approx(14 / 15, abs=1e-6))
    assert list(answer["per_class"]) == list(EMOTIONS)
    assert answer["per_class"]["happy"]["recall"] == pytest.approx(2 / 3, abs=1e-6)
    assert answer["per_class"]["sad"]["precision"] == pytest.approx(2 / 3, abs=1e-6)
    assert answer["confusion"][EMOTIONS.index("happy")][EMOTIONS.index("sad")] == 1
    assert (answer["split"], answer["model"], answer["skipped"]) == ("all", "shades", 0)
    assert "15/15" in err
    out_folder = faces.parent / "out"
    assert "accuracy 93.33%" in (out_folder / "report.txt").read_text()
    assert cv2.imread(str(out_folder / "confusion.png")).std() > 5
    assert json.loads((out_folder / "evaluation.json").read_text())["n"] == 15


def test_evaluate_in_words_goes_beside_the_model(run: Any, tmp_path: Path, faces: Path) -> None:
    model = shades_network(tmp_path / "mine", apart=False)
    status, out, err = run("evaluate", "--model", model, "--data", faces, "--quiet")
    assert (status, err) == (0, "")
    assert out.startswith("mine on faces, split all\n\naccuracy 100.00%")
    assert (model / "report.txt").read_text() in out
    assert (model / "confusion.png").is_file()


def test_evaluate_takes_the_split_that_is_asked_for(run: Any, model: str, tmp_path: Path) -> None:
    rows = [(name, face(name, 0), "Training") for name in EMOTIONS]
    rows += [(name, face(name, 1), "PublicTest") for name in EMOTIONS]
    rows += [("sad", face("sad", 0), "PublicTest")]  # this one is in training too
    rows += [(name, face("happy", 3), "PrivateTest") for name in EMOTIONS]  # one of seven is right
    data = write_csv(tmp_path / "fer.csv", rows)

    def judged(*split: str) -> dict[str, Any]:
        out = run("evaluate", "--model", model, "--data", data, "--out", tmp_path, "--json", *split)[1]
        found: dict[str, Any] = json.loads(out.splitlines()[-1])
        return found

    usual = judged()
    assert (usual["split"], usual["n"], usual["accuracy"]) == ("publictest", 8, 1)
    assert (usual["in_training"], usual["accuracy_not_in_training"]) == (1, 1)
    private = judged("--split", "PrivateTest")
    assert (private["n"], private["accuracy"]) == (7, pytest.approx(1 / 7, abs=1e-6))
    assert private["conflicting"] == 7
    assert judged("--split", "all")["n"] == 22
    status, out, err = run(
        "evaluate", "--model", model, "--data", data, "--split", "tomorrow", "--out", tmp_path
    )
    assert (status, out) == (2, "")
    assert err.startswith(
        "error data.no_split: There is no split 'tomorrow'; there is privatetest, publictest"
    )


def test_evaluate_names_and_counts_what_it_leaves_out(run: Any, model: str, faces: Path) -> None:
    (faces / "fear" / "broken.jpg").write_bytes(truncated_jpeg())
    write_png(faces / "fear" / "large.png", np.zeros((50, 48), np.uint8))
    status, out, err = run(
        "evaluate", "--model", model, "--data", faces, "--out", faces.parent, "--json", "--quiet"
    )
    answer = json.loads(out.splitlines()[-1])
    assert (status, answer["n"], answer["skipped"]) == (0, 14, 2)
    lines = err.splitlines()
    assert len(lines) == 3
    assert "broken.jpg" in lines[0]
    assert "large.png: It has 48 x 50 pixels" in lines[1]
    assert "2 pictures left out, 14 used" in lines[2]


def test_evaluate_refuses_what_it_cannot_judge(run: Any, model: str, faces: Path, tmp_path: Path) -> None:
    def failure(*arguments: str | Path) -> str:
        status, out, err = run("evaluate", *arguments)
        assert (status, out) == (2, "")
        assert "Traceback" not in err
        return str(err.split(":")[0].removeprefix("error "))

    (tmp_path / "empty").mkdir()
    write_png(tmp_path / "one" / "happy" / "0.png", face("happy"))
    write_png(tmp_path / "other" / "bored" / "0.png", face("happy"))
    (tmp_path / "file").write_text("in the way")
    with_model = ("--model", model)
    out = ("--out", tmp_path / "out")
    assert failure(*with_model, *out, "--data", tmp_path / "empty") == "data.empty_class"
    assert failure(*with_model, *out, "--data", tmp_path / "one") == "data.empty_class"
    assert failure(*with_model, *out, "--data", tmp_path / "other") == "data.unknown_class"
    assert failure(*with_model, *out, "--data", tmp_path / "nowhere") == "data.not_found"
    assert failure(*with_model, "--data", faces, "--out", tmp_path / "file") == "image.not_written"
    assert failure("--model", tmp_path / "empty", *out, "--data", faces) == "model.missing"
    assert run("evaluate", *with_model)[0] == 2  # no data


def test_a_folder_that_may_not_be_written_is_told_before_the_work(
    run: Any, model: str, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognition.commands.emotion_evaluate.judge", lambda *_: pytest.fail("was judged"))
    target = faces.parent / "locked"
    target.mkdir()
    monkeypatch.setattr(Path, "touch", _refuse)
    status, _, err = run("evaluate", "--model", model, "--data", faces, "--out", target)
    assert (status, err) == (
        2,
        f"error image.not_written: Cannot write to {target}: Read-only file system.\n",
    )


def _refuse(*_: Any) -> None:
    raise OSError(30, "Read-only file system")


def test_the_shipped_network_is_judged_outside_the_package(
    run: Any, model: str, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recognition.emotion.inference import load

    monkeypatch.setattr(
        "recognition.commands.emotion_evaluate.load", lambda _, **options: load(model, **options)
    )
    monkeypatch.chdir(tmp_path)
    assert run("evaluate", "--data", faces, "--quiet")[0] == 0
    assert (tmp_path / "emotion-evaluation" / "confusion.png").is_file()


def portrait() -> np.ndarray:
    """A demo person's photo, BGR as OpenCV reads it."""
    picture = cv2.imread(str(sorted(DEMO.glob("*/1.jpg"))[0]))
    assert picture is not None
    return picture


def test_predict_finds_the_face_in_any_kind_of_picture(run: Any, model: str, tmp_path: Path) -> None:
    photo = portrait()
    small = cv2.resize(photo, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    write_png(tmp_path / "colour.png", photo)
    write_png(tmp_path / "grey.png", cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY))
    write_png(tmp_path / "alpha.png", cv2.cvtColor(photo, cv2.COLOR_BGR2BGRA))
    write_png(tmp_path / "small.jpg", small)
    write_png(tmp_path / "two.png", np.hstack([photo, photo[:, ::-1]]))
    status, out, _ = run("predict", "--model", model, tmp_path, "--json")
    answers = {Path(line["path"]).name: line for line in map(json.loads, out.splitlines())}
    assert status == 0
    assert {name: len(answer["faces"]) for name, answer in answers.items()} == {
        "colour.png": 1, "grey.png": 1, "alpha.png": 1, "small.jpg": 1, "two.png": 2
    }  # fmt: skip
    for answer in answers.values():
        assert answer["error"] is None
        for found in answer["faces"]:
            assert list(found["probabilities"]) == list(EMOTIONS)
            assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-4)
            best = max(found["probabilities"], key=found["probabilities"].get)
            assert found["emotion"] == best
            assert found["unsure"] == (found["probabilities"][best] < 0.5)
            assert len(found["box"]) == 4
    # The same grey values, whatever the file is: the network sees nothing else.
    plain = answers["colour.png"]["faces"][0]["probabilities"]
    assert answers["grey.png"]["faces"][0]["probabilities"] == pytest.approx(plain, abs=0.05)
    assert answers["alpha.png"]["faces"][0]["probabilities"] == pytest.approx(plain, abs=1e-5)


def test_predict_in_words(run: Any, model: str, tmp_path: Path) -> None:
    path = write_png(tmp_path / "portrait.png", portrait())
    status, out, err = run("predict", "--model", model, path)
    first, second = out.splitlines()
    assert (status, err) == (0, "")
    assert first == f"{path}:"
    assert all(f"{name} 0." in second or f"{name} 1." in second for name in EMOTIONS)


def test_no_face_and_no_picture_are_clear_answers(run: Any, model: str, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(no_face())
    (tmp_path / "b.jpg").write_bytes(text_file())
    (tmp_path / "c.jpg").write_bytes(truncated_jpeg())
    write_png(tmp_path / "d.png", portrait())
    status, out, err = run("predict", "--model", model, tmp_path, "--json", "--quiet")
    errors = [json.loads(line)["error"] for line in out.splitlines()]
    assert status == 2
    assert [error and error["code"] for error in errors] == [
        "face.not_found", "image.not_an_image", "image.truncated", None
    ]  # fmt: skip
    assert "--crop none" in errors[0]["message"]
    assert err.startswith("error face.not_found: ")
    assert len(err.splitlines()) == 3


def test_a_picture_that_is_nothing_but_a_face(run: Any, model: str, tmp_path: Path) -> None:
    paths = [write_png(tmp_path / f"{name}.png", face(name)) for name in EMOTIONS]
    status, out, _ = run("predict", "--model", model, "--crop", "none", "--json", *paths)
    found = [json.loads(line)["faces"][0] for line in out.splitlines()]
    assert status == 0
    assert [one["emotion"] for one in found] == list(EMOTIONS)
    assert {one["box"] for one in found} == {None}


def test_predict_refuses_what_is_not_there(run: Any, model: str, tmp_path: Path) -> None:
    status, out, err = run("predict", "--model", tmp_path, DEMO)
    assert (status, out, err.split(":")[0]) == (2, "", "error model.missing")
    status, out, err = run("predict", "--model", model, tmp_path)
    assert (status, out, err.split(":")[0]) == (2, "", "error image.not_found")
