"""Training the emotion networks, epoch by epoch: stopping and going on, and what is left behind."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recognition import cli
from recognition.emotion import networks, recipes, training, transfer
from recognition.emotion.batches import Batches
from recognition.emotion.checkpoint import Checkpoint
from recognition.emotion.distortion import plain
from recognition.emotion.labels import EMOTIONS
from recognition.emotion.training import Plan, train
from recognition.errors import RecognitionError, TrainingError
from tests.support.drawn_faces import drawn, write_folders


class Scripted:
    """Stands in for a model whose validation loss is known beforehand."""

    def __init__(self, losses: list[float]) -> None:
        self.losses, self.epochs = iter(losses), 0

    def train_on_batch(self, *_: Any, **__: Any) -> dict[str, float]:
        return {"loss": 1.0, "accuracy": 0.5}

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        self.epochs += 1
        return {"loss": next(self.losses), "accuracy": 0.5}

    layers = ()

    def save_weights(self, path: Any) -> None:
        path.write_text(str(self.epochs))


def test_training_stops_after_seven_epochs_without_a_better_loss_and_keeps_the_best(tmp_path):
    model = Scripted([3.0, 2.0, 1.5, *[1.6] * 20])
    plan = Plan("baseline", tmp_path)
    kept = Checkpoint(tmp_path / "checkpoint", plan.decisive())
    faces = drawn(1)
    training._epochs(model, Batches(faces, plan.recipe, 0), faces, plan, kept, None)
    assert model.epochs == 3 + 7
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


def test_a_training_in_bfloat16_leaves_a_network_in_float32(tmp_path, quick, monkeypatch):
    import keras

    computed = []
    learn = training._learn
    monkeypatch.setattr(
        training,
        "_learn",
        lambda model, *rest: computed.append(model.get_layer("stem")) or learn(model, *rest),
    )
    trained = train(drawn(14), Plan("compact", tmp_path / "mixed", epochs=3, mixed=True))
    assert {layer.compute_dtype for layer in computed} == {"bfloat16"}
    assert trained.history[-1]["loss"] < trained.history[0]["loss"]
    assert json.loads((tmp_path / "mixed" / "args.json").read_text())["mixed"] is True
    assert keras.config.dtype_policy().name == "float32"
    model = keras.saving.load_model(tmp_path / "mixed" / "model.keras")
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    assert all(weight.dtype == "float32" for weight in model.weights)
