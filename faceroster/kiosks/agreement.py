"""How many frames must agree before the kiosk says something.

A stranger who stands before the camera for ten seconds is looked at forty times, and one picture in
which they happen to resemble somebody must not be enough. So the frames of one face are judged
together, and each casts a vote: what they all come to, up to and with this one. Of more than five
frames the best by quality count, and the newest. A vote weighs by the quality of its frame and by how
far its score lay from where it would have turned.

- Someone clearly recognised (well above the threshold, well ahead of the next person) is let in at
  once, usually at the first frame, as long as no earlier frame of the same face said otherwise.
- Everything else, a narrow recognition as well as "unknown", needs two votes that agree and more
  than half of the weight of those counted; a tie decides nothing. After a few frames of
  "unknown", one lucky frame changes nothing.

"The same face" means: seen by the same kiosk within three seconds, its box overlapping the one
before. Votes lie in the shared cache, since the next frame may go to another worker, for a few
seconds and sealed: they hold the face's embedding. Pictures are not kept.
"""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.core.cache import cache

from faceroster import vision
from faceroster.trust import sealing

_PURPOSE = "kiosk-votes"

_SECONDS = 3.0
_KEPT = 5
_OVERLAP = 0.1

Box = tuple[float, float, float, float]


class Vote(NamedTuple):
    """What the frames of a face came to with this one, and the evidence that this one adds.

    ``at``: seconds since 1970. ``box``: x, y, width, height. ``vector``: the (rotated) embedding,
    float32 (D,), of the embedder ``model``; ``weight``: how far it is to be trusted, 0 to 1. ``strength``:
    how clear the outcome was, 0 to 1.
    """

    at: float
    outcome: str
    person: str | None
    box: Box
    model: str
    vector: vision.Floats
    weight: float
    strength: float = 1.0

    @property
    def says(self) -> tuple[str, str | None]:
        return self.outcome, self.person


def _name(kiosk_id: UUID) -> str:
    return f"kiosk-evidence:{kiosk_id}"  # not "kiosk-votes": workers of an older version read those


def votes_forget(kiosk_id: UUID) -> None:
    """Nobody is there any more: whoever comes next is somebody new."""
    cache.delete(_name(kiosk_id))


def votes_before(kiosk_id: UUID, *, at: float, box: Box, model: str) -> list[Vote]:
    """The earlier votes on the face that is seen in ``box`` now, oldest first: those of the best frames.

    Votes of another embedder are left out: their vectors mean nothing to this one.
    """
    votes = [vote for vote in _read(kiosk_id) if vote.model == model]
    seen = [(vote.at, vote.box) for vote in votes] + [(at, box)]
    start = 0
    for i, (before, after) in enumerate(pairwise(seen), start=1):
        if after[0] - before[0] > _SECONDS or overlap(before[1], after[1]) < _OVERLAP:
            start = i
    recent = [vote for vote in votes[start:] if at - vote.at <= _SECONDS]
    best = sorted(range(len(recent)), key=lambda i: (recent[i].weight, i))[1 - _KEPT :]
    return [recent[i] for i in sorted(best)]


def votes_keep(kiosk_id: UUID, votes: list[Vote]) -> None:
    """Keep the votes on one face, the newest last, for the frames that follow."""
    rows = [
        {**vote._asdict(), "vector": base64.b64encode(vote.vector.astype(np.float32).tobytes()).decode()}
        for vote in votes
    ]
    blob = sealing.seal_passing(_PURPOSE, json.dumps(rows).encode(), context=_name(kiosk_id))
    cache.set(_name(kiosk_id), blob, timeout=_SECONDS * 2)


def _read(kiosk_id: UUID) -> list[Vote]:
    blob = cache.get(_name(kiosk_id))
    if blob is None:
        return []
    try:
        rows = json.loads(sealing.unseal_passing(_PURPOSE, blob, context=_name(kiosk_id)))
    except sealing.SealError:
        return []  # not ours, or of another root key: nothing that may let anybody in
    return [
        Vote(
            **{
                **row,
                "box": tuple(row["box"]),
                "vector": np.frombuffer(base64.b64decode(row["vector"]), np.float32),
            }
        )
        for row in rows
    ]


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    union = a[2] * a[3] + b[2] * b[3] - shared
    return shared / union if union > 0 else 0.0


def agreed(votes: list[Vote], *, clear: bool) -> bool:
    """Whether the newest vote may be acted upon. ``clear``: what it rests on left no doubt."""
    same = [vote for vote in votes if vote.says == votes[-1].says]
    if clear and len(same) == len(votes):
        return True
    return len(same) >= 2 and 2 * _weight(same) > _weight(votes)


def _weight(votes: list[Vote]) -> float:
    return sum(vote.weight * vote.strength for vote in votes)
