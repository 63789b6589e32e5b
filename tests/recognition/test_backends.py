"""TensorFlow and onnxruntime: the same faces and vectors, and neither needs the other."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recognition.alignment import embedder_chip
from recognition.embedding import make_embedder
from recognition.engine import EngineConfig, FaceEngine
from recognition.errors import ModelError
from recognition.runtime import check_backend
from recognition.types import Image

ROOT = Path(__file__).resolve().parents[2]
STAFF = ROOT / "demo" / "people" / "staff"


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_both_see_the_same_faces_and_give_the_same_vectors(people: dict[str, list[Image]]) -> None:
    photos = [photo for photos in people.values() for photo in photos]
    results = [
        FaceEngine(EngineConfig(backend=backend)).analyse(photos) for backend in ("tensorflow", "onnxruntime")
    ]
    for one, other in zip(*results, strict=True):
        assert len(one) == len(other) == 1
        assert np.abs(one[0].face.landmarks - other[0].face.landmarks).max() < 0.01
        assert np.abs(np.subtract(one[0].face.box, other[0].face.box)).max() < 0.01
        assert one[0].face.confidence == pytest.approx(other[0].face.confidence, abs=1e-5)
        assert one[0].embedding is not None
        assert other[0].embedding is not None
        # A landmark that moved by a ten-thousandth of a pixel can turn a chip's pixel by one level.
        assert np.linalg.norm(one[0].embedding.vector - other[0].embedding.vector) < 2e-3


def test_vectors_of_the_same_chips_agree_to_a_hundred_thousandth(
    engine: FaceEngine, people: dict[str, list[Image]]
) -> None:
    photos = [photo for photos in people.values() for photo in photos]
    found = engine.analyse(photos, embed=False, largest=1)
    chips = np.stack(
        [embedder_chip(photo, faces[0].face.landmarks) for photo, faces in zip(photos, found, strict=True)]
    )
    one, other = (make_embedder("dlib-resnet29", name).embed(chips) for name in ("tensorflow", "onnxruntime"))
    assert np.abs(one - other).max() < 1e-5


def test_onnxruntime_never_loads_tensorflow() -> None:
    photo = sorted(STAFF.glob("*/*.jpg"))[0]
    code = """
import sys
from recognition.decoding import decode
from recognition.engine import EngineConfig, FaceEngine
engine = FaceEngine(EngineConfig(backend="onnxruntime"))
engine.warm_up()
image = decode(open(sys.argv[1], "rb").read())
(found,) = engine.analyse([image])[0]
assert len(found.embedding.vector) == 128
assert engine.analyse_photo(image).quality.acceptable
print(sorted({"tensorflow", "keras"} & set(sys.modules)))
"""
    done = run(code, str(photo))
    assert done.stdout.strip() == "[]", done.stderr


def test_the_command_line_takes_a_backend() -> None:
    photo = sorted(STAFF.glob("*/*.jpg"))[0]
    code = """
import sys
from recognition import cli
status = cli.main(["embed", "--backend", "onnxruntime", "--json", sys.argv[1]])
sys.exit(7 if "tensorflow" in sys.modules else status)
"""
    done = run(code, str(photo))
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["faces"][0]["embedding"]) == 128


def test_unknown_backends_are_refused_at_once() -> None:
    with pytest.raises(ModelError, match="tensorflow, onnxruntime") as caught:
        check_backend("abacus")
    assert caught.value.code == "model.unknown_backend"


@pytest.mark.parametrize("missing", ["onnxruntime", "onnx"])
def test_a_backend_that_is_not_installed_is_told_before_anything_loads(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else found(name))
    with pytest.raises(ModelError, match=f"{missing} is not installed.*make fast") as caught:
        FaceEngine(EngineConfig(backend="onnxruntime"))
    assert caught.value.code == "model.no_onnxruntime"
