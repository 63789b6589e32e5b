"""The engine as its callers see it: pictures in; faces, quality and embeddings out."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import cv2
import numpy as np
import pytest

from recognition.decoding import decode, encode_jpeg, shrink
from recognition.engine import EngineConfig, FaceEngine, prominence
from recognition.errors import FaceError, ModelError
from recognition.runtime import Backend
from recognition.types import Box, Face, Image


def scene(width: int = 1200, height: int = 480) -> Image:
    noise = np.random.default_rng(1).normal(120, 12, (height // 8, width // 8, 3))
    return np.clip(cv2.resize(noise, (width, height)), 0, 255).astype(np.uint8)


def paste(image: Image, portrait: Image, x: int, y: int, side: int) -> Image:
    small = shrink(portrait, side)
    image[y : y + small.shape[0], x : x + small.shape[1]] = small
    return image


@pytest.fixture(scope="module", params=["tensorflow", "onnxruntime"])
def backend(request: pytest.FixtureRequest) -> Backend:
    return cast(Backend, request.param)


@pytest.fixture(scope="module")
def engine(backend: Backend) -> FaceEngine:
    return FaceEngine(EngineConfig(backend=backend))


@pytest.fixture(scope="module")
def faces(people: dict[str, list[Image]]) -> list[Image]:
    return [photos[0] for photos in people.values()]


def distance(engine: FaceEngine, a: Image, b: Image) -> float:
    first, second = (engine.analyse_photo(image).embedding for image in (a, b))
    assert first is not None
    assert second is not None
    return float(np.linalg.norm(first.vector - second.vector))


def test_says_what_it_is_before_anything_is_loaded() -> None:
    fresh = FaceEngine()
    assert fresh.model == "dlib-resnet29@1"
    assert fresh.dimension == 128


def test_unknown_backends_are_refused_at_once() -> None:
    for config in (EngineConfig(detector="none"), EngineConfig(embedder="none")):
        with pytest.raises(ModelError):
            FaceEngine(config)


def test_the_same_person_is_nearer_than_anybody_else(
    engine: FaceEngine, people: dict[str, list[Image]]
) -> None:
    names = list(people)
    within = [distance(engine, *people[name]) for name in names]
    between = [distance(engine, people[a][0], people[b][1]) for a in names for b in names if a != b]
    assert max(within) < min(between)


def test_zero_faces_is_an_empty_list(engine: FaceEngine) -> None:
    assert engine.analyse([]) == []
    assert engine.analyse([scene(), np.zeros((20, 20, 3), np.uint8)]) == [[], []]


def test_a_batch_gives_what_each_gives_alone(engine: FaceEngine, faces: list[Image]) -> None:
    crowd = paste(paste(scene(), faces[0], 10, 20, 400), faces[1], 700, 20, 400)
    batch = [faces[0], scene(), crowd, faces[2]]
    together = engine.analyse(batch)
    assert [len(found) for found in together] == [1, 0, 2, 1]
    for image, found in zip(batch, together, strict=True):
        for one, other in zip(engine.analyse([image])[0], found, strict=True):
            assert one.embedding is not None
            assert other.embedding is not None
            assert np.linalg.norm(one.embedding.vector - other.embedding.vector) < 0.02
            assert other.embedding.model == engine.model


def test_largest_keeps_the_one_in_front(engine: FaceEngine, faces: list[Image]) -> None:
    crowd = paste(
        paste(paste(scene(), faces[0], 0, 60, 150), faces[1], 420, 40, 360), faces[2], 1000, 60, 180
    )
    everyone = engine.analyse([crowd])[0]
    assert len(everyone) == 3
    assert 420 < everyone[0].face.box.center[0] < 780
    sizes = [prominence(found.face, crowd) for found in everyone]
    assert sizes == sorted(sizes, reverse=True)
    (nearest,) = engine.analyse([crowd], largest=1)[0]
    assert nearest.face.box == everyone[0].face.box


def test_embeddings_can_be_left_out(engine: FaceEngine, faces: list[Image]) -> None:
    (found,) = engine.analyse([faces[0]], embed=False)[0]
    assert found.embedding is None
    assert found.quality.score > 0.3


def test_a_face_found_before_is_embedded_alike(engine: FaceEngine, faces: list[Image]) -> None:
    [found] = engine.analyse([faces[0]])
    assert found[0].embedding is not None
    [again] = engine.embed(faces[0], [found[0].face])
    np.testing.assert_allclose(again.vector, found[0].embedding.vector, atol=1e-5)
    assert again.model == engine.model
    assert engine.embed(faces[0], []) == []


def test_the_middle_counts_more_than_the_corner() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    landmarks = np.zeros((5, 2), np.float32)
    middle, corner = Face(Box(280, 200, 80, 80), landmarks, 1), Face(Box(0, 0, 90, 90), landmarks, 1)
    assert prominence(middle, image) > prominence(corner, image)


def test_the_certain_counts_more_than_the_doubtful() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    landmarks = np.zeros((5, 2), np.float32)
    person, hands = (
        Face(Box(280, 70, 63, 80), landmarks, 0.999),
        Face(Box(240, 180, 148, 175), landmarks, 0.91),
    )
    assert prominence(person, image) > prominence(hands, image)


def test_an_enrollment_photo(engine: FaceEngine, portrait: Image) -> None:
    found = engine.analyse_photo(portrait)
    assert found.quality.acceptable
    assert found.embedding is not None
    assert found.embedding.vector.shape == (128,)


def test_no_face(engine: FaceEngine) -> None:
    with pytest.raises(FaceError) as caught:
        engine.analyse_photo(scene())
    assert caught.value.code == "face.not_found"


def test_three_faces(engine: FaceEngine, faces: list[Image]) -> None:
    crowd = scene()
    for number in range(3):
        paste(crowd, faces[number], number * 400, 40, 390)
    with pytest.raises(FaceError, match="3 faces") as caught:
        engine.analyse_photo(crowd)
    assert caught.value.code == "face.several"


def test_many_photos_at_once_as_each_alone(engine: FaceEngine, faces: list[Image]) -> None:
    crowd = scene()
    for number in range(3):
        paste(crowd, faces[number], number * 400, 40, 390)
    small = paste(scene(640, 480), faces[0], 300, 200, 64)
    photos = [faces[0], scene(), crowd, small, faces[1]]
    results = engine.analyse_photos(photos)
    assert engine.analyse_photos([]) == []
    errors = [result.code if isinstance(result, FaceError) else None for result in results]
    assert errors == [None, "face.not_found", "face.several", None, None]
    for photo, result in zip(photos, results, strict=True):
        if isinstance(result, FaceError):
            with pytest.raises(FaceError, match=re.escape(result.message)):
                engine.analyse_photo(photo)
            continue
        alone = engine.analyse_photo(photo)
        assert alone.quality.codes == result.quality.codes
        assert alone.embedding is not None
        assert result.embedding is not None
        assert np.linalg.norm(alone.embedding.vector - result.embedding.vector) < 0.02


def test_somebody_in_the_background_does_not_count(engine: FaceEngine, faces: list[Image]) -> None:
    crowd = paste(paste(scene(), faces[0], 350, 0, 480), faces[1], 1000, 200, 170)
    assert len(engine.analyse([crowd])[0]) == 2
    found = engine.analyse_photo(crowd)
    assert 350 < found.face.box.center[0] < 830


def test_a_twenty_pixel_face_is_too_small_not_absent(engine: FaceEngine, portrait: Image) -> None:
    width = engine.analyse_photo(portrait).face.box.w
    image = paste(scene(640, 480), portrait, 300, 200, round(20 / width * max(portrait.shape[:2])))
    found = engine.analyse_photo(image)
    assert 14 < found.face.box.w < 27
    assert "face.too_small" in found.quality.codes


def test_mirrored_embedding_is_the_same_for_the_mirror_image(portrait: Image, engine: FaceEngine) -> None:
    both = FaceEngine(EngineConfig(mirror=True, backend=engine.config.backend))
    one = FaceEngine(EngineConfig(mirror=False, backend=engine.config.backend))
    plain = one.analyse_photo(portrait).embedding
    mirrored = both.analyse_photo(portrait).embedding
    flipped = both.analyse_photo(np.ascontiguousarray(portrait[:, ::-1])).embedding
    assert plain is not None
    assert mirrored is not None
    assert flipped is not None
    assert 0.001 < np.linalg.norm(plain.vector - mirrored.vector) < 0.3
    assert np.linalg.norm(mirrored.vector - flipped.vector) < 0.2


def test_a_person_survives_jpeg_and_size(engine: FaceEngine, faces: list[Image]) -> None:
    for scale in (0.5, 0.35):
        worse = decode(encode_jpeg(shrink(faces[0], round(scale * max(faces[0].shape))), quality=60))
        assert distance(engine, faces[0], worse) < 0.3


def test_the_chip_for_people_is_upright(engine: FaceEngine, portrait: Image) -> None:
    height, width = portrait.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 25, 1.0)
    turned = np.asarray(cv2.warpAffine(portrait, turn, (width, height)), np.uint8)
    (found,) = engine.analyse([turned], largest=1)[0]
    chip = engine.chip(turned, found.face)
    assert chip.shape == (224, 224, 3)
    (again,) = engine.analyse([chip], embed=False, largest=1)[0]
    left, right = again.face.landmarks[:2]
    assert abs(np.degrees(np.arctan2(right[1] - left[1], right[0] - left[0]))) < 6
    assert np.allclose((left + right) / 2, (112, 0.4 * 224), atol=8)


def test_warm_up_takes_any_shapes(engine: FaceEngine) -> None:
    engine.warm_up()
    engine.warm_up((240, 320), (720, 1280))


def test_threads_share_one_engine(backend: Backend, faces: list[Image]) -> None:
    fresh = FaceEngine(EngineConfig(backend=backend))
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda image: fresh.analyse([image])[0][0], faces * 2))
    for image, found in zip(faces * 2, together, strict=True):
        alone = fresh.analyse([image])[0][0]
        assert alone.embedding is not None
        assert found.embedding is not None
        assert np.linalg.norm(alone.embedding.vector - found.embedding.vector) < 1e-3


def test_what_is_not_a_picture_is_a_programming_error(engine: FaceEngine) -> None:
    with pytest.raises(ValueError, match="RGB uint8"):
        engine.analyse([np.zeros((40, 40), np.uint8)])
    with pytest.raises(ValueError, match="RGB uint8"):
        engine.analyse_photo(np.zeros((40, 40, 4), np.uint8))
