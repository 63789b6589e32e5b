"""The classifier: what it learns from a few people, what it writes, and what it refuses to read."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition.classifier import Classifier, Plan, train
from recognition.classifier.backbone import FEATURES, SPEC, backbone
from recognition.classifier.evaluation import evaluate, heatmap
from recognition.classifier.model import ARGUMENTS, HEAD, LABELS
from recognition.engine import FaceEngine
from recognition.errors import ModelError, TrainingError
from recognition.types import Image
from tests.support.chips import demo_chips

PLAN = Plan(epochs=12, copies=2, seed=3)
#: Labels may be anything: a product's ids, names in any script, what looks like a path.
LABEL = ("b7e0", "Ārija Ω", "../x")


@pytest.fixture(scope="module")
def chips(engine: FaceEngine) -> dict[str, Image]:
    """Three people, five photos each."""
    return dict(zip(LABEL, demo_chips(engine, 3, 5).values(), strict=True))


@pytest.fixture(scope="module")
def told() -> list[tuple[str, int, int]]:
    """What progress was told of the training."""
    return []


@pytest.fixture(scope="module")
def trained(chips: dict[str, Image], told: list[tuple[str, int, int]]) -> Classifier:
    """On four photos of each person; the fifth it has not seen."""
    enrolled = {name: mine[:4] for name, mine in chips.items()}
    return train(enrolled, PLAN, progress=lambda *done: told.append(done))


@pytest.fixture(scope="module")
def saved(trained: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained.save(tmp_path_factory.mktemp("classifiers") / "new" / "one")


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


def test_people_are_named_on_photos_it_has_not_seen(trained: Classifier, chips: dict[str, Image]) -> None:
    assert trained.labels == tuple(sorted(LABEL))
    for name, mine in chips.items():
        found = trained.predict(mine[4:])
        assert (found.shape, found.dtype) == ((1, 3), np.float32)
        assert found.sum() == pytest.approx(1, abs=1e-5)
        assert trained.labels[int(found.argmax())] == name


def test_many_chips_at_once_are_as_one_by_one_and_none_is_none(
    trained: Classifier, chips: dict[str, Image]
) -> None:
    every = np.concatenate([*chips.values(), *chips.values(), *chips.values()])
    assert len(every) > 32
    alone = np.concatenate([trained.predict(chip[None]) for chip in every[:15]])
    assert trained.predict(every)[30:] == pytest.approx(alone, abs=1e-5)
    assert trained.predict(every[:0]).shape == (0, 3)


def test_progress_counts_each_stage_to_its_end(trained: Classifier, told: list[tuple[str, int, int]]) -> None:
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["features", "choosing", "training"]
    for stage in stages:
        counts = [done for name, done, _ in told if name == stage]
        assert counts == sorted(counts)
        [total] = {total for name, _, total in told if name == stage}
        # A search for the best epoch may end early; everything else is done to the end.
        assert counts[-1] == total or stage == "choosing"
    assert [one for one in told if one[0] == "features"][-1][2] == 12 * (1 + PLAN.copies)


def test_what_progress_raises_ends_the_training(chips: dict[str, Image]) -> None:
    class Stop(Exception):
        pass

    def stop(stage: str, done: int, total: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        train(chips, PLAN, progress=stop)


def test_the_epochs_are_chosen_on_photos_held_out(trained: Classifier) -> None:
    assert trained.about["photos_held_out_to_choose"] == 3  # one of four, of three people
    losses = [row["val_loss"] for row in trained.history]
    assert trained.about["epochs_trained"] == 1 + int(np.argmin(losses))
    assert (trained.about["photos"], trained.about["people"], trained.about["seed"]) == (12, 3, 3)


def test_the_same_seed_trains_the_same_classifier_without_photos_to_hold_out(chips: dict[str, Image]) -> None:
    few = {name: mine[:2] for name, mine in chips.items()}
    plan = Plan(epochs=2, copies=1, seed=8)
    first, again = train(few, plan), train(few, plan)
    every = np.concatenate(list(chips.values()))
    assert (first.predict(every) == again.predict(every)).all()
    assert first.about["photos_held_out_to_choose"] == 0
    assert [row["epoch"] for row in first.history] == [1, 2]
    assert np.isnan([row["val_loss"] for row in first.history]).all()
    assert not np.isnan([row["loss"] for row in first.history]).any()


def test_the_face_network_is_truncated_before_its_last_layers(
    engine: FaceEngine, chips: dict[str, Image]
) -> None:
    """What was cut off makes the shipped embedding of what is left."""
    from recognition.embedding import make_embedder
    from recognition.embedding.dlib_dat import parse
    from recognition.models import verified_bytes

    some = chips[LABEL[0]][:2]
    features = np.asarray(backbone()(np.float32(some) / 255))
    assert features.shape == (2, *FEATURES)
    rest = features.mean(axis=(1, 2)) @ parse(verified_bytes(SPEC.files[0])).dense
    rest /= np.linalg.norm(rest, axis=1, keepdims=True)
    assert rest == pytest.approx(make_embedder(SPEC.name).embed(some), abs=1e-4)


def test_a_folder_holds_all_that_is_promised(saved: Path, trained: Classifier) -> None:
    names = {path.name for path in saved.iterdir()}
    assert names == {"head.keras", "labels.json", "args.json", "history.csv", "curves.png"}
    assert json.loads((saved / LABELS).read_text(encoding="utf-8")) == sorted(LABEL)
    arguments = json.loads((saved / ARGUMENTS).read_text(encoding="utf-8"))
    assert arguments["seed"] == 3
    assert arguments["versions"]["keras"]
    with (saved / "history.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == [row["loss"] for row in trained.history]
    assert cv2.imread(str(saved / "curves.png")).shape[2] == 3


def test_a_classifier_read_again_says_the_same(
    saved: Path, trained: Classifier, chips: dict[str, Image]
) -> None:
    loaded = Classifier.load(saved)
    assert loaded.labels == trained.labels
    assert loaded.about == trained.about
    every = np.concatenate(list(chips.values()))
    assert loaded.predict(every) == pytest.approx(trained.predict(every), abs=1e-6)


def _labels(value: object) -> Callable[[Path], object]:
    return lambda folder: (folder / LABELS).write_text(json.dumps(value), encoding="utf-8")


def _other_network(folder: Path) -> None:
    about = json.loads((folder / ARGUMENTS).read_text(encoding="utf-8"))
    (folder / ARGUMENTS).write_text(json.dumps({**about, "embedder_fingerprint": "0" * 64}))


def _cut(folder: Path) -> None:
    (folder / HEAD).write_bytes((folder / HEAD).read_bytes()[:900])


def _flip_a_bit(folder: Path) -> None:
    data = bytearray((folder / HEAD).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / HEAD).write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (shutil.rmtree, "model.missing"),
        (lambda folder: (folder / HEAD).unlink(), "model.missing"),
        (lambda folder: (folder / LABELS).unlink(), "model.missing"),
        (lambda folder: (folder / LABELS).write_text("{"), "model.bad_classifier"),
        (_labels(["a", "b"]), "model.bad_classifier"),
        (_labels(["a", "b", "b"]), "model.bad_classifier"),
        (_labels(["a", "b", 3]), "model.bad_classifier"),
        (_labels({"a": 0}), "model.bad_classifier"),
        (lambda folder: (folder / ARGUMENTS).write_text("{}"), "model.bad_classifier"),
        (lambda folder: (folder / ARGUMENTS).write_text("[]"), "model.bad_classifier"),
        (_other_network, "model.bad_classifier"),
        (lambda folder: (folder / HEAD).write_bytes(b"PK"), "model.bad_classifier"),
        (_cut, "model.bad_classifier"),
        (_flip_a_bit, "model.bad_classifier"),
    ],
    ids=["no folder", "no head", "no labels", "labels cut", "too few labels", "twice", "a number",
         "a map", "no arguments", "a list", "another network", "no archive", "head cut", "a bit"],
)  # fmt: skip
def test_what_is_no_classifier_is_refused(folder: Path, damage: Callable[[Path], object], code: str) -> None:
    damage(folder)
    with pytest.raises(ModelError) as caught:
        Classifier.load(folder)
    assert caught.value.code == code
    assert str(folder) in caught.value.message
    assert "\n" not in caught.value.message


def test_a_folder_that_cannot_be_written_is_an_error(trained: Classifier, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "model", Path("/proc/classifier")):
        with pytest.raises(TrainingError) as caught:
            trained.save(place)
        assert caught.value.code == "training.not_written"


def test_it_takes_two_people_with_photos(chips: dict[str, Image]) -> None:
    one = chips[LABEL[0]]
    for people, code in (
        ({}, "training.too_few_people"),
        ({"a": one}, "training.too_few_people"),
        ({"a": one, "b": one[:0]}, "training.no_faces"),
    ):
        with pytest.raises(TrainingError) as caught:
            train(people, PLAN)
        assert caught.value.code == code


@pytest.mark.parametrize(
    "wrong", [np.zeros((1, 112, 112, 3), np.uint8), np.zeros((1, 150, 150, 3), np.float32)]
)
def test_chips_of_another_kind_are_refused(trained: Classifier, wrong: Image) -> None:
    with pytest.raises(ValueError, match="expected uint8 chips"):
        trained.predict(wrong)
    with pytest.raises(ValueError, match="expected uint8 chips"):
        train({"a": wrong, "b": wrong}, PLAN)


# Figures, from probabilities that are made up.

PROBABILITIES = np.array([[0.95, 0.05], [0.6, 0.4], [0.3, 0.7], [0.08, 0.92]], np.float32)
OWNERS = np.array([0, 0, 0, 1])
STRANGERS = np.array([[0.96, 0.04], [0.45, 0.55]], np.float32)


def test_closed_and_open_set_figures() -> None:
    found = evaluate(("a", "b"), PROBABILITIES, OWNERS, STRANGERS, (0.9, 0.5, 0.9))
    assert found.confusion.tolist() == [[2, 1], [0, 1]]
    assert (found.n, found.top1, found.strangers) == (4, 0.75, 2)
    low, high = found.open_set
    assert (low.threshold, low.right, low.wrong, low.strangers) == (0.5, 0.75, 0.25, 1.0)
    assert (high.threshold, high.right, high.wrong, high.strangers) == (0.9, 0.5, 0.0, 0.5)


def test_without_strangers_nothing_is_said_of_them() -> None:
    found = evaluate(("a", "b"), PROBABILITIES, OWNERS, STRANGERS[:0], (0.9,))
    assert found.open_set[0].strangers is None


@pytest.mark.parametrize("people", [2, 40])
def test_the_confusion_is_drawn(people: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    found = evaluate(
        [f"$person {n}" for n in range(people)], rng.dirichlet(np.ones(people), people).astype(np.float32),
        np.arange(people), np.empty((0, people), np.float32), (0.5,),
    )  # fmt: skip
    picture = cv2.imread(str(heatmap(found, tmp_path / "deep" / "confusion.png")))
    assert min(picture.shape[:2]) > 300
