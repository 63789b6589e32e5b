"""The embedder's promises, and the numbers it gave when its vectors were first stored."""

from __future__ import annotations

import json
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from recognition import models
from recognition.embedding import Embedder, make_embedder
from recognition.embedding.dlib_dat import _Reader, parse
from recognition.errors import ModelError
from recognition.models import DLIB_RESNET29, MTCNN, WeightFile, get_spec, verified_path
from recognition.runtime import Backend
from recognition.types import Image

#: Regenerate with ``python tests/recognition/test_embedding.py`` and only when the model's version
#: goes up: whoever stored vectors of this version relies on them.
CANONICAL = Path(__file__).parent / "canonical.json"


def pattern(seed: int) -> Image:
    """A chip that depends on nothing but its seed: soft blobs in a face's place, and some grain."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (6, 6, 3)).astype(np.uint8)
    chip = cv2.resize(coarse, (150, 150), interpolation=cv2.INTER_NEAREST).astype(np.int32)
    rows, columns = np.mgrid[:150, :150]
    for _ in range(5):
        x, y, r = rng.integers(20, 130), rng.integers(20, 130), rng.integers(6, 25)
        chip[(columns - x) ** 2 + (rows - y) ** 2 < r * r] += rng.integers(-90, 90, 3)
    chip += rng.integers(-12, 13, chip.shape)
    return np.clip(chip, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module", params=["tensorflow", "onnxruntime"])
def backend(request: pytest.FixtureRequest) -> Backend:
    return cast(Backend, request.param)


@pytest.fixture(scope="module")
def embedder(backend: Backend) -> Embedder:
    return make_embedder("dlib-resnet29", backend)


def test_canonical_vectors(embedder: Embedder) -> None:
    stored = json.loads(CANONICAL.read_text())
    assert stored["model"] == embedder.spec.key
    vectors = embedder.embed(np.stack([pattern(seed) for seed in stored["seeds"]]))
    assert len(vectors) == len(stored["vectors"]) >= 6
    assert np.abs(vectors - np.array(stored["vectors"])).max() < 1e-4
    away = np.linalg.norm(vectors[:, None] - vectors[None], axis=2) + np.eye(len(vectors))
    assert away.min() > 0.05, "patterns that all look alike would prove nothing"


@pytest.mark.parametrize("count", [0, 1, 3, 33])
def test_shape_type_and_length(embedder: Embedder, count: int) -> None:
    vectors = embedder.embed(
        np.stack([pattern(5)] * count) if count else np.zeros((0, 150, 150, 3), np.uint8)
    )
    assert vectors.shape == (count, 128)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_chips_vector_does_not_depend_on_its_batch(embedder: Embedder) -> None:
    chips = np.stack([pattern(seed) for seed in range(35)])
    together = embedder.embed(chips)
    for at in (0, 1, 31, 32, 34):
        assert np.abs(embedder.embed(chips[at : at + 1])[0] - together[at]).max() < 1e-5


def test_colour_order_matters(embedder: Embedder) -> None:
    chip = pattern(11)[None]
    assert np.linalg.norm(embedder.embed(chip) - embedder.embed(np.ascontiguousarray(chip[..., ::-1]))) > 0.02


@pytest.mark.parametrize("shape", [(150, 150, 3), (1, 149, 150, 3), (1, 150, 150, 1)])
def test_wrong_shapes_are_a_programming_error(embedder: Embedder, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="chips"):
        embedder.embed(np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match="chips"):
        embedder.embed(np.zeros((1, 150, 150, 3), np.float32))  # type: ignore[arg-type]


def test_threads_load_once_and_agree(backend: Backend) -> None:
    fresh = make_embedder("dlib-resnet29", backend)
    chips = [np.stack([pattern(seed)]) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(fresh.embed, chips))
    for chip, vector in zip(chips, together, strict=True):
        assert np.abs(fresh.embed(chip) - vector).max() < 1e-5


def test_unknown_names_list_what_exists() -> None:
    for name, kind in (("facenet", "embedder"), ("mtcnn", "embedder")):
        with pytest.raises(ModelError, match="dlib-resnet29") as caught:
            get_spec(name, kind)
        assert caught.value.code == "model.unknown"


def test_every_weight_file_is_the_expected_one() -> None:
    for spec in (DLIB_RESNET29, MTCNN):
        assert all(verified_path(file).is_file() for file in spec.files)


def test_changed_weights_are_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(verified_path(DLIB_RESNET29.files[0]).read_bytes())
    data[10_000_000] ^= 1
    package = tmp_path / "damaged_weights"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('a package of weights is never imported')")
    (package / "weights.dat").write_bytes(data)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError) as caught:
        verified_path(WeightFile("damaged_weights", "weights.dat", DLIB_RESNET29.files[0].sha256))
    assert caught.value.code == "model.checksum"


@pytest.mark.parametrize("package", ["no_such_package", "json"])
def test_missing_weights_say_what_to_install(package: str) -> None:
    with pytest.raises(ModelError, match=package) as caught:
        verified_path(WeightFile(package, "weights.dat", "0" * 64))
    assert caught.value.code == "model.missing"


def test_only_a_whole_dlib_file_is_parsed() -> None:
    data = verified_path(DLIB_RESNET29.files[0]).read_bytes()
    network = parse(data)
    assert len(network.convolutions) == 29
    assert network.dense.shape == (256, 128)
    assert network.size == (150, 150)
    assert np.allclose(network.mean, (122.782, 117.001, 104.298))
    for broken in (
        b"",
        b"\x01\x02\x03",
        data[:5_000],
        data[:-2_000_000],
        data.replace(b"relu_", b"gelu_", 1),
    ):
        with pytest.raises(ModelError) as caught:
            parse(broken)
        assert caught.value.code == "model.invalid"


@pytest.mark.parametrize(
    ("encoded", "value"),
    [(b"\x01\x07", 7), (b"\x02\x80\x12", 4736), (b"\x81\x10", -16), (b"\x00", 0)],
)
def test_dlib_integers(encoded: bytes, value: int) -> None:
    assert _Reader(encoded).integer() == value


def test_dlib_floats_and_tensors() -> None:
    assert _Reader(b"\x01\x10\x81\x04").real() == 1.0
    body = b"".join(b"\x01" + bytes([n]) for n in (2, 1, 1, 2, 2)) + struct.pack("<4f", 1, -2, 0.5, 4)
    assert _Reader(body).tensor().reshape(-1).tolist() == [1, -2, 0.5, 4]


def test_registry_keys_are_name_and_version() -> None:
    assert DLIB_RESNET29.key == "dlib-resnet29@1"
    assert set(models.REGISTRY) == {"dlib-resnet29", "mtcnn"}
    assert all(spec.licence and spec.source for spec in models.REGISTRY.values())


if __name__ == "__main__":
    made = make_embedder("dlib-resnet29")
    seeds = list(range(8))
    found = made.embed(np.stack([pattern(seed) for seed in seeds]))
    rows = [[round(float(value), 7) for value in vector] for vector in found]
    CANONICAL.write_text(json.dumps({"model": made.spec.key, "seeds": seeds, "vectors": rows}) + "\n")
