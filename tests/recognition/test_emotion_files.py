"""Which files an emotion network is opened from, and which never."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognition.emotion import stored
from recognition.emotion.inference import EmotionNetwork, load
from recognition.emotion.labels import EMOTIONS
from recognition.errors import ModelError
from tests.support.emotions import publish_network, shades_network, write_network


def failure(name: str | Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        load(name).warm_up()
    return caught.value


def test_folders_without_a_network_say_so(tmp_path: Path) -> None:
    assert failure(tmp_path).code == "model.missing"
    assert failure(tmp_path / "nowhere").code == "model.missing"
    (tmp_path / "model.json").write_text("{}")  # layers without weights
    assert failure(tmp_path).code == "model.missing"


def test_damaged_networks_say_so(tmp_path: Path, shades: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model.keras").write_bytes((shades / "model.keras").read_bytes()[:2000])
    assert failure(tmp_path / "a").code == "model.invalid"
    (tmp_path / "b").mkdir()
    for name in ("model.json", "model.weights.h5"):
        (tmp_path / "b" / name).write_text('{"a": ')
    assert failure(tmp_path / "b").code == "model.bad_card"
    (tmp_path / "b" / "model.json").write_text('{"a": 1}')
    assert failure(tmp_path / "b").code == "model.invalid"


def test_other_networks_are_refused(tmp_path: Path, shades: Path) -> None:
    from keras import Input, Sequential, layers

    digits = Sequential([Input((28, 28, 1)), layers.Flatten(), layers.Dense(10, activation="softmax")])
    assert failure(write_network(tmp_path / "digits", digits)).code == "model.not_emotions"
    folder = shades_network(tmp_path / "other order", apart=False)
    (folder / "args.json").write_text(json.dumps({"classes": list(EMOTIONS)[::-1]}))
    assert failure(folder).code == "model.not_emotions"


@pytest.mark.parametrize("keras_file", [True, False])
def test_code_inside_a_network_is_never_run(tmp_path: Path, keras_file: bool) -> None:
    from keras import Input, Sequential, layers

    trap = tmp_path / "was run"
    run = f"__import__('pathlib').Path({str(trap)!r}).touch()"
    code = eval(f"lambda x: ({run}, x)[1]")
    model = Sequential(
        [Input((48, 48, 1)), layers.Flatten(), layers.Dense(7, activation="softmax"), layers.Lambda(code)]
    )
    trap.unlink(missing_ok=True)  # building it has run it
    folder = write_network(tmp_path / "trap", model, keras_file=keras_file)
    trap.unlink(missing_ok=True)
    assert failure(folder).code == "model.invalid"
    assert not trap.exists()


def test_what_was_trained_on_mirrored_faces_is_asked_about_both_sides(tmp_path: Path, shades: Path) -> None:
    assert load(shades).flips is False
    folder = shades_network(tmp_path / "distorted", apart=False)
    (folder / "args.json").write_text(json.dumps({"recipe": {"distorted": True}}))
    assert load(folder).flips is True
    assert load(folder, flips=False).flips is False


def change(card: Path, **fields: Any) -> None:
    card.write_text(json.dumps({**json.loads(card.read_text()), **fields}))


def test_the_shipped_network_is_made_of_its_card_once_per_process(card: Path, compact: Any) -> None:
    network = load()
    assert load("default") is network
    assert (network.name, network.flips) == ("compact@3", True)
    assert load(flips=False).flips is False
    faces = np.random.default_rng(3).random((2, 48, 48), np.float32)
    wanted = EmotionNetwork(stored.Stored("x", True, lambda: compact)).probabilities(faces)
    assert np.abs(network.probabilities(faces) - wanted).max() < 5e-3  # weights ship in half precision


def test_what_is_published_is_half_as_large_and_always_the_same_file(card: Path, trained: Path) -> None:
    file = card.with_name("compact.keras")
    assert file.stat().st_size < 0.55 * (trained / "model.keras").stat().st_size
    assert file.stat().st_size < 4_000_000
    again = publish_network(trained, card.parent.parent / "again")
    assert again.read_bytes() == card.read_bytes()


def test_changed_weights_are_never_used(card: Path) -> None:
    weights = card.with_name("compact.keras")
    data = bytearray(weights.read_bytes())
    data[-100] ^= 1
    weights.write_bytes(data)
    assert failure("default").code == "model.checksum"
    weights.unlink()
    assert failure("default").code == "model.missing"


def test_bad_cards_say_what_is_wrong(card: Path) -> None:
    change(card, classes=["yes", "no"])
    assert failure("default").code == "model.not_emotions"
    change(card, classes=list(EMOTIONS), input=[64, 64, 1])
    assert failure("default").code == "model.not_emotions"
    fields = json.loads(card.read_text())
    del fields["sha256"]
    card.write_text(json.dumps(fields))
    error = failure("default")
    assert (error.code, "sha256" in error.message) == ("model.bad_card", True)
    card.unlink()
    assert failure("default").code == "model.missing"
