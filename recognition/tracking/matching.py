"""Which face that was found now is which face that was followed until now."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recognition.assignment import assign
from recognition.tracking.track import Track
from recognition.types import Box, Face, Floats

#: Two boxes that share this much, or landmarks this near (in distances of the eyes), may be one face.
SHARED, NEAR = 0.2, 0.8
#: A face that was out of sight may come back this far away, in sides of its box, if of like size.
AWAY, GROWN = 1.5, 1.6


def match(tracks: Sequence[Track], faces: Sequence[Face]) -> list[tuple[int, int]]:
    """Pairs (track, face), each at most once: as many as can be, then nearest together.

    Faces in view are paired first, so that one who comes back takes nobody's place.
    """
    pairs: list[tuple[int, int]] = []
    for away in (False, True):
        mine = [n for n, track in enumerate(tracks) if (track.away > 0) is away]
        free = [n for n in range(len(faces)) if n not in {face for _, face in pairs}]
        cost = np.full((len(mine), len(free)), np.inf)
        for row, track in enumerate(mine):
            for column, face in enumerate(free):
                cost[row, column] = _cost(tracks[track], faces[face])
        pairs += [(mine[row], free[column]) for row, column in assign(cost)]
    return sorted(pairs)


def _cost(track: Track, face: Face) -> float:
    if track.away:
        return _return_cost(track.face.box, face.box)
    shared, apart = overlap(track.face.box, face.box), deviation(track.face, face)
    return 1 - shared + apart if shared >= SHARED or apart <= NEAR else np.inf


def _return_cost(old: Box, new: Box) -> float:
    (ox, oy), (nx, ny) = old.center, new.center
    side = float(np.sqrt(max(old.area, new.area)))
    far = float(np.hypot(nx - ox, ny - oy)) / side
    growth = float(np.sqrt(new.area / old.area))
    return far if far <= AWAY and 1 / GROWN <= growth <= GROWN else np.inf


def overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0 to 1."""
    wide = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    high = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    shared = max(0.0, wide) * max(0.0, high)
    return shared / (a.area + b.area - shared)


def deviation(expected: Face, found: Face) -> float:
    """Mean distance of the five landmarks, in distances of the larger face's eyes."""
    apart: Floats = np.linalg.norm(expected.landmarks - found.landmarks, axis=1)
    return float(apart.mean()) / max(expected.eye_distance, found.eye_distance, 1.0)
