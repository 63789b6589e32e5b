"""Emotion networks on onnxruntime, in floats and in eight bits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from recognition.emotion.inference import load
from recognition.emotion.labels import EMOTIONS
from recognition.errors import ModelError
from recognition.runtime import Backend
from tests.support.emotions import grey, write_network

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("flips", [False, True])
def test_onnxruntime_answers_as_tensorflow_does(trained: Path, flips: bool) -> None:
    faces = np.random.default_rng(7).random((9, 48, 48), np.float32)
    one, other = (
        load(trained, flips=flips, backend=backend).probabilities(faces) for backend in get_args(Backend)
    )
    assert np.abs(one - other).max() < 1e-5
    assert np.ptp(one, axis=0).max() > 1e-4  # else this proved nothing


def test_what_ships_runs_in_eight_bits_on_onnxruntime_and_answers_nearly_the_same(card: Path) -> None:
    faces = np.random.default_rng(7).random((9, 48, 48), np.float32)
    floats, small = (load(backend=backend) for backend in get_args(Backend))
    apart = np.abs(floats.probabilities(faces) - small.probabilities(faces)).max()
    assert 1e-5 < apart < 0.03  # eight bits indeed, and enough of them
    assert card.with_name("compact.onnx").stat().st_size < 2_000_000


def test_a_changed_eight_bit_network_is_never_used(card: Path) -> None:
    file = card.with_name("compact.onnx")
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        load(backend="onnxruntime").warm_up()
    assert caught.value.code == "model.checksum"


def test_onnxruntime_runs_the_baseline_and_networks_in_two_files(tmp_path: Path, shades: Path) -> None:
    from recognition.emotion.networks import build

    folder = write_network(tmp_path / "baseline", build("baseline"), keras_file=False)
    faces = np.random.default_rng(8).random((3, 48, 48), np.float32)
    one, other = (load(folder, backend=backend).probabilities(faces) for backend in get_args(Backend))
    assert np.abs(one - other).max() < 1e-5
    found = load(shades, backend="onnxruntime").probabilities(grey(*EMOTIONS))
    assert found.argmax(axis=1).tolist() == list(range(7))


def test_onnxruntime_refuses_what_it_cannot_run(tmp_path: Path, shades: Path) -> None:
    from keras import Input, Sequential, layers

    def code(folder: Path) -> str:
        with pytest.raises(ModelError) as caught:
            load(folder, backend="onnxruntime").warm_up()
        return caught.value.code

    def ending(*start: Any) -> Any:
        return Sequential([*start, layers.Flatten(), layers.Dense(7, activation="softmax")])

    other_layers = ending(Input((48, 48, 1)), layers.PReLU())
    assert code(write_network(tmp_path / "other layers", other_layers)) == "model.unsupported"
    larger = ending(Input((64, 64, 1)))
    assert code(write_network(tmp_path / "other size", larger)) == "model.not_emotions"
    (tmp_path / "damaged").mkdir()
    for name in ("model.json", "model.weights.h5"):
        (tmp_path / "damaged" / name).write_bytes((shades / name).read_bytes()[:900])
    assert code(tmp_path / "damaged") == "model.invalid"


def test_onnxruntime_needs_neither_tensorflow_nor_keras(shades: Path) -> None:
    code = """
import sys
import numpy as np
from recognition.emotion.inference import load
found = load(sys.argv[1], backend="onnxruntime").probabilities(np.zeros((1, 48, 48), np.float32))
print(found.argmax(), "tensorflow" in sys.modules, "keras" in sys.modules)
"""
    command = [sys.executable, "-c", code, str(shades)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0", "False", "False"]
