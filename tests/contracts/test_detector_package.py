"""Our driver of MTCNN's networks against the ``mtcnn`` package's own ``detect_faces``.

Same weights, other driver: the same faces must come out, apart from what is at the size limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest

from recognition.decoding import decode
from recognition.detection import Detector, DetectorConfig, make_detector
from recognition.detection.boxes import overlap
from recognition.runtime import Backend
from recognition.types import LANDMARKS, Face, Image

STAFF = Path(__file__).resolve().parents[2] / "demo" / "people" / "staff"
MIN_FACE = 40
#: Faces of the package that are this much above the limit must be found.
CLEARLY = 1.15

#: Rows of picture, x1, y1, x2, y2, confidence, five x, five y.
Reference = Callable[[Image], np.ndarray]


@pytest.fixture(scope="module")
def package() -> Any:
    from mtcnn import MTCNN

    return MTCNN()


@pytest.fixture(scope="module")
def reference(package: Any) -> Reference:
    return lambda image: package.detect_faces(image, min_face_size=20, output_type="numpy", box_format="xyxy")


@pytest.fixture(scope="module")
def detectors() -> list[Detector]:
    """One on each backend: the package is slow, so it is asked once for both."""
    config = DetectorConfig(min_face=MIN_FACE, second_look=False)
    return [make_detector("mtcnn", config, backend) for backend in get_args(Backend)]


def webcam_frames(folder: Path) -> Iterator[Image]:
    for clip in sorted(folder.glob("*.mkv")):
        video = cv2.VideoCapture(str(clip))
        for _ in range(30):
            readable, frame = video.read()
        video.release()
        assert readable, clip
        yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)


def lfw_photos(folder: Path, count: int) -> Iterator[Image]:
    people = sorted(folder.iterdir())
    for person in people[:: len(people) // count][:count]:
        yield decode(sorted(person.glob("*.jpg"))[0].read_bytes())


def compare(images: list[Image], reference: Reference, detectors: list[Detector]) -> None:
    expected = [reference(image) for image in images]
    for detector in detectors:
        agrees(expected, detector.detect(images))


def agrees(expected: list[np.ndarray], given: list[list[Face]]) -> None:
    """Recall, overlap and landmarks over all faces that are clearly large enough."""
    wanted, found, overlaps, distances, extra = 0, 0, [], [], 0
    for theirs, ours in zip(expected, given, strict=True):
        matched: set[int] = set()
        for face in theirs:
            match, value = _nearest(face, ours)
            if match is not None:
                matched.add(match)
            if min(face[3] - face[1], face[4] - face[2]) < CLEARLY * MIN_FACE:
                continue
            wanted += 1
            if match is None:
                continue
            found += 1
            overlaps.append(value)
            away = np.linalg.norm(face[6:16].reshape(2, 5).T - ours[match].landmarks, axis=1).mean()
            distances.append(away / ours[match].eye_distance)
        extra += len(ours) - len(matched)
    assert wanted >= len(given) * 0.9, "the reference must find faces, or this proves nothing"
    assert found / wanted >= 0.97, (found, wanted)
    assert min(overlaps) >= 0.75
    assert np.quantile(overlaps, 0.1) >= 0.9
    assert np.median(overlaps) >= 0.98
    assert np.median(distances) <= 0.01
    assert extra <= max(1, 0.02 * wanted), f"{extra} faces that the package does not see"


def _nearest(face: np.ndarray, ours: list[Face]) -> tuple[int | None, float]:
    if not ours:
        return None, 0.0
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in (f.box for f in ours)], np.float32)
    values = overlap(face[None, 1:5].astype(np.float32), boxes)[0]
    best = int(values.argmax())
    return (best, float(values[best])) if values[best] >= 0.5 else (None, 0.0)


def test_agrees_on_demo_photos(reference: Reference, detectors: list[Detector]) -> None:
    folder = Path(__file__).resolve().parents[2] / "demo" / "people"
    photos = sorted(folder.rglob("*.jpg"))[::6][:24]
    if not photos:
        pytest.skip(f"no demo photos in {folder}")
    compare([decode(path.read_bytes()) for path in photos], reference, detectors)


def test_agrees_on_portraits(shared_data: Path, reference: Reference, detectors: list[Detector]) -> None:
    compare(list(lfw_photos(shared_data / "lfw" / "images", 60)), reference, detectors)


def test_agrees_on_webcam_frames(shared_data: Path, reference: Reference, detectors: list[Detector]) -> None:
    compare(list(webcam_frames(shared_data / "webcam-clips" / "asl_gestures")), reference, detectors)


def test_large_faces_are_found_although_the_package_then_finds_none(reference: Reference) -> None:
    """mtcnn 1.0.0 answers "no face" to every ``min_face_size`` from 24 on: its error is swallowed."""
    image = decode(sorted(STAFF.glob("*/*.jpg"))[0].read_bytes())
    (face,) = reference(image)
    for min_face in (24, 40, 60, 120):
        for backend in get_args(Backend):
            (found,) = make_detector("mtcnn", DetectorConfig(min_face=min_face), backend).detect([image])
            assert [_nearest(face, found)[0]] == [0], (min_face, backend)


def test_landmarks_lie_between_pixels_where_the_package_rounds(
    package: Any, detectors: list[Detector]
) -> None:
    image = decode(sorted(STAFF.glob("*/*.jpg"))[0].read_bytes())
    (face,) = package.detect_faces(image, min_face_size=20)
    points = np.array([face["keypoints"][name] for name in LANDMARKS])
    assert points.dtype.kind == "i", "the package no longer rounds: this test has had its day"
    for detector in detectors:
        (ours,) = detector.detect([image])[0]
        assert np.abs(ours.landmarks - ours.landmarks.round()).max() > 0.05
        assert np.abs(ours.landmarks - points).max() < 0.05 * ours.eye_distance


def test_unequal_pictures_in_a_batch_leave_boxes_in_place(detectors: list[Detector]) -> None:
    """mtcnn 1.0.0 pads such a batch, and shifts the boxes of the smaller pictures."""
    image = decode(sorted(STAFF.glob("*/*.jpg"))[0].read_bytes())
    height, width = image.shape[:2]
    wide = np.full((height + 211, width + 97, 3), 128, np.uint8)
    wide[:height, :width] = image
    for detector in detectors:
        (alone,) = detector.detect([image])[0]
        (first,), (second,) = detector.detect([image, wide])
        assert np.allclose(first.box, alone.box, atol=0.01)
        assert np.allclose(second.box, alone.box, atol=0.05 * alone.box.w)
