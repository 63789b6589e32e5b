"""What five points of a face do over some frames when a head turns, and what those of a picture cannot do.

Lengths are in distances of the eyes, so a face counts alike near and far. The points are those of one frame,
followed through the others by pyramidal Lucas-Kanade (Bouguet 2000): finer than a detector finds them anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from recognition.liveness.observation import PATCH, Observation
from recognition.types import Floats

LEFT_EYE, RIGHT_EYE, NOSE, MOUTH_LEFT, MOUTH_RIGHT = range(5)
_OUTER = [LEFT_EYE, RIGHT_EYE, MOUTH_LEFT, MOUTH_RIGHT]

_WINDOW, _LEVELS = (21, 21), 3
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.01)
#: A point must come back this near to where it started, in pixels of the patch.
_RETURN = 1.5


def asymmetry(landmarks: Floats) -> float:
    """How far the nose lies from the middle between the eyes, along them: 0 frontal, growing as it goes right
    in the picture. ``landmarks``: (5, 2).
    """
    across = landmarks[RIGHT_EYE] - landmarks[LEFT_EYE]
    middle = landmarks[[LEFT_EYE, RIGHT_EYE]].mean(axis=0)
    return float((landmarks[NOSE] - middle) @ across / max(float(across @ across), 1e-6))


def eye_distance(landmarks: Floats) -> float:
    """In the unit of ``landmarks`` (5, 2)."""
    return float(np.linalg.norm(landmarks[RIGHT_EYE] - landmarks[LEFT_EYE]))


def proportion(landmarks: Floats) -> float:
    """Distance of the eyes by that from eyes to mouth: what turns or tilts away gets shorter."""
    eyes = landmarks[[LEFT_EYE, RIGHT_EYE]].mean(axis=0)
    mouth = landmarks[[MOUTH_LEFT, MOUTH_RIGHT]].mean(axis=0)
    return eye_distance(landmarks) / max(float(np.linalg.norm(mouth - eyes)), 1e-6)


def foreshortening(points: Floats) -> float:
    """The least :func:`proportion` by that of the first frame. ``points``: (F, 5, 2).

    A picture must be tilted far to move its nose as a turned head does, and gets narrow with it.
    """
    first = max(proportion(points[0]), 1e-6)
    return min(proportion(one) for one in points) / first


def planarity(points: Floats) -> float:
    """The third singular value of the centred points of all frames, per point: 0 for anything flat, as long
    as perspective is weak (Tomasi and Kanade 1992). ``points``: (F, 5, 2), F of 2 or more.
    """
    centred = points - points.mean(axis=1, keepdims=True)
    rows = centred.transpose(0, 2, 1).reshape(-1, 5)  # 2F x 5
    values = np.linalg.svd(rows, compute_uv=False)
    length = float(np.mean([eye_distance(one) for one in points]))
    return float(values[2] / np.sqrt(rows.size) / max(length, 1e-6))


def parallax(points: Floats) -> float:
    """How far the nose moves against the plane of eyes and mouth, at most. ``points``: (F, 5, 2).

    The plane's motion is the affine map of the four outer points from the first frame.
    """
    start = np.concatenate([points[0][_OUTER], np.ones((4, 1), points.dtype)], axis=1)
    nose = np.append(points[0][NOSE], 1.0)
    length = max(eye_distance(points[0]), 1e-6)
    found = 0.0
    for one in points[1:]:
        plane, *_ = np.linalg.lstsq(start, one[_OUTER], rcond=None)
        # What the map leaves of the outer points is noise, or the bend that the nose must exceed.
        rest = float(np.abs(start @ plane - one[_OUTER]).mean())
        found = max(found, (float(np.linalg.norm(one[NOSE] - nose @ plane)) - rest) / length)
    return found


def follow(observations: Sequence[Observation]) -> Floats:
    """The landmarks of the first frame in every frame, (F, 5, 2) in pixels of the frames.

    From frame to frame. A point that gets lost on the way, as it may in a fast turn, goes as far as the
    detector says that it went.
    """
    points = observations[0].landmarks.astype(np.float32)
    found = [points]
    for before, after in pairwise(observations):
        points = _step(before, after, points)
        found.append(points)
    return np.stack(found)


def _step(before: Observation, after: Observation, points: Floats) -> Floats:
    start = before.in_patch(points)
    guess = after.in_patch(points + (after.landmarks - before.landmarks))
    there, found = _flow(before, after, start, guess)
    back, returned = _flow(after, before, there, start)
    lost = ~(found & returned) | (np.linalg.norm(back - start, axis=1) > _RETURN)
    lost |= ((there < 0) | (there > PATCH - 1)).any(axis=1)
    there[lost] = guess[lost]
    return after.in_frame(there)


def _flow(one: Observation, other: Observation, points: Floats, guess: Floats) -> tuple[Floats, Any]:
    lucas_kanade: Any = cv2.calcOpticalFlowPyrLK
    there, found, _ = lucas_kanade(
        one.patch,
        other.patch,
        points[:, None].astype(np.float32),
        guess[:, None].astype(np.float32).copy(),
        winSize=_WINDOW,
        maxLevel=_LEVELS,
        criteria=_STOP,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return there[:, 0], found[:, 0] == 1
