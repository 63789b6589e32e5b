"""Our driver of MTCNN's networks against the ``mtcnn`` package's own ``detect_faces``.

Same weights, other driver: the same faces must come out, apart from what is at the size limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition.decoding import decode
from recognition.detection import Detector, DetectorConfig, make_detector
from recognition.detection.boxes import overlap
from recognition.types import Face, Image

MIN_FACE = 40
#: Faces of the package that are this much above the limit must be found.
CLEARLY = 1.15

#: Rows of picture, x1, y1, x2, y2, confidence, five x, five y.
Reference = Callable[[Image], np.ndarray]


@pytest.fixture(scope="module")
def reference() -> Reference:
    from mtcnn import MTCNN

    detector = MTCNN()
    return lambda image: detector.detect_faces(
        image, min_face_size=20, output_type="numpy", box_format="xyxy"
    )


@pytest.fixture(scope="module")
def detector() -> Detector:
    return make_detector("mtcnn", DetectorConfig(min_face=MIN_FACE, second_look=False))


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


def compare(images: list[Image], reference: Reference, detector: Detector) -> None:
    """Recall, overlap and landmarks over all faces that are clearly large enough."""
    wanted, found, overlaps, distances, extra = 0, 0, [], [], 0
    for image, ours in zip(images, detector.detect(images), strict=True):
        theirs = reference(image)
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
    assert wanted >= len(images) * 0.9, "the reference must find faces, or this proves nothing"
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


def test_agrees_on_demo_photos(reference: Reference, detector: Detector) -> None:
    folder = Path(__file__).resolve().parents[2] / "demo" / "people"
    photos = sorted(folder.rglob("*.jpg"))[::6][:24]
    if not photos:
        pytest.skip(f"no demo photos in {folder}")
    compare([decode(path.read_bytes()) for path in photos], reference, detector)


def test_agrees_on_portraits(shared_data: Path, reference: Reference, detector: Detector) -> None:
    compare(list(lfw_photos(shared_data / "lfw" / "images", 60)), reference, detector)


def test_agrees_on_webcam_frames(shared_data: Path, reference: Reference, detector: Detector) -> None:
    compare(list(webcam_frames(shared_data / "webcam-clips" / "asl_gestures")), reference, detector)
