"""What is behind and around a face: before a camera that hangs on a wall it stays where it is.

A picture or a screen in somebody's hands takes its own room along: the wall that was filmed shakes as the
hand does. A live head leaves the room behind it where it was. The small pictures of the whole frame are
followed by pyramidal Lucas-Kanade (Bouguet 2000), there and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recognition.liveness.observation import Observation
from recognition.liveness.relief import Grey, Mask, flow, textured
from recognition.types import Floats

#: Around the middle of the face, in eye distances: a head with its hair, and how far its surroundings reach.
_HEAD, _NEAR = (2.3, 3.2), 4.6
#: Pixels of the small picture between points; how near one must come back, and how much there must be to see.
_STEP, _RETURN, _SEEN = 2, 0.25, 2e-4
#: So many points must be followed for a frame to count.
_ENOUGH = 12
#: From this far on, in pixels of the small picture, a point has moved.
_MOVED = 0.12


@dataclass(frozen=True, slots=True)
class Scenery:
    """``carried``: how far the surroundings of the face went as one, in pixels of the small picture, median
    of the frames. ``share``: the share of the points outside the head that went with it. ``frames``: how
    many could be told.
    """

    carried: float = 0.0
    share: float = 0.0
    frames: int = 0


def scenery(observations: Sequence[Observation]) -> Scenery:
    """What the surroundings did; zeros where nothing can be told."""
    kept = [one for one in observations if one.scene.size]
    if len(kept) < 3:
        return Scenery()
    reference = kept[len(kept) // 2]
    points = _points(reference.scene)
    outside = _outside(reference, points)
    steps, shares = [], []
    for other in kept:
        if other is reference or other.scene.shape != reference.scene.shape:
            continue
        found = _moved(reference.scene, other.scene, points[outside & _outside(other, points)], reference)
        if found is not None:
            steps.append(found[0])
            shares.append(found[1])
    if len(steps) < 2:
        return Scenery()
    return Scenery(float(np.median(steps)), float(np.median(shares)), len(steps))


def _points(scene: Grey) -> Floats:
    height, width = scene.shape
    y, x = np.mgrid[3 : height - 3 : _STEP, 3 : width - 3 : _STEP]
    points = np.stack([x, y], axis=-1).reshape(-1, 2).astype(np.float32)
    return np.asarray(points[textured(scene, points) > _SEEN])


def _scale(one: Observation) -> float:
    return one.scene.shape[1] / one.size[0]


def _outside(one: Observation, points: Floats) -> Mask:
    """Points beside and above the head; below it is somebody's body."""
    middle = one.landmarks[[0, 1, 3, 4]].mean(axis=0) * _scale(one)
    across, down = ((points - middle) / (one.eye_distance * _scale(one))).T
    head = np.hypot(across / _HEAD[0], down / _HEAD[1]) < 1
    body = (down > 1.0) & (np.abs(across) < _NEAR)
    return np.asarray(~head & ~body)


def _moved(scene: Grey, other: Grey, points: Floats, reference: Observation) -> tuple[float, float] | None:
    """How far what is near went as one, and the share of all points that went so."""
    if len(points) < _ENOUGH:
        return None
    there, found = flow(scene, other, points[:, None])
    back, returned = flow(other, scene, there)
    good = found & returned & (np.linalg.norm(back - points[:, None], axis=2)[:, 0] < _RETURN)
    if good.sum() < _ENOUGH:
        return None
    steps = (there[:, 0] - points)[good]
    middle = reference.landmarks[[0, 1, 3, 4]].mean(axis=0) * _scale(reference)
    unit = reference.eye_distance * _scale(reference)
    near = np.linalg.norm(points[good] - middle, axis=1) < _NEAR * unit
    if near.sum() < _ENOUGH:
        near[:] = True
    way = np.median(steps[near], axis=0)
    length = float(np.linalg.norm(way))
    went = np.linalg.norm(steps, axis=1) > _MOVED
    went &= np.linalg.norm(steps - way, axis=1) < 0.5 * length + 0.05
    return length, float(went.mean())
