"""What a flat thing cannot do: points on a face that move against its plane, and against what is around it.

Each frame is laid onto a reference frame by its landmarks, points on a grid are followed there and back by
pyramidal Lucas-Kanade (Bouguet 2000; the forward-backward check of Kalal, Mikolajczyk and Matas 2010), and
each frame's best homography is taken off. A picture on paper or a screen, however it is moved, leaves only
noise; a head that turns leaves its relief, and a face that blinks or speaks its expression. What is left over
all frames is a matrix whose first singular value is that movement (the rank argument of Tomasi and Kanade
1992): noise spreads over all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from recognition.alignment import similarity
from recognition.liveness.observation import PATCH, Observation
from recognition.types import Floats

#: Points followed a side of the patch; every one stands for a cell of PATCH / GRID pixels.
GRID = 20
_WINDOW, _LEVELS = (13, 13), 2
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 0.02)
#: A point must come back this near (pixels of the patch), and its neighbourhood must hold enough to see.
_RETURN, _TEXTURE = 0.7, 5e-5
#: So many points of a face must be followed for a frame to count.
_ENOUGH = 24
#: The face must look like the reference's (correlation), or it is blurred, covered or another.
_ALIKE = 0.75
#: The plane and the room must disagree by so many pixels of the patch, at so many places beside the face.
_TELLING, _PLACES = 2.5, 8

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Relief:
    """What moved over the frames, all lengths in eye distances.

    ``depth``: the part of the movement against the plane that is common to all frames. ``noise``: what the
    other directions hold. ``eyes``, ``mouth``: the greatest movement there against the face's plane, less
    the rest of the face's. ``motion``: the furthest that the face went. ``attached``: the share of the
    surroundings that moved as the face's plane did rather than stayed, 0.5 if that cannot be told.
    ``frames``: how many of them counted.
    """

    depth: float = 0.0
    noise: float = 0.0
    eyes: float = 0.0
    mouth: float = 0.0
    motion: float = 0.0
    attached: float = 0.5
    frames: int = 0

    @property
    def ratio(self) -> float:
        """Of movement to noise; 1 means that there is nothing but noise."""
        return self.depth / max(self.noise, 1e-4)


@dataclass(frozen=True, slots=True, eq=False)
class _Followed:
    """A frame against the reference. Points in patch pixels of the reference, (n, 2)."""

    other: Observation
    laid: Grey
    there: Floats
    good: Mask


def relief(observations: Sequence[Observation], least: float = 0.0) -> Relief:
    """Movement against the plane over at least three frames of one face; zeros when it cannot be seen.

    What reaches a depth of ``least`` is looked at against other frames too, and the weakest counts: a frame
    whose landmarks were found askew makes all others seem to move alike.
    """
    if len(observations) < 3:
        return Relief()
    middle = len(observations) // 2
    weakest: Relief | None = None
    for place in (middle, middle - 1, middle - 2 if middle + 1 == len(observations) else middle + 1):
        found = _against(observations[place], observations)
        if weakest is None or found.depth < weakest.depth:
            weakest = found
        if weakest.depth < least:
            break
    assert weakest is not None
    return weakest


def _against(reference: Observation, observations: Sequence[Observation]) -> Relief:
    points = _grid()
    inside = _on_face(reference, points)
    followed = [_follow(reference, other, points, inside) for other in observations if other is not reference]
    eye = reference.eye_distance * PATCH / reference.window[2]
    rests, around, moved = [], [], []
    for frame in followed:
        plane = _plane(points, frame, inside)
        if plane is None or _alike(reference.patch, frame.laid, inside) < _ALIKE:
            continue
        rest = frame.there - _project(plane, points)
        rest[~frame.good] = np.nan
        rests.append(rest)
        step, share = _surroundings(reference, frame.other, plane, points)
        moved.append(step)
        around.append(share)
    if len(rests) < 2:
        return Relief()
    stack: Floats = (np.stack(rests) / eye).astype(np.float32)
    depth, noise = _common(stack, inside)
    eyes, mouth = _features(stack, reference, points, inside)
    told = [share for share in around if share is not None]
    return Relief(
        depth,
        noise,
        eyes,
        mouth,
        float(max(moved)),
        float(np.median(told)) if told else 0.5,
        len(rests),
    )


def _grid() -> Floats:
    places = (np.arange(GRID, dtype=np.float32) + 0.5) * (PATCH / GRID) - 0.5
    return np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)


def _on_face(reference: Observation, points: Floats) -> Mask:
    """Points on the skin: an ellipse around the landmarks, free of hair and paper's edge."""
    marks = reference.in_patch(reference.landmarks)
    eyes, mouth = marks[:2].mean(axis=0), marks[3:].mean(axis=0)
    middle, down = (eyes + mouth) / 2, mouth - eyes
    across = marks[1] - marks[0]
    basis = np.stack([across * 1.0, down * 1.15], axis=1)
    if abs(np.linalg.det(basis)) < 1:
        return np.zeros(len(points), bool)
    place = np.linalg.solve(basis, (points - middle).T)
    return np.asarray((place**2).sum(axis=0) <= 1.0)


def _follow(reference: Observation, other: Observation, points: Floats, inside: Mask) -> _Followed:
    """The points on the face in ``other`` after it was laid onto the reference by its landmarks."""
    matrix = similarity(other.in_patch(other.landmarks), reference.in_patch(reference.landmarks))
    laid = np.asarray(
        cv2.warpAffine(other.patch, matrix, (PATCH, PATCH), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
    start = points[inside][:, None]
    if not len(start):
        return _Followed(other, laid, points, inside)
    there, found = flow(reference.patch, laid, start)
    back, returned = flow(laid, reference.patch, there)
    kept = (found & returned) & (np.linalg.norm(back - start, axis=2)[:, 0] <= _RETURN)
    place, good = points.copy(), inside.copy()
    place[inside], good[inside] = there[:, 0], kept
    good &= _inside(matrix, points) & (textured(reference.patch, points) > _TEXTURE)
    return _Followed(other, laid, place, good)


def _inside(matrix: Floats, points: Floats) -> Mask:
    """Which points come from within the other patch, not from its repeated edge."""
    inverse = cv2.invertAffineTransform(matrix)
    there = points @ inverse[:, :2].T + inverse[:, 2]
    return np.asarray(((there >= 3) & (there <= PATCH - 4)).all(axis=1))


def flow(first: Grey, second: Grey, points: Floats) -> tuple[Floats, Mask]:
    """Where ``points`` (n, 1, 2) of one picture are in another of the same size, and which were found."""
    lucas_kanade: Any = cv2.calcOpticalFlowPyrLK  # its types forbid None for the first guess
    there, found, _ = lucas_kanade(
        first, second, points, None, winSize=_WINDOW, maxLevel=_LEVELS, criteria=_STOP
    )
    return there, found[:, 0] == 1


def textured(patch: Grey, points: Floats) -> Floats:
    """The smaller eigenvalue of the structure tensor at each point: how well it can be followed."""
    smallest = cv2.cornerMinEigenVal(patch, 11, ksize=3)
    column, row = np.rint(points).astype(int).T
    return np.asarray(smallest[row, column])


def _plane(points: Floats, frame: _Followed, inside: Mask) -> Floats | None:
    """The homography (3, 3) of the face's points, None with too few of them."""
    use = frame.good & inside
    if use.sum() < _ENOUGH:
        return None
    found, _ = cv2.findHomography(points[use], frame.there[use], cv2.LMEDS)
    return None if found is None else np.asarray(found, np.float32)


def _alike(patch: Grey, laid: Grey, inside: Mask) -> float:
    """Correlation of two patches over the cells of the face."""
    size = PATCH // GRID
    cells = [
        cv2.resize(one, (GRID, GRID), interpolation=cv2.INTER_AREA).reshape(-1)[inside].astype(np.float64)
        for one in (patch[: size * GRID, : size * GRID], laid[: size * GRID, : size * GRID])
    ]
    return float(np.corrcoef(cells[0], cells[1])[0, 1]) if inside.sum() > 2 else 0.0


def _project(plane: Floats, points: Floats) -> Floats:
    return np.asarray(cv2.perspectiveTransform(points[:, None], plane)[:, 0], np.float32)


def _smooth(stack: Floats) -> Floats:
    """Means over 3 x 3 neighbours that were followed, (f, n, 2): a lone wild point counts little."""
    field = stack.reshape(len(stack), GRID, GRID, 2)
    known = np.isfinite(field).astype(np.float32)
    filled = np.where(known > 0, field, 0).astype(np.float32)
    out = np.empty_like(filled)
    for index in range(len(filled)):
        total = cv2.blur(filled[index], (3, 3), borderType=cv2.BORDER_CONSTANT)
        count = cv2.blur(known[index], (3, 3), borderType=cv2.BORDER_CONSTANT)
        out[index] = np.where(count >= 4 / 9, total / np.maximum(count, 1e-6), np.nan)
    return out.reshape(stack.shape)


def _common(stack: Floats, inside: Mask) -> tuple[float, float]:
    """First singular value of the residuals (f, n, 2) and the others' level, per frame and point.

    The wildest of four or more frames is left out.
    """
    smooth = _smooth(np.where(inside[None, :, None], stack, np.nan))
    use = inside & np.isfinite(smooth).all(axis=(0, 2))
    if use.sum() < _ENOUGH:
        return 0.0, 0.0
    frames = smooth[:, use].transpose(0, 2, 1)
    if len(frames) > 3:  # one frame alone proves nothing: it may be blurred
        frames = np.delete(frames, int((frames**2).sum(axis=(1, 2)).argmax()), axis=0)
    rows = frames.reshape(-1, int(use.sum()))
    values = np.linalg.svd(rows, compute_uv=False) / np.sqrt(rows.size)
    return float(values[0]), float(np.median(values[1:]) if len(values) > 1 else 0.0)


def _features(stack: Floats, reference: Observation, points: Floats, inside: Mask) -> tuple[float, float]:
    """The most that eyes and mouth moved against the plane, less the rest's median in that frame."""
    marks = reference.in_patch(reference.landmarks)
    eye = float(np.linalg.norm(marks[1] - marks[0]))
    size = np.linalg.norm(_smooth(stack), axis=2)
    near = [np.linalg.norm(points - mark, axis=1) < 0.3 * eye for mark in marks]
    eyes, mouth = near[0] | near[1], near[3] | near[4]
    rest = inside & ~eyes & ~mouth
    found = [0.0, 0.0]
    for frame in size:
        known = np.isfinite(frame)
        if (known & rest).sum() < 8:
            continue
        level = float(np.median(frame[known & rest]))
        for place, mask in enumerate((eyes, mouth)):
            if (known & mask).sum() >= 3:
                found[place] = max(found[place], float(np.mean(frame[known & mask])) - level)
    return found[0], found[1]


def _surroundings(
    reference: Observation, other: Observation, plane: Floats, points: Floats
) -> tuple[float, float | None]:
    """How far the face went, in eye distances, and the share of places beside it that went along.

    A place went along if its cell looks more as the face's plane says it should than as it would had it
    stayed. None where the two say nearly the same, or too few places can be told.
    """
    laid = similarity(other.in_patch(other.landmarks), reference.in_patch(reference.landmarks))
    back = cv2.invertAffineTransform(laid)
    # From the reference's patch into the other's: with the face, and with the room.
    along = np.vstack([back, [0, 0, 1]]) @ plane
    scale = reference.window[2] / other.window[2]
    offset = [(reference.window[i] - other.window[i]) * PATCH / other.window[2] for i in (0, 1)]
    shift = 0.5 * (scale - 1)
    stayed = np.array([[scale, 0, offset[0] + shift], [0, scale, offset[1] + shift], [0, 0, 1]])
    went, kept = _project(along.astype(np.float32), points), _project(stayed.astype(np.float32), points)
    apart = np.linalg.norm(went - kept, axis=1) * other.window[2] / PATCH
    on_face = _on_face(reference, points)
    motion = float(np.median(apart[on_face])) / reference.eye_distance if on_face.any() else 0.0
    both = [((place >= 3) & (place <= PATCH - 4)).all(axis=1) for place in (went, kept)]
    use = _beside(reference, points) & both[0] & both[1] & (apart > _TELLING * reference.window[2] / PATCH)
    use &= textured(reference.patch, points) > _TEXTURE
    if use.sum() < _PLACES:
        return motion, None
    errors = [_error(reference.patch, other.patch, matrix)[use] for matrix in (along, stayed)]
    return motion, float(np.mean(errors[0] < errors[1]))


def _error(patch: Grey, other: Grey, matrix: Floats) -> Floats:
    """The mean difference of each cell when ``other`` is brought back by ``matrix``."""
    laid = cv2.warpPerspective(
        other,
        np.asarray(matrix, np.float64),
        (PATCH, PATCH),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    size = PATCH // GRID + 2
    mean = cv2.blur(cv2.absdiff(patch, laid).astype(np.float32), (size, size))
    column, row = np.rint(_grid()).astype(int).T
    return np.asarray(mean[row, column])


def _beside(reference: Observation, points: Floats) -> Mask:
    """Places left and right of the head and above it: neck and shoulders go with any head."""
    marks = reference.in_patch(reference.landmarks)
    eyes, mouth = marks[:2].mean(axis=0), marks[3:].mean(axis=0)
    down, across = mouth - eyes, marks[1] - marks[0]
    middle = (eyes + mouth) / 2
    basis = np.stack([across * 1.35, down * 1.7], axis=1)
    if abs(np.linalg.det(basis)) < 1:
        return np.zeros(len(points), bool)
    place = np.linalg.solve(basis, (points - middle).T)
    return np.asarray(((place**2).sum(axis=0) > 1.0) & (place[1] < 0.5))
