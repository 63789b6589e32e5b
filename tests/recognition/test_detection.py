"""The detector's promises: sizes, borders, batches, threads, and "no face" as a normal answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from recognition.decoding import shrink
from recognition.detection import Detector, DetectorConfig, make_detector
from recognition.detection.boxes import overlap, square, suppress
from recognition.detection.pyramid import STRIDE, WINDOW, layout
from recognition.errors import ModelError
from recognition.runtime import Backend
from recognition.types import Face, Image


@pytest.fixture(scope="module", params=["tensorflow", "onnxruntime"])
def backend(request: pytest.FixtureRequest) -> Backend:
    return cast(Backend, request.param)


@pytest.fixture(scope="module")
def detector(backend: Backend) -> Detector:
    return make_detector("mtcnn", DetectorConfig(), backend)


def canvas(height: int, width: int, seed: int = 0) -> Image:
    noise = np.random.default_rng(seed).normal(120, 12, (height // 8, width // 8, 3))
    return np.clip(cv2.resize(noise, (width, height)), 0, 255).astype(np.uint8)


def paste(image: Image, portrait: Image, x: int, y: int, side: int) -> Image:
    """The portrait, ``side`` pixels high, at a place that may lie partly outside."""
    small = shrink(portrait, side)
    height, width = small.shape[:2]
    top, left = max(0, y), max(0, x)
    bottom, right = min(image.shape[0], y + height), min(image.shape[1], x + width)
    image[top:bottom, left:right] = small[top - y : bottom - y, left - x : right - x]
    return image


def same(a: Face, b: Face, tolerance: float = 0.01) -> bool:
    return np.allclose(a.box, b.box, atol=tolerance) and np.allclose(a.landmarks, b.landmarks, atol=tolerance)


def test_nothing_is_a_normal_answer(detector: Detector) -> None:
    blank = np.full((480, 640, 3), 128, np.uint8)
    assert detector.detect([]) == []
    assert detector.detect([blank, canvas(480, 640)]) == [[], []]


@pytest.mark.parametrize("shape", [(1, 1), (8, 300), (39, 39), (2000, 12)])
def test_pictures_without_room_for_a_face(detector: Detector, shape: tuple[int, int]) -> None:
    assert detector.detect([np.zeros((*shape, 3), np.uint8)]) == [[]]


def test_everyone_is_found(detector: Detector, people: dict[str, list[Image]]) -> None:
    photos = [photo for photos in people.values() for photo in photos]
    for found in detector.detect(photos):
        assert len(found) == 1
        assert found[0].confidence > 0.9


def test_landmarks_are_in_order_and_between_pixels(detector: Detector, portrait: Image) -> None:
    (face,) = detector.detect([portrait])[0]
    left_eye, right_eye, nose, mouth_left, mouth_right = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert mouth_left[0] < nose[0] < mouth_right[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(mouth_left[1], mouth_right[1])
    assert face.landmarks.dtype == np.float32
    assert np.abs(face.landmarks - face.landmarks.round()).max() > 0.05


def test_boxes_end_at_the_border(detector: Detector, portrait: Image) -> None:
    (whole,) = detector.detect([portrait])[0]
    cut = np.ascontiguousarray(portrait[:, int(whole.box.x + 0.2 * whole.box.w) :])
    height, width = cut.shape[:2]
    (face,) = detector.detect([cut])[0]
    assert face.box.x >= 0
    assert face.box.y >= 0
    assert face.box.x + face.box.w <= width
    assert face.box.y + face.box.h <= height


def test_several_faces_best_first(detector: Detector, people: dict[str, list[Image]]) -> None:
    scene = canvas(480, 960)
    for number, photos in enumerate(list(people.values())[:3]):
        paste(scene, photos[0], 20 + number * 310, 100 - 30 * number, 280)
    found = detector.detect([scene])[0]
    assert len(found) == 3
    assert [face.confidence for face in found] == sorted((face.confidence for face in found), reverse=True)


@pytest.mark.parametrize("min_face", [20, 40, 90])
def test_no_box_is_smaller_than_min_face(
    min_face: int, backend: Backend, people: dict[str, list[Image]]
) -> None:
    detector = make_detector("mtcnn", DetectorConfig(min_face=min_face), backend)
    scene = canvas(720, 1280)
    for number, side in enumerate((60, 90, 130, 200, 300)):
        paste(scene, list(people.values())[number % 5][0], 20 + number * 240, 200, side)
    everything = make_detector("mtcnn", DetectorConfig(min_face=16), backend).detect([scene])[0]
    assert len(everything) == 5
    found = detector.detect([scene])[0]
    assert all(min(face.box.w, face.box.h) >= min_face for face in found)
    clearly = [face for face in everything if min(face.box.w, face.box.h) >= 1.15 * min_face]
    boxes = np.array([(f.box.x, f.box.y, f.box.x + f.box.w, f.box.y + f.box.h) for f in found], np.float32)
    for face in clearly:
        x, y, w, h = face.box
        assert overlap(np.array([[x, y, x + w, y + h]], np.float32), boxes).max() > 0.7


def test_a_second_look_only_takes_away(people: dict[str, list[Image]]) -> None:
    scene = canvas(480, 960)
    for number, photos in enumerate(list(people.values())[:3]):
        paste(scene, photos[0], 20 + number * 310, 60, 280)
    once = make_detector("mtcnn", DetectorConfig(second_look=False)).detect([scene, people_first(people)])
    twice = make_detector("mtcnn", DetectorConfig()).detect([scene, people_first(people)])
    for first, second in zip(once, twice, strict=True):
        assert len(second) == len(first) > 0
        for face in second:
            (before,) = [other for other in first if same(face, other)]
            assert face.confidence <= before.confidence


def people_first(people: dict[str, list[Image]]) -> Image:
    return next(iter(people.values()))[0]


def test_a_hand_is_not_taken_for_a_face(shared_data: Path, detector: Detector) -> None:
    video = cv2.VideoCapture(str(shared_data / "webcam-clips" / "asl_gestures" / "again.mkv"))
    for _ in range(19):
        readable, frame = video.read()
    video.release()
    assert readable
    image = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)
    once = make_detector("mtcnn", DetectorConfig(second_look=False)).detect([image])[0]
    assert len(once) == 2, "this frame is here because the hands before the chest look like a face"
    (face,) = detector.detect([image])[0]
    assert face.box.y + face.box.h < 200


def test_large_pictures_answer_in_their_own_coordinates(detector: Detector, portrait: Image) -> None:
    large = cv2.resize(portrait, None, fx=2600 / portrait.shape[1], fy=2600 / portrait.shape[1])
    (face,) = detector.detect([np.asarray(large, np.uint8)])[0]
    (small,) = detector.detect([portrait])[0]
    scale = 2600 / portrait.shape[1]
    assert np.abs(face.landmarks / scale - small.landmarks).max() < 0.06 * small.eye_distance


def test_a_batch_gives_what_each_gives_alone(detector: Detector, people: dict[str, list[Image]]) -> None:
    photos = [photo for photos in people.values() for photo in photos][:5]
    batch = [
        photos[0],
        canvas(480, 640),
        photos[1][:-20],
        photos[2],
        np.zeros((20, 20, 3), np.uint8),
        photos[3],
    ]
    together = detector.detect(batch)
    for image, found in zip(batch, together, strict=True):
        (alone,) = detector.detect([image])
        assert len(alone) == len(found)
        assert all(same(a, b, 0.05) for a, b in zip(alone, found, strict=True))


def test_landmarks_wander_where_a_face_is_hard_to_see(
    detector: Detector, people: dict[str, list[Image]]
) -> None:
    clear = [photos[0] for photos in list(people.values())[:4]]
    noise = np.random.default_rng(0)
    hard = [
        np.clip(cv2.GaussianBlur(photo, (0, 0), 6) * 0.3 + noise.normal(0, 12, photo.shape), 0, 255).astype(
            np.uint8
        )
        for photo in clear
    ]
    faces = [detector.detect([photo])[0][0] for photo in clear]
    settled, wandering = detector.wander(clear, faces), detector.wander(hard, faces)
    assert all(0 <= one < 0.1 for one in settled), settled
    assert np.mean(wandering) > 1.5 * np.mean(settled), wandering
    assert detector.wander([], []) == []
    # One alone as in company: each face has its own cut-outs.
    assert detector.wander(clear[1:2], faces[1:2]) == pytest.approx(settled[1:2], abs=1e-4)


def test_threads_share_one_detector(backend: Backend, people: dict[str, list[Image]]) -> None:
    fresh = make_detector("mtcnn", DetectorConfig(), backend)  # so that the first load is contended too
    photos = [photos[0] for photos in people.values()] * 2
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda photo: fresh.detect([photo])[0], photos))
    for photo, found in zip(photos, together, strict=True):
        assert same(found[0], fresh.detect([photo])[0][0], 0.05)


def test_what_is_not_a_picture_is_a_programming_error(detector: Detector) -> None:
    for shape, dtype in (((50, 50), np.uint8), ((50, 50, 3), np.float32), ((50, 50, 4), np.uint8)):
        with pytest.raises(ValueError, match="RGB uint8"):
            detector.detect([np.zeros(shape, dtype)])


def test_unknown_detector_lists_what_exists() -> None:
    with pytest.raises(ModelError, match="mtcnn") as caught:
        make_detector("retina", DetectorConfig())
    assert caught.value.code == "model.unknown"


@pytest.mark.parametrize("wrong", [{"min_face": 5}, {"confidence": 1.5}, {"max_side": 3}, {"max_faces": 0}])
def test_senseless_configurations_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="sensible"):
        DetectorConfig(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("height", "width"), [(480, 640), (250, 250), (333, 777), (1280, 720), (41, 600)])
@pytest.mark.parametrize("min_face", [20, 40, 100])
def test_levels_lie_apart_on_the_sheet(height: int, width: int, min_face: int) -> None:
    sheet = layout(height, width, min_face)
    if sheet is None:
        assert min(height, width) < min_face * 1.5
        return
    taken = np.zeros((sheet.height, sheet.width), int)
    for level in sheet.levels:
        assert level.x % STRIDE == level.y % STRIDE == 0
        taken[level.y : level.y + level.height, level.x : level.x + level.width] += 1
    assert taken.max() == 1
    rows, columns = np.nonzero(sheet.level_of >= 0)
    boxes, _ = sheet.windows(rows, columns)
    assert boxes.min() >= 0
    assert (boxes[:, 2] <= width + 1.1 * WINDOW / sheet.levels[-1].scale).all()
    finest = WINDOW / sheet.levels[0].scale
    assert finest <= min_face * 1.001
    assert finest > min_face * 0.7


def test_suppression_keeps_the_best_and_the_distant() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [50, 50, 60, 60], [2, 2, 6, 6]], np.float32)
    scores = np.array([0.8, 0.9, 0.5, 0.7], np.float32)
    assert suppress(boxes, scores, 0.5).tolist() == [1, 3, 2]
    assert suppress(boxes, scores, 0.5, over="smaller").tolist() == [1, 2]
    assert suppress(boxes[:0], scores[:0], 0.5).tolist() == []


def test_square_keeps_the_centre() -> None:
    found = square(np.array([[0, 0, 10, 30]], np.float32))
    assert found.tolist() == [[-10, 0, 20, 30]]
