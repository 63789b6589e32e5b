"""How many frames must agree before the kiosk says something.

A stranger who stands before the camera for ten seconds is looked at forty times, and one picture in
which they happen to resemble somebody must not be enough. So each frame casts a vote, and the last
few of one face are counted together:

- Someone clearly recognised (well above the threshold, well ahead of the next person) is let in at
  the first frame, as long as no earlier frame of the same face said otherwise.
- Everything else, a narrow recognition as well as "unknown", needs two frames that agree and more
  than half of those counted. After a few frames of "unknown", one lucky frame changes nothing.

"The same face" means: seen by the same kiosk within three seconds, its box overlapping the one
before. Votes hold no picture and no embedding, and lie in the shared cache, since the next frame
may go to another worker.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from django.core.cache import cache

_SECONDS = 3.0
_KEPT = 5
_OVERLAP = 0.1

Box = tuple[float, float, float, float]


class Vote(NamedTuple):
    """What one frame said. ``at``: seconds since 1970; ``box``: x, y, width, height."""

    at: float
    outcome: str
    person: str | None
    box: Box

    @property
    def says(self) -> tuple[str, str | None]:
        return self.outcome, self.person


def _key(kiosk_id: UUID) -> str:
    return f"kiosk-votes:{kiosk_id}"


def votes_forget(kiosk_id: UUID) -> None:
    """Nobody is there any more: whoever comes next is somebody new."""
    cache.delete(_key(kiosk_id))


def vote_add(kiosk_id: UUID, vote: Vote) -> list[Vote]:
    """Keep ``vote`` and return the votes on this same face, oldest first, ``vote`` the last of them."""
    earlier = [Vote(*kept) for kept in cache.get(_key(kiosk_id), [])]
    votes = _same_face([*earlier, vote])[-_KEPT:]
    cache.set(_key(kiosk_id), [tuple(kept) for kept in votes], timeout=_SECONDS * 2)
    return votes


def _same_face(votes: list[Vote]) -> list[Vote]:
    start = 0
    for i, (before, after) in enumerate(pairwise(votes), start=1):
        if after.at - before.at > _SECONDS or overlap(before.box, after.box) < _OVERLAP:
            start = i
    newest = votes[-1].at
    return [vote for vote in votes[start:] if newest - vote.at <= _SECONDS]


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    union = a[2] * a[3] + b[2] * b[3] - shared
    return shared / union if union > 0 else 0.0


def agreed(votes: list[Vote], *, clear: bool) -> bool:
    """Whether the newest vote may be acted upon. ``clear``: its frame left no doubt by itself."""
    same = sum(vote.says == votes[-1].says for vote in votes)
    if clear and same == len(votes):
        return True
    return same >= 2 and 2 * same > len(votes)
