"""``classifier train``, ``predict`` and ``evaluate`` on real photos of people who do not exist."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from recognition import cli
from recognition.classifier import Classifier
from recognition.engine import FaceEngine
from tests.support.pictures import no_face, text_file, truncated_jpeg

DEMO = Path(__file__).resolve().parents[2] / "demo" / "people"
PEOPLE = ("ari-lindqvale", "bela-vargosi", "robin-ashmerle")


def photos(folder: Path, people: tuple[str, ...], numbers: range, source: str = "staff") -> Path:
    for name in people:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for path in sorted((DEMO / source / name).glob("*.jpg"))[numbers.start : numbers.stop]:
            shutil.copy(path, folder / name)
    return folder


@pytest.fixture(autouse=True)
def shared_engine(monkeypatch: pytest.MonkeyPatch, engine: FaceEngine) -> None:
    monkeypatch.setattr("recognition.commands.classifier_faces.make_engine", lambda: engine)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        status = cli.main(["classifier", *map(str, arguments), "--quiet"])
        return status, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, engine: FaceEngine) -> Path:
    """Trained by the command itself, on four photos of each of three people."""
    place = tmp_path_factory.mktemp("cli")
    gallery = photos(place / "gallery", PEOPLE, range(4))
    (gallery / PEOPLE[0] / "bad.jpg").write_bytes(truncated_jpeg())
    (gallery / "nobody").mkdir()
    (gallery / "nobody" / "hills.jpg").write_bytes(no_face())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recognition.commands.classifier_faces.make_engine", lambda: engine)
        told = [
            "--gallery",
            gallery,
            "--out",
            place / "model",
            "--copies",
            "2",
            "--epochs",
            "12",
            "--seed",
            "1",
        ]
        assert cli.main(["classifier", "train", *map(str, told)]) == 0
    return place / "model"


def test_train_writes_a_classifier_of_the_people_whose_photos_could_be_used(model: Path) -> None:
    assert json.loads((model / "labels.json").read_text()) == list(PEOPLE)
    arguments = json.loads((model / "args.json").read_text())
    assert (arguments["photos"], arguments["seed"], arguments["copies"]) == (12, 1, 2)
    assert Classifier.load(model).labels == PEOPLE


def test_train_answers_and_names_what_it_left_out(run: Any, tmp_path: Path) -> None:
    gallery = photos(tmp_path / "gallery", PEOPLE[:2], range(2))
    (gallery / PEOPLE[0] / "bad.jpg").write_bytes(text_file())
    (gallery / "nobody").mkdir()
    (gallery / "nobody" / "hills.jpg").write_bytes(no_face())
    status, out, err = run(
        "train", "--gallery", gallery, "--out", tmp_path / "model", "--copies", 0, "--epochs", 2, "--json"
    )
    assert status == 0
    answer = json.loads(out)
    assert (answer["people"], answer["photos"], answer["held_out_right"]) == (2, 4, None)
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "error image.not_an_image", "error face.not_found", "error training.no_faces",
    ]  # fmt: skip
    assert "nobody: " in err.splitlines()[-1]


def test_predict_names_people_and_says_unknown(run: Any, model: Path) -> None:
    probes = [DEMO / "staff" / name / "6.jpg" for name in PEOPLE]
    status, out, err = run("predict", *probes, "--model", model, "--threshold", "0.4", "--json", "--top", 2)
    assert (status, err) == (0, "")
    said = [json.loads(line) for line in out.splitlines()]
    assert [one["person"] for one in said] == list(PEOPLE)
    assert all(len(one["candidates"]) == 2 and one["threshold"] == 0.4 for one in said)
    best, second = (one["probability"] for one in said[0]["candidates"])
    assert 1 >= best > second >= 0
    assert set(said[0]["face"]) >= {"box", "landmarks", "quality"}
    stranger = DEMO / "strangers" / "jin-parkhaven" / "1.jpg"
    status, out, _ = run("predict", stranger, "--model", model, "--threshold", "1")
    assert status == 1
    assert out.startswith("Unknown: likeliest is ")


def test_predict_reports_photos_without_a_face_and_goes_on(run: Any, model: Path, tmp_path: Path) -> None:
    (tmp_path / "hills.jpg").write_bytes(no_face())
    (tmp_path / "text.png").write_bytes(text_file())
    good = DEMO / "staff" / PEOPLE[0] / "6.jpg"
    status, out, err = run(
        "predict", tmp_path / "hills.jpg", tmp_path / "text.png", tmp_path / "gone.jpg", good,
        "--model", model, "--threshold", "0", "--json",
    )  # fmt: skip
    said = [json.loads(line) for line in out.splitlines()]
    codes = ["face.not_found", "image.not_an_image", "image.not_found"]
    assert status == 2
    assert [one["error"] and one["error"]["code"] for one in said] == [*codes, None]
    assert [line.split(":")[0] for line in err.splitlines()] == [f"error {code}" for code in codes]
    assert [one["person"] for one in said] == [None, None, None, PEOPLE[0]]


def test_evaluate_counts_own_people_and_strangers(run: Any, model: Path, tmp_path: Path) -> None:
    data = photos(tmp_path / "data", PEOPLE, range(4, 6))
    photos(data, ("zuri-kamaboro",), range(1))
    (data / PEOPLE[1] / "bad.jpg").write_bytes(truncated_jpeg())
    strangers = photos(tmp_path / "strangers", ("jin-parkhaven",), range(2), "strangers")
    status, out, err = run(
        "evaluate", "--model", model, "--data", data, "--strangers", strangers, "--threshold", "0.7",
        "--json", "--out", tmp_path / "figures",
    )  # fmt: skip
    answer = json.loads(out.splitlines()[-1])
    assert status == 0
    assert (answer["n"], answer["top1"], answer["strangers"], answer["left_out"]) == (6, 1.0, 2, 1)
    assert answer["thresholds"][0] == {"threshold": 0.0, "right": 1.0, "wrong": 0.0, "strangers_named": 1.0}
    named = [one["strangers_named"] for one in answer["thresholds"]]
    assert named == sorted(named, reverse=True)
    assert answer["strangers_named"] == named[[one["threshold"] for one in answer["thresholds"]].index(0.7)]
    assert cv2.imread(answer["confusion"]).shape[2] == 3
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "error gallery.unknown_person", "error image.truncated",
    ]  # fmt: skip


def test_evaluate_without_strangers_says_that_nobody_knows(run: Any, model: Path, tmp_path: Path) -> None:
    data = photos(tmp_path / "data", PEOPLE[:1], range(4, 5))
    status, out, _ = run("evaluate", "--model", model, "--data", data)
    assert status == 0
    assert out.startswith("top-1 100.0% of 1 photo of 3 people; ")
    assert "none were given" in out
    assert (model / "confusion.png").is_file()


def test_bad_galleries_are_refused_before_anything_is_computed(run: Any, tmp_path: Path) -> None:
    (tmp_path / "empty" / "person").mkdir(parents=True)
    one = photos(tmp_path / "one", PEOPLE[:1], range(2))
    two = photos(tmp_path / "two", PEOPLE[:2], range(1))
    (tmp_path / "file").write_text("")
    for gallery, out, code in (
        (tmp_path / "gone", "model", "gallery.not_found"),
        (tmp_path / "empty", "model", "gallery.empty"),
        (one, "model", "training.too_few_people"),
        (two, "file/model", "training.not_written"),
        (two, "/proc/model", "training.not_written"),
    ):
        status, said, err = run("train", "--gallery", gallery, "--out", tmp_path / out)
        assert (status, said, err.split(": ")[0]) == (2, "", f"error {code}")
    assert not (tmp_path / "model").exists()


def test_one_person_with_a_face_is_too_few(run: Any, tmp_path: Path) -> None:
    gallery = photos(tmp_path / "gallery", PEOPLE[:1], range(1))
    (gallery / "nobody").mkdir()
    (gallery / "nobody" / "hills.jpg").write_bytes(no_face())
    status, _, err = run("train", "--gallery", gallery, "--out", tmp_path / "model")
    assert (status, err.splitlines()[-1].split(":")[0]) == (2, "error training.too_few_people")


def test_a_folder_that_is_no_classifier_is_refused(run: Any, tmp_path: Path, model: Path) -> None:
    photo, data = DEMO / "staff" / PEOPLE[0] / "6.jpg", photos(tmp_path / "data", PEOPLE[:1], range(1))
    (tmp_path / "no").mkdir()
    for arguments in (("predict", photo), ("evaluate", "--data", data)):
        status, _, err = run(*arguments, "--model", tmp_path / "no")
        assert (status, err.split(": ")[0]) == (2, "error model.missing")
    broken = shutil.copytree(model, tmp_path / "broken")
    (broken / "head.keras").write_bytes(np.random.default_rng(0).bytes(500))
    assert run("predict", photo, "--model", broken)[2].startswith("error model.bad_classifier: ")


def test_evaluate_refuses_data_without_own_people_and_folders_without_strangers(
    run: Any, tmp_path: Path, model: Path
) -> None:
    others = photos(tmp_path / "others", ("zuri-kamaboro",), range(1))
    assert run("evaluate", "--model", model, "--data", others)[2].splitlines()[-1].startswith(
        "error gallery.empty: "
    )  # fmt: skip
    data = photos(tmp_path / "data", PEOPLE[:1], range(4, 5))
    (tmp_path / "empty").mkdir()
    for strangers, code in (("empty", "gallery.empty"), ("gone", "gallery.not_found")):
        err = run("evaluate", "--model", model, "--data", data, "--strangers", tmp_path / strangers)[2]
        assert err.startswith(f"error {code}: ")
    err = run("evaluate", "--model", model, "--data", data, "--out", "/proc/figures")[2]
    assert err.startswith("error image.not_written: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "--gallery", "g"),
        ("train", "--gallery", "g", "--out", "o", "--epochs", "0"),
        ("predict", "a.jpg"),
        ("predict", "a.jpg", "--model", "m", "--threshold", "1.5"),
        ("predict", "a.jpg", "--model", "m", "--threshold", "nan"),
        ("evaluate", "--model", "m"),
        (),
    ],
    ids=" ".join,
)
def test_bad_use_is_two_with_a_code(run: Any, arguments: tuple[str, ...]) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("error usage.invalid: ")


def test_another_embedder_than_the_classifiers_own_is_refused(
    run: Any, monkeypatch: pytest.MonkeyPatch, engine: FaceEngine, tmp_path: Path
) -> None:
    class Other:
        class spec:  # noqa: N801
            name = "arc"

    monkeypatch.setattr("recognition.commands.classifier_faces.make_engine", Other)
    gallery = photos(tmp_path / "gallery", PEOPLE[:2], range(1))
    status, _, err = run("train", "--gallery", gallery, "--out", tmp_path / "model")
    assert (status, err.split(": ")[0]) == (2, "error model.unknown")
