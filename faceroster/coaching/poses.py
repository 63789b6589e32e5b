"""Which shots are wanted, and what a person should do next to give one. Pure: no picture, no database.

All left and right is as the person sees it in the mirror picture, which is also their own left and right:
the head turned to their left has its nose further right in the camera's own picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from faceroster import vision


class Slot(StrEnum):
    """The shots, each unlike the others in one way."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    NOD = "nod"
    DISTANCE = "distance"


ORDER = tuple(Slot)

#: Straight: the nose at most so far from the middle (in eye distances), and so high between eyes (0) and
#: mouth (1). The demo's portraits lie within 0.10 and between 0.57 and 0.67.
_STRAIGHT, _LEVEL = 0.12, (0.42, 0.78)
#: Turned: so much further than when looking straight; and no further than this, or half the face is hidden.
#: Between two portraits of one demo person that look straight the nose moves by 0.09 at most; in the tests'
#: relief of a head that is turned by 28 degrees by 0.12 to 0.16.
_TURNED, _TURNED_MOST = 0.10, 0.32
#: Chin up or down: so much of the way between eyes and mouth.
_NODDED = 0.06
#: Another distance: the face so many times as wide, or one so-many-th.
_OTHER_DISTANCE = 1.22
#: Least and largest width of the face, in shorter sides of the picture: for the shot at another distance,
#: and for all others, which leaves that one room.
_WIDEST, _WIDTH = (0.15, 0.72), (0.20, 0.58)
#: From this width on, another distance means further away.
_NEAR = 0.36
#: How far the face may be from the middle, in shorter sides.
_OFF = 0.2
#: How far a face may move from one frame to the next, in its widths, to count as held still.
_STILL = 0.06


class Pose(NamedTuple):
    """``turn`` and ``nod`` as :func:`recognition.quality.pose` has them; ``width`` of the face in shorter
    sides of the picture.
    """

    turn: float
    nod: float
    width: float


def pose_of(quality: vision.Quality, box: tuple[float, float, float, float], size: tuple[int, int]) -> Pose:
    """``box``: x, y, w, h in pixels of a picture whose ``size`` is (width, height)."""
    return Pose(quality.measures["turn"], quality.measures["nod"], box[2] / min(size))


def framing(
    pose: Pose, box: tuple[float, float, float, float], size: tuple[int, int], slot: Slot
) -> str | None:
    """What to do about where the face is, or None when it is well placed."""
    least, most = _WIDEST if slot == Slot.DISTANCE else _WIDTH
    if pose.width < least:
        return "coach.nearer"
    if pose.width > most:
        return "coach.further"
    off = [box[i] + box[i + 2] / 2 - size[i] / 2 for i in (0, 1)]
    if max(map(abs, off)) > _OFF * min(size):
        return "coach.middle"
    return None


#: What a person can do about each thing that is wrong with the picture, the gravest first.
_REMEDY = {
    "face.too_small": "coach.nearer",
    "face.cut_off": "coach.middle",
    "face.dark": "coach.lighter",
    "face.bright": "coach.darker",
    "face.low_confidence": "coach.uncover",
    "face.blurred": "coach.still",
}


def remedy(codes: Sequence[str], slot: Slot) -> str | None:
    """What to do about the engine's complaints (enrolment limits), or None where there are none."""
    found = next((_REMEDY[code] for code in _REMEDY if code in codes), None)
    if found is None and codes:
        return "coach.straight" if slot in (Slot.STRAIGHT, Slot.DISTANCE) else "coach.less"
    return found


def posing(slot: Slot, pose: Pose, base: Pose | None) -> str | None:
    """What to do for this slot, or None when the head is as it should be. ``base``: the straight shot."""
    if slot == Slot.STRAIGHT or base is None:
        level = _LEVEL[0] <= pose.nod <= _LEVEL[1]
        return None if level and abs(pose.turn) <= _STRAIGHT else "coach.straight"
    turned = pose.turn - base.turn
    if slot in (Slot.LEFT, Slot.RIGHT):
        return _turning(slot, turned if slot == Slot.LEFT else -turned)
    if abs(turned) > _STRAIGHT:
        return "coach.straight"
    if slot == Slot.NOD:
        return None if abs(pose.nod - base.nod) >= _NODDED else "coach.nod"
    ratio = pose.width / base.width
    if max(ratio, 1 / ratio) >= _OTHER_DISTANCE:
        return None
    return "coach.further" if base.width > _NEAR else "coach.nearer"


def _turning(slot: Slot, turned: float) -> str | None:
    if turned > _TURNED_MOST:
        return "coach.less"
    if turned < _TURNED:
        return "coach.left" if slot == Slot.LEFT else "coach.right"
    return None


def held(before: tuple[float, float, float] | None, box: tuple[float, float, float, float]) -> bool:
    """Whether the face is where it was one frame before: (x, y of its middle, width)."""
    if before is None:
        return False
    x, y, width = place(box)
    moved = max(abs(x - before[0]), abs(y - before[1]), abs(width - before[2]))
    return moved <= _STILL * before[2]


def place(box: tuple[float, float, float, float]) -> tuple[float, float, float]:
    """The middle of a box and its width."""
    return box[0] + box[2] / 2, box[1] + box[3] / 2, box[2]
