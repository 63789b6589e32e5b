"""Each flaw, made on purpose, must be named; a good photo must have none."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition import errors, quality
from recognition.engine import FaceEngine
from recognition.quality import ENROLLMENT, PROBE, SENTENCES, assess, explain, measure, pose
from recognition.quality import blur as blur_of
from recognition.quality import outside as share_outside
from recognition.types import Box, Face, Image, Quality

SOURCE = Path(errors.__file__).parent


@pytest.fixture(scope="module")
def face(engine: FaceEngine, portrait: Image) -> Face:
    return engine.analyse([portrait], embed=False)[0][0].face


def judged(image: np.ndarray, face: Face, **options: object) -> Quality:
    return assess(np.ascontiguousarray(image, np.uint8), face, **options)  # type: ignore[arg-type]


def moved(face: Face, scale: float, x: float = 0, y: float = 0) -> Face:
    box = Box(face.box.x * scale + x, face.box.y * scale + y, face.box.w * scale, face.box.h * scale)
    return Face(box, (face.landmarks * scale + (x, y)).astype(np.float32), face.confidence)


def posed(turn: float = 0.0, nod: float = 0.55, roll: float = 0.0) -> np.ndarray:
    points = np.array([[-1, 0], [1, 0], [2 * turn, 2 * nod], [-0.8, 2], [0.8, 2]]) * 40
    cos, sin = np.cos(roll), np.sin(roll)
    return (points @ np.array([[cos, sin], [-sin, cos]]) + 200).astype(np.float32)


def test_a_good_photo_has_no_flaw(engine: FaceEngine, people: dict[str, list[Image]]) -> None:
    for photos in people.values():
        for photo in photos:
            quality = engine.analyse_photo(photo).quality
            assert quality.acceptable, quality
            assert 0.3 < quality.score <= 1


FLAWS = {
    "face.dark": lambda image: image * 0.2,
    "face.bright": lambda image: 190 + image * 0.25,
    "face.blurred": lambda image: cv2.GaussianBlur(image, (0, 0), 9),
}


@pytest.mark.parametrize("code", FLAWS)
@pytest.mark.parametrize("limits", [ENROLLMENT, PROBE], ids=["enrollment", "probe"])
def test_light_and_sharpness(code: str, limits: object, portrait: Image, face: Face) -> None:
    good = judged(portrait, face, limits=limits)
    bad = judged(FLAWS[code](portrait), face, limits=limits)
    assert code not in good.codes
    assert code in bad.codes
    assert bad.score < 0.6 * good.score


def test_motion_blur_is_blur(engine: FaceEngine, people: dict[str, list[Image]]) -> None:
    refused = []
    for image, *_ in people.values():
        face = engine.analyse([image], embed=False)[0][0].face
        sharp = measure(image, face)["blur"]
        for kernel in ((31, 1), (1, 31)):
            moving = cv2.blur(image, kernel)
            assert measure(moving, face)["blur"] > sharp + 0.08
            refused.append("face.blurred" in judged(moving, face).codes)
    assert np.mean(refused) >= 0.75  # noise in a picture looks sharp, whatever moved


def test_blur_ignores_contrast_and_size_does_not_pass_for_blur(portrait: Image, face: Face) -> None:
    sharp = measure(portrait, face)["blur"]
    flat = measure((portrait * 0.5 + 60).astype(np.uint8), face)["blur"]
    assert abs(sharp - flat) < 0.05
    small = cv2.resize(portrait, None, fx=0.33, fy=0.33, interpolation=cv2.INTER_AREA)
    assert measure(np.asarray(small, np.uint8), moved(face, 0.33))["blur"] < ENROLLMENT.max_blur


def test_blur_grows_with_blurring(portrait: Image) -> None:
    gray = cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY).astype(np.float32)
    values = [blur_of(cv2.GaussianBlur(gray, (0, 0), sigma)) for sigma in (0.5, 1, 2, 4, 8)]
    assert values == sorted(values)
    assert blur_of(np.zeros((20, 20), np.float32)) == 1.0


@pytest.mark.parametrize("width", [12, 20, 38])
def test_too_small_says_by_how_much(width: int, portrait: Image, face: Face) -> None:
    scale = width / face.box.w
    image = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    quality = judged(image, moved(face, scale))
    assert "face.too_small" in quality.codes
    sentence = explain("face.too_small", quality.measures)
    assert f"only {width} pixels wide" in sentence
    assert f"{ENROLLMENT.min_width:.0f} are needed" in sentence


def test_too_small_by_the_eyes(portrait: Image, face: Face) -> None:
    narrow = Face(face.box, (face.landmarks * 0.2).astype(np.float32), face.confidence)
    quality = judged(portrait, narrow)
    assert "face.too_small" in quality.codes
    assert "eyes" in explain("face.too_small", quality.measures)


@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
def test_cut_off_by_each_border(side: str, portrait: Image, face: Face) -> None:
    x, y, w, h = (round(value) for value in face.box)
    shift_x, shift_y = 0, 0
    image = portrait
    if side == "left":
        image, shift_x = portrait[:, x + w // 4 :], -(x + w // 4)
    elif side == "right":
        image = portrait[:, : x + w - w // 4]
    elif side == "top":
        image, shift_y = portrait[y + h // 4 :], -(y + h // 4)
    else:
        image = portrait[: y + h - h // 4]
    assert "face.cut_off" in judged(image, moved(face, 1, shift_x, shift_y)).codes
    assert "face.cut_off" not in judged(portrait, face).codes


def test_share_outside() -> None:
    landmarks = posed()
    assert share_outside(landmarks, 1000, 1000) == 0
    assert share_outside(landmarks + 5000, 1000, 1000) == 1
    assert 0.3 < share_outside(landmarks, 1000, 200) < 0.7


@pytest.mark.parametrize("roll", [0.0, 0.5, -1.0, 3.0])
def test_pose_is_measured_in_the_faces_own_frame(roll: float) -> None:
    for turn, nod in ((0.0, 0.5), (0.3, 0.6), (-0.4, 0.3)):
        assert np.allclose(pose(posed(turn + nod * 0, nod, roll)), (turn, nod), atol=1e-4)


@pytest.mark.parametrize(("turn", "nod"), [(0.5, 0.55), (-0.5, 0.55), (0, 0.02), (0, 1.1)])
def test_turned_away(turn: float, nod: float, portrait: Image, face: Face) -> None:
    image = np.full((500, 500, 3), 128, np.uint8)
    for limits in (ENROLLMENT, PROBE):
        turned = Face(Box(150, 150, 100, 130), posed(turn, nod), 0.99)
        straight = Face(Box(150, 150, 100, 130), posed(), 0.99)
        assert "face.turned_away" in judged(image, turned, limits=limits).codes
        assert "face.turned_away" not in judged(image, straight, limits=limits).codes


def test_several_and_low_confidence(portrait: Image, face: Face) -> None:
    assert judged(portrait, face, others=2).codes == ("face.several",)
    unsure = Face(face.box, face.landmarks, 0.83)
    assert judged(portrait, unsure).codes == ("face.low_confidence",)
    assert judged(portrait, unsure, limits=PROBE).codes == ()


def test_the_worst_flaw_comes_first(portrait: Image, face: Face) -> None:
    black = judged(portrait * 0.02, Face(face.box, face.landmarks, 0.88))
    assert black.codes[0] == "face.dark"
    assert set(black.codes) >= {"face.dark", "face.low_confidence"}


def test_degenerate_landmarks_are_refused_not_a_crash() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    nothing = Face(Box(10, 10, 50, 50), np.full((5, 2), 30, np.float32), 0.99)
    assert {"face.turned_away", "face.blurred", "face.too_small"} <= set(judged(image, nothing).codes)


def test_every_code_of_the_library_has_its_own_sentence() -> None:
    used = set()
    for path in SOURCE.rglob("*.py"):
        used |= set(re.findall(r'code\s*=\s*"([a-z]+\.[a-z_]+)"', path.read_text()))
    codes = used | {
        value for name, value in vars(quality).items() if name.isupper() and isinstance(value, str)
    }
    assert len(codes) > 20
    missing = sorted(codes - set(SENTENCES))
    assert not missing
    sentences = [explain(code) for code in codes]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)


def test_an_unknown_code_still_gets_a_sentence() -> None:
    assert explain("face.from_the_future") == SENTENCES["recognition.error"]
