"""Is this face good enough, and if not, what should the person do about it?

:func:`assess` measures; every measure has a limit in :class:`QualityLimits`; whatever misses its
limit becomes a reason code, and :func:`explain` (of :mod:`recognition.sentences`) turns codes into sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from recognition import usefulness
from recognition.alignment import DLIB_FACE, PADDING, similarity, upright
from recognition.sentences import SENTENCES, explain
from recognition.types import Face, Floats, Image, Quality

__all__ = ["ENROLLMENT", "PROBE", "SENTENCES", "QualityLimits", "assess", "explain", "measure"]

TOO_SMALL = "face.too_small"
BLURRED = "face.blurred"
DARK = "face.dark"
BRIGHT = "face.bright"
TURNED_AWAY = "face.turned_away"
CUT_OFF = "face.cut_off"
SEVERAL = "face.several"
LOW_CONFIDENCE = "face.low_confidence"

#: Side of the upright chip on which light and sharpness are measured; its eyes are 32 % apart.
_CHIP = 112
_EYE_SPAN = 0.32
#: Points (576, 2) all over the embedder's chip, in units of the face's width.
_STEPS = (np.arange(24) + 0.5) / 24 * (1 + 2 * PADDING) - PADDING
_GRID = np.stack(np.meshgrid(_STEPS, _STEPS), axis=-1).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """What a face must reach. Sizes in pixels of the given image; light on a scale of 0 to 255.

    ``min_width``: of the box. ``max_blur``: perceptual blur, 0 to 1. ``min_light``: brightest
    twentieth of the face at least this bright (so that dark skin in good light passes).
    ``max_light``: darkest fifth at most this bright. ``max_turn``: the nose's sideways offset from
    the middle of the eyes, in eye distances. ``nod``: where the nose lies between eyes (0) and
    mouth (1). ``max_outside``: share of the embedder's chip beyond the border.
    """

    min_width: float = 45.0
    min_eye_distance: float = 22.0
    max_blur: float = 0.64
    min_light: float = 70.0
    max_light: float = 172.0
    max_turn: float = 0.4
    nod: tuple[float, float] = (0.20, 0.85)
    max_outside: float = 0.10
    min_confidence: float = 0.9


#: For a photo that will stand for a person for years. Measured: 95 % of 400 portraits from the
#: press (the rest are profiles), all frames of webcam clips with faces 50 to 70 pixels wide and all
#: demo photos pass; nine in ten portraits with a Gaussian blur of 2.5 pixels, a motion of 13 pixels
#: or a third of the light do not.
ENROLLMENT = QualityLimits()
#: For one frame among many: what is refused here can be made good a moment later.
PROBE = QualityLimits(
    min_width=36.0,
    min_eye_distance=16.0,
    max_blur=0.72,
    min_light=50.0,
    max_light=200.0,
    max_turn=0.45,
    nod=(0.10, 0.95),
    max_outside=0.20,
    min_confidence=0.8,
)


def assess(
    image: Image,
    face: Face,
    *,
    others: int = 0,
    limits: QualityLimits = ENROLLMENT,
    more: Mapping[str, float] | None = None,
    model: str = "",
) -> Quality:
    """Measure one face of an RGB uint8 image and compare with ``limits``.

    ``others``: how many further faces of comparable size the image has. ``more``: the
    measures of a photo that cost time (:mod:`recognition.usefulness`), for the embedder ``model``.
    The score is the share of the person's other photos that this one should match, as learned
    (:mod:`recognition.usefulness`), at least halved by each code, so a face with a flaw scores low.
    ``measures`` also holds the limits that sentences quote (``min_width``, ``min_eye_distance``).
    """
    measures = {**measure(image, face), "others": float(others), **(more or {})}
    return judge(measures, limits, model)


def judge(measures: dict[str, float], limits: QualityLimits = ENROLLMENT, model: str = "") -> Quality:
    """What :func:`assess` makes of measures: those of :func:`measure`, ``others``, maybe more."""
    measures = {**measures, "min_width": limits.min_width, "min_eye_distance": limits.min_eye_distance}
    grades = _grades(measures, limits)
    failed = sorted((grade, code) for code, (grade, passed) in grades.items() if not passed)
    score = usefulness.score(measures, model) * float(np.prod([grade for grade, _ in failed]))
    return Quality(score=score, codes=tuple(code for _, code in failed), measures=measures)


def measure(image: Image, face: Face) -> dict[str, float]:
    """The figures behind the codes, by name; sizes in pixels, the rest without unit."""
    distance = face.eye_distance
    turn, nod = pose(face.landmarks)
    # Never enlarged: interpolated pixels are blurred whatever the camera did.
    size = max(16, min(_CHIP, round(distance / _EYE_SPAN)))
    # Landmarks that fell together are no face: nothing to see there, so nothing is sharp.
    chip = upright(image, face.landmarks, size) if distance >= 1 else np.zeros((size, size, 3), np.uint8)
    gray = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY)
    inner = gray[size // 5 : size - size // 8, size // 5 : size - size // 5]
    dark, light = np.percentile(inner, (20, 95))
    evenness, symmetry = evenness_and_symmetry(inner.astype(np.float32))
    return {
        "width": face.box.w,
        "eye_distance": distance,
        "blur": blur(inner.astype(np.float32)),
        "light_low": float(dark),
        "light_high": float(light),
        "turn": turn,
        "nod": nod,
        "outside": outside(face.landmarks, *image.shape[:2]),
        "confidence": face.confidence,
        "evenness": evenness,
        "symmetry": symmetry,
        "distortion": distortion(face.landmarks),
    }


def evenness_and_symmetry(gray: Floats) -> tuple[float, float]:
    """Of float32 (h, w) with the nose in its middle: how equally bright both halves are (1 is equal), and
    the correlation of the picture with its mirror image. Side light, a turned head and hands lower them.
    """
    half = gray.shape[1] // 2
    left, right = float(gray[:, :half].mean()), float(gray[:, -half:].mean())
    centred = gray - gray.mean()
    power = float((centred * centred).sum())
    symmetry = float((centred * centred[:, ::-1]).sum()) / power if power > 1e-3 else 0.0
    return min(left, right) / max(left, right, 1e-3), symmetry


def distortion(landmarks: Floats) -> float:
    """How far landmarks (5, 2) are from the mean face, in its widths: pose, expression, detector's error."""
    if np.ptp(landmarks, axis=0).max() < 1e-3:
        return 1.0
    matrix = similarity(landmarks, DLIB_FACE)
    placed = landmarks @ matrix[:, :2].T + matrix[:, 2]
    return float(np.linalg.norm(placed - DLIB_FACE))


def pose(landmarks: Floats) -> tuple[float, float]:
    """(turn, nod) from float32 (5, 2): the nose across and along the face, rotation taken out.

    Turn: offset of the nose from the middle of eyes and mouth, in eye distances; 0 is straight,
    positive towards the image's right. Nod: 0 at the height of the eyes, 1 at that of the mouth.
    """
    eyes = landmarks[:2].mean(axis=0)
    mouth = landmarks[3:].mean(axis=0)
    across = landmarks[1] - landmarks[0]
    width = float(np.linalg.norm(across))
    if width < 1e-6:
        return 9.0, 9.0
    across = across / width
    along = np.array([-across[1], across[0]])
    nose = landmarks[2] - eyes
    height = float((mouth - eyes) @ along)
    middle = float((mouth - eyes) @ across) / 2
    return (float(nose @ across) - middle) / width, float(nose @ along) / height if height > 1e-6 else 9.0


def blur(gray: Floats) -> float:
    """Perceptual blur of float32 (h, w), 0 sharp to 1 blurred.

    Crete et al. 2007, "The Blur Effect: Perception and Estimation with a New No-reference
    Perceptual Blur Metric": blurring a sharp picture again takes away much of the difference
    between neighbours; blurring a blurred one hardly any. Depends neither on light nor contrast.
    """
    worst = 0.0
    for axis, kernel in ((0, (1, 9)), (1, (9, 1))):
        again = cv2.blur(gray, kernel)
        before = np.abs(np.diff(gray, axis=axis))
        lost = np.clip(before - np.abs(np.diff(again, axis=axis)), 0, None)
        total = float(before.sum())
        worst = max(worst, 1.0 - float(lost.sum()) / total if total > 1e-6 else 1.0)
    return worst


def outside(landmarks: Floats, height: int, width: int) -> float:
    """Share, 0 to 1, of the embedder's chip that lies beyond the picture's border."""
    matrix = similarity(DLIB_FACE, landmarks).astype(np.float64)
    points = _GRID @ matrix[:, :2].T + matrix[:, 2]
    inside = ((points >= 0) & (points < (width, height))).all(axis=1)
    return 1.0 - float(inside.mean())


def _grades(m: dict[str, float], limits: QualityLimits) -> dict[str, tuple[float, bool]]:
    """For each code: how good (0 to 1) and whether it passes."""
    size = min(m["width"] / limits.min_width, m["eye_distance"] / limits.min_eye_distance)
    low, high = limits.nod
    middle = (low + high) / 2
    pose_use = max(abs(m["turn"]) / limits.max_turn, abs(m["nod"] - middle) / (high - middle))
    use = {
        BLURRED: m["blur"] / limits.max_blur,
        BRIGHT: m["light_low"] / limits.max_light,
        TURNED_AWAY: pose_use,
        CUT_OFF: m["outside"] / limits.max_outside,
        LOW_CONFIDENCE: (1 - m["confidence"]) / (1 - limits.min_confidence),
    }
    reach = {TOO_SMALL: size, DARK: m["light_high"] / limits.min_light}
    grades = {code: (_falling(value), value <= 1) for code, value in use.items()}
    grades |= {code: (min(1.0, value / 2), value >= 1) for code, value in reach.items()}
    grades[SEVERAL] = (1 / (1 + m["others"]), m["others"] == 0)
    return grades


def _falling(use: float) -> float:
    """1 up to half of what is allowed, 0.5 at the limit, 0 at one and a half times the limit."""
    return float(np.clip(1.5 - use, 0.0, 1.0))
