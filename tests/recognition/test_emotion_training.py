"""Training the emotion networks: what is held out, what is learned from, stopping and going on."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recognition import cli
from recognition.emotion import networks, recipes, training, transfer
from recognition.emotion.batches import Batches, targets
from recognition.emotion.checkpoint import Checkpoint
from recognition.emotion.data import Faces
from recognition.emotion.distortion import distort, plain
from recognition.emotion.holdout import EVERY, hold_out
from recognition.emotion.labels import EMOTIONS
from recognition.emotion.training import Plan, train
from recognition.errors import RecognitionError, TrainingError
from tests.support.drawn_faces import drawn, write_folders


def joined(*parts: Faces) -> Faces:
    return Faces(
        np.concatenate([part.pixels for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.splits for part in parts]),
        np.concatenate([part.votes for part in parts]),
    )


# What is trained on ------------------------------------------------------------------------------


def test_nothing_is_both_trained_on_and_held_out():
    faces = drawn(28)
    parts = hold_out(faces)
    train_keys = {face.tobytes() for face in parts.train.pixels}
    held_keys = {face.tobytes() for face in parts.validation.pixels}
    assert not train_keys & held_keys
    assert len(train_keys) + len(held_keys) == len(faces)
    assert np.bincount(parts.validation.labels).tolist() == [28 // EVERY] * len(EMOTIONS)


def test_copies_blanks_and_what_a_test_split_repeats_are_left_out():
    faces = drawn(10)
    again = faces.take(np.array([0]))  # the same picture twice, under the same label
    torn = replace(faces.take(np.array([15])), labels=np.array([4]))  # the same picture under another label
    empty = replace(faces.take(np.array([20])), pixels=np.full((1, 48, 48), 9, np.uint8))
    test = replace(faces.take(np.array([30, 31])), splits=np.array(["publictest", "publictest"]))
    parts = hold_out(joined(faces, again, torn, empty, test))
    assert parts.notes == {
        "train": 70 - 1 - 2 - 7, "validation": 7, "blank": 1, "in another split": 2,
        "repeated": 2, "conflicting": 1,
    }  # fmt: skip
    used = {face.tobytes() for part in (parts.train, parts.validation) for face in part.pixels}
    for gone in (15, 30, 31):
        assert faces.pixels[gone].tobytes() not in used
    assert faces.pixels[0].tobytes() in used


def test_holding_out_is_repeatable_and_depends_on_the_seed():
    faces = drawn(28)
    assert np.array_equal(hold_out(faces, 1).validation.pixels, hold_out(faces, 1).validation.pixels)
    assert not np.array_equal(hold_out(faces, 1).validation.pixels, hold_out(faces, 2).validation.pixels)


def test_a_class_without_faces_to_train_on_is_named():
    faces = drawn(3)
    few = faces.take(np.flatnonzero((faces.labels != 2) | (np.arange(len(faces)) == 6)))
    with pytest.raises(TrainingError, match="fear") as raised:
        hold_out(few)
    assert raised.value.code == "training.no_faces"


def test_distorted_faces_differ_stay_in_range_and_repeat_with_the_same_seed():
    pixels = drawn(2).pixels
    first, second = (distort(pixels, np.random.default_rng(seed)) for seed in (1, 2))
    assert first.shape == (14, 48, 48, 1)
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 1
    assert np.array_equal(first, distort(pixels, np.random.default_rng(1)))
    assert np.abs(first - second).mean() > 0.05
    assert np.abs(first - plain(pixels)).mean() > 0.05


def test_batches_are_the_same_for_the_same_epoch_and_hold_every_face_once():
    faces = drawn(20)
    recipe = replace(recipes.RECIPES["baseline"], batch=10)
    batches = Batches(faces, recipe, seed=3)
    epochs = batches.epoch(0), Batches(faces, recipe, seed=3).epoch(0), batches.epoch(1)
    inputs = [np.concatenate([epoch[number][0] for number in range(batches.count)]) for epoch in epochs]
    assert np.array_equal(inputs[0], inputs[1])
    assert not np.array_equal(inputs[0], inputs[2])
    assert {face.tobytes() for face in inputs[0]} == {face.tobytes() for face in plain(faces.pixels)}


def test_faces_that_nobody_voted_on_do_not_count_for_the_votes():
    faces = drawn(1)
    faces.votes[3] = 0
    said, counted = targets(faces, recipes.RECIPES["compact"])
    assert counted["votes"].tolist() == [1, 1, 1, 0, 1, 1, 1]
    assert counted["emotion"].tolist() == [1] * 7
    assert said["emotion"].argmax(axis=1).tolist() == list(range(7))


# The networks ------------------------------------------------------------------------------------


def test_the_baseline_is_the_documents_network():
    layers = networks.build("baseline").layers
    convolutions = [layer for layer in layers if type(layer).__name__ == "Conv2D"]
    assert [(layer.filters, layer.kernel_size) for layer in convolutions] == [
        (filters, (3, 3)) for filters in (128, 256, 512, 512)
    ]
    assert [layer.pool_size for layer in layers if type(layer).__name__ == "MaxPooling2D"] == [(2, 2)] * 4
    assert [layer.units for layer in layers if type(layer).__name__ == "Dense"] == [512, 256, 7]
    dropped = [layer.rate for layer in layers if type(layer).__name__ == "Dropout"]
    assert dropped == [0.4, 0.4, 0.4, 0.4, 0.4, 0.3]
    recipe = recipes.RECIPES["baseline"]
    assert (recipe.batch, recipe.epochs, recipe.patience, recipe.monitor) == (128, 100, 7, "val_loss")
    assert type(recipes.optimizer(recipe, 10, 10)).__name__ == "Adam"


def test_ours_stays_below_two_million_parameters():
    model = networks.finished(networks.build("compact", votes=True))
    assert model.count_params() <= 2_000_000
    assert model.output_shape == (None, 7)


def test_small_filters_see_what_the_face_network_sees_in_a_doubled_picture():
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(7, 7, 3, 2)).astype(np.float32)
    face = rng.random((12, 12))
    # Bilinear doubling by its definition: each new pixel a quarter off the centre of an old one.
    at = np.arange(24) / 2 - 0.25
    low = np.floor(at).astype(int)
    share = np.zeros((24, 12))
    for new, (old, place) in enumerate(zip(low, at, strict=True)):
        for pixel, weight in ((old, 1 - place + old), (old + 1, place - old)):
            share[new, np.clip(pixel, 0, 11)] += weight
    doubled = share @ face @ share.T * 255
    small = transfer._half_the_size(kernel)
    row, column = 5, 6  # away from the edges
    window = doubled[2 * row - 3 : 2 * row + 4, 2 * column - 3 : 2 * column + 4]
    expected = np.einsum("pq,pqio->o", window, kernel)
    own = np.einsum("pq,pqo->o", face[row - 2 : row + 3, column - 2 : column + 3], small[:, :, 0])
    assert own == pytest.approx(expected, rel=1e-5)


def test_the_first_weights_are_the_face_networks_and_normalisation_changes_nothing():
    import keras

    model, faces = networks.build("compact"), plain(drawn(4).pixels)
    transfer.take_over(model, faces)
    from recognition.embedding.dlib_dat import parse
    from recognition.embedding.resnet import folded
    from recognition.models import get_spec, verified_bytes

    kernels = [
        kernel
        for _, kernel, _ in folded(parse(verified_bytes(get_spec("dlib-resnet29", "embedder").files[0])))
    ]
    assert np.array_equal(model.get_layer("stage1_block0_first").get_weights()[0], kernels[7])
    assert np.array_equal(model.get_layer("stage2_block2_second").get_weights()[0], kernels[20])
    # What the layers know of these faces is what they see in them.
    pooled = keras.Model(model.input, next(layer.output for layer in model.layers if "pooling2d" in layer.name
                                           and layer.name.startswith("global")))  # fmt: skip
    known, seen = (np.asarray(pooled(faces, training=training)) for training in (False, True))
    assert np.allclose(known, seen, rtol=0.05, atol=0.05)
    norm = model.get_layer("stage3_block0_second_norm").get_weights()
    assert (norm[3] > 0).all()
    assert norm[0] == pytest.approx(np.sqrt(norm[3] + 1e-3), rel=1e-5)


# Epochs ------------------------------------------------------------------------------------------


class Scripted:
    """Stands in for a model whose validation loss is known beforehand."""

    def __init__(self, losses: list[float]) -> None:
        self.losses, self.fits = iter(losses), 0

    def fit(self, *_: Any, **__: Any) -> Any:
        self.fits += 1
        return type("Ran", (), {"history": {"loss": [1.0], "accuracy": [0.5]}})

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        return {"loss": next(self.losses), "accuracy": 0.5}

    layers = ()

    def save_weights(self, path: Any) -> None:
        path.write_text(str(self.fits))


def test_training_stops_after_seven_epochs_without_a_better_loss_and_keeps_the_best(tmp_path):
    model = Scripted([3.0, 2.0, 1.5, *[1.6] * 20])
    plan = Plan("baseline", tmp_path)
    kept = Checkpoint(tmp_path / "checkpoint", plan.decisive())
    faces = drawn(1)
    training._epochs(model, Batches(faces, plan.recipe, 0), faces, plan, kept, None)
    assert model.fits == 3 + 7
    assert kept.best.read_text() == "3"


@pytest.fixture
def quick(monkeypatch):
    """Ours, without the time that its size takes: two small stages and batches of fourteen."""
    monkeypatch.setattr(networks, "STAGES", ((32, 1), (64, 1)))
    monkeypatch.setattr(transfer, "STAGES", ((32, 1), (64, 1)))
    recipe = replace(recipes.RECIPES["compact"], batch=14)
    monkeypatch.setitem(recipes.RECIPES, "compact", recipe)


class Stopped(Exception):
    pass


def test_a_stopped_training_goes_on_where_it_was(tmp_path, quick):
    faces = drawn(14)
    whole = train(faces, Plan("compact", tmp_path / "whole", epochs=4, seed=5))

    def stop(epoch: int, batch: int, batches: int, loss: float) -> None:
        if epoch == 3 and batch == batches // 2:
            raise Stopped

    with pytest.raises(Stopped):
        train(faces, Plan("compact", tmp_path / "parts", epochs=4, seed=5), stop)
    with pytest.raises(TrainingError) as raised:
        train(faces, Plan("compact", tmp_path / "parts", epochs=4, seed=5))
    assert raised.value.code == "training.unfinished"
    with pytest.raises(TrainingError) as raised:
        train(faces, Plan("compact", tmp_path / "parts", epochs=9, seed=5, resume=True))
    assert raised.value.code == "training.other_plan"
    parts = train(faces, Plan("compact", tmp_path / "parts", epochs=4, seed=5, resume=True))
    assert [row["epoch"] for row in parts.history] == [1, 2, 3, 4]
    for one, other in zip(parts.history, whole.history, strict=True):
        assert one == pytest.approx(other, abs=1e-4)
    assert not (tmp_path / "parts" / "checkpoint").exists()


def test_the_command_learns_writes_everything_and_says_what_it_left_out(tmp_path, quick, capsys):
    data, out = tmp_path / "faces", tmp_path / "out"
    write_folders(data, drawn(16))
    (data / "happy" / "torn.png").write_bytes(b"no picture")
    asked = ["emotion", "train", "--data", str(data), "--out", str(out), "--epochs", "6", "--json"]
    assert cli.main(asked) == 0
    said = capsys.readouterr()
    answer = json.loads(said.out.splitlines()[-1])
    assert answer["val_accuracy"] > 0.5  # chance is one in seven
    assert "torn.png" in said.err
    assert "epoch 6/6" in said.err
    with (out / "history.csv").open() as file:
        assert next(csv.reader(file)) == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    arguments = json.loads((out / "args.json").read_text())
    assert arguments["seed"] == 0
    assert arguments["classes"] == list(EMOTIONS)
    assert arguments["versions"].keys() == {"python", "keras", "backend", "numpy"}
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    apart = networks_from(out)
    import keras

    whole = keras.saving.load_model(out / "model.keras")
    face = plain(drawn(1, seed=9).pixels)
    assert np.allclose(whole.predict(face, verbose=0), apart.predict(face, verbose=0), atol=1e-6)
    assert cli.main(asked) == 2
    assert "training.finished" in capsys.readouterr().err


def test_a_training_can_begin_with_the_weights_of_another(tmp_path, quick):
    faces = drawn(14)
    first = train(faces, Plan("compact", tmp_path / "first", epochs=8))
    second = train(faces, Plan("compact", tmp_path / "second", epochs=1, start=str(tmp_path / "first")))
    assert second.history[0]["loss"] < first.history[0]["loss"] - 0.5
    for start, network, code in (
        ("none", "compact", "model.missing"),
        ("first", "baseline", "training.no_start"),
    ):
        with pytest.raises(RecognitionError) as raised:
            train(faces, Plan(network, tmp_path / "third", epochs=1, start=str(tmp_path / start)))
        assert raised.value.code == code


def networks_from(folder: Any) -> Any:
    """Architecture and weights from their two files."""
    import keras

    model = keras.models.model_from_json((folder / "model.json").read_text())
    model.load_weights(folder / "model.weights.h5")
    return model


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--data", "{tmp}/nothing.npz", "--out", "{tmp}/out"], "data.not_found"),
        (["--data", "{tmp}/one", "--out", "{tmp}/out"], "data.empty_class"),
        (["--data", "{tmp}/all", "--out", "{tmp}/all/happy/file.txt/out"], "training.not_written"),
        (["--data", "{tmp}/all", "--out", "{tmp}/out", "--epochs", "0"], "usage.invalid"),
    ],
)
def test_what_cannot_be_trained_with_is_told_with_a_code(tmp_path, capsys, arguments, code):
    write_folders(tmp_path / "all", drawn(2))
    write_folders(tmp_path / "one", drawn(1).take(np.array([0])))
    (tmp_path / "all" / "happy" / "file.txt").write_text("a file in the way")
    asked = [argument.replace("{tmp}", str(tmp_path)) for argument in arguments]
    assert cli.main(["emotion", "train", *asked]) == 2
    assert f"error {code}: " in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
