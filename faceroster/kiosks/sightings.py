"""What is known of the face that stands before a kiosk: its frames, its proof of life, its challenge.

A sighting goes on while frames of the same human follow each other closely. It lies in the shared cache,
since the next frame may go to another worker, sealed, and for some seconds: there are pictures in it.
"""

from __future__ import annotations

import json
import logging
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from django.core.cache import cache
from redis.exceptions import RedisError

from faceroster import vision
from faceroster.kiosks.agreement import Box, overlap
from faceroster.trust import sealing

_PURPOSE = "kiosk-sightings"

logger = logging.getLogger(__name__)

#: Frames further apart than this are not one look; someone proven live may be lost from sight for longer,
#: and who was asked to move may have moved out of the picture.
GAP, LIVE_GAP, CHALLENGE_GAP = 1.5, 3.0, 4.0
#: Frames kept, the newest: as many as passive liveness ever needs.
KEPT = 28
#: Embeddings kept, the best by quality: whose face this is.
_VECTORS = 5
_OVERLAP = 0.1
_SECONDS = 30
_CLOSED_SECONDS = 120
#: Longer than a page waits for an answer: a worker that is lost holds a kiosk up no longer.
_LOOKING_SECONDS = 5
_HEAD = struct.Struct("<I")


@dataclass(slots=True)
class Asked:
    """A challenge that is running. ``state``: of the library, as JSON. ``until``: seconds since 1970.

    ``number``: of the last frame that answered. ``strange``: frames that showed somebody else.
    """

    nonce: str
    until: float
    state: dict[str, Any]
    number: int = 0
    strange: int = 0


@dataclass(slots=True, eq=False)
class Sighting:
    """One stay of one face. Times in seconds since 1970.

    ``vectors``: its (rotated) embeddings float32 (N, D) of the embedder ``model``, with their ``weights``.
    ``person``: whom ``live`` and the challenges are about. ``told``: the codes of challenges that were lost.
    ``passed``: the steps of the one that was passed.
    ``pin``: the ticket that was given out, good until ``pin_until``.
    """

    key: str
    began: float
    at: float
    box: Box
    model: str
    vectors: vision.Floats
    weights: list[float]
    observations: list[vision.Observation] = field(default_factory=list)
    person: str | None = None
    live: dict[str, Any] | None = None
    asked: Asked | None = None
    told: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    pin: dict[str, Any] | None = None
    pin_until: float = 0.0

    def observe(self, observation: vision.Observation) -> None:
        self.observations = [*self.observations, observation][-KEPT:]

    def learn(self, vector: vision.Floats, weight: float) -> None:
        """One more embedding of this face; the best are kept, and of equal ones the newest."""
        both = [*zip(self.weights, self.vectors, strict=True), (weight, vector)]
        order = sorted(range(len(both)), key=lambda i: (both[i][0], i))[-_VECTORS:]
        kept = [both[i] for i in sorted(order)]
        self.weights = [trust for trust, _ in kept]
        self.vectors = np.stack([one for _, one in kept])


def sighting_next(
    before: Sighting | None, known: vision.Gallery, vector: vision.Floats, weight: float, at: float, box: Box
) -> Sighting:
    """The sighting that a frame belongs to: ``before``, or a new one when it shows somebody else."""
    if before is not None and goes_on(before, at, box) and alike(known, before, vector):
        before.at, before.box = at, box
        before.learn(vector, weight)
        return before
    key = secrets.token_urlsafe(9)
    return Sighting(key, at, at, box, known.model, vector[np.newaxis], [weight])


def alike(known: vision.Gallery, sighting: Sighting, vector: vision.Floats) -> bool:
    """Whether a (rotated) embedding is of the sighting's face, by a comparison one to one."""
    if sighting.model != known.model:
        return False
    scorer = known.scorer
    score = scorer.scores([scorer.person(sighting.vectors)], vector)[0]
    return bool(score >= scorer.verify_threshold)


def goes_on(before: Sighting, at: float, box: Box) -> bool:
    """Whether a face in ``box`` follows closely enough to be the same one."""
    if before.asked is not None:  # who was asked to move moves
        return at - before.at <= CHALLENGE_GAP
    gap = LIVE_GAP if before.live or before.pin else GAP
    return at - before.at <= gap and overlap(before.box, box) >= _OVERLAP


def sighting_read(kiosk_id: UUID) -> Sighting | None:
    """What the last frame left; None when nobody was there, or it does not open."""
    blob = cache.get(_name(kiosk_id))
    if blob is None:
        return None
    try:
        return _unpack(sealing.unseal_passing(_PURPOSE, blob, context=_name(kiosk_id)))
    except (sealing.SealError, ValueError, KeyError, TypeError, struct.error):
        return None  # of another root key or version: nothing that may let anybody in


def sighting_keep(kiosk_id: UUID, sighting: Sighting) -> None:
    """For the frames that follow."""
    blob = sealing.seal_passing(_PURPOSE, _pack(sighting), context=_name(kiosk_id))
    cache.set(_name(kiosk_id), blob, timeout=_SECONDS)


@contextmanager
def alone(kiosk_id: UUID) -> Iterator[bool]:
    """True while no other frame of this kiosk is looked at: two at once would undo each other's sighting."""
    name, mine = f"kiosk-looking:{kiosk_id}", secrets.token_urlsafe(9)
    first = cache.add(name, mine, timeout=_LOOKING_SECONDS)
    try:
        yield first
    finally:
        if first and cache.get(name) == mine:
            cache.delete(name)


def sighting_forget(kiosk_id: UUID) -> None:
    """Whoever comes next is somebody new."""
    cache.delete(_name(kiosk_id))


def visit_close(kiosk_id: UUID, person_id: UUID) -> None:
    """``person_id`` was let in otherwise, by PIN or badge: the face there asks for nothing any more."""
    try:
        sighting = sighting_read(kiosk_id)
        if sighting is not None:
            # Under a name of its own: a frame that is under way would write over it.
            cache.set(_closed(kiosk_id), (sighting.key, str(person_id)), timeout=_CLOSED_SECONDS)
    except RedisError:  # their punch is stored, whatever the camera goes on to say
        logger.exception("A visit at %s was not closed", kiosk_id)


def closed_for(kiosk_id: UUID, sighting: Sighting) -> str | None:
    """Who was let in when :func:`visit_close` ended this stay; None while it goes on."""
    key, person = cache.get(_closed(kiosk_id)) or ("", None)
    return person if key == sighting.key else None


def _closed(kiosk_id: UUID) -> str:
    return f"kiosk-closed:{kiosk_id}"


def _pack(sighting: Sighting) -> bytes:
    parts = [one.pack() for one in sighting.observations]
    vectors = sighting.vectors.astype("<f4").tobytes()
    plain = {
        name: getattr(sighting, name)
        for name in (
            "key",
            "began",
            "at",
            "box",
            "model",
            "weights",
            "person",
            "live",
            "told",
            "passed",
            "pin",
            "pin_until",
        )
    }
    asked = asdict(sighting.asked) if sighting.asked else None
    head = json.dumps({**plain, "asked": asked, "lengths": [len(one) for one in parts]}).encode()
    return b"".join([_HEAD.pack(len(head)), head, _HEAD.pack(len(vectors)), vectors, *parts])


def _unpack(blob: bytes) -> Sighting:
    head, at = _cut(blob, 0)
    vectors, at = _cut(blob, at)
    rest = json.loads(head)
    observations = []
    for length in rest.pop("lengths"):
        observations.append(vision.Observation.unpack(blob[at : at + length]))
        at += length
    rest["box"] = tuple(rest["box"])
    rest["asked"] = Asked(**rest["asked"]) if rest["asked"] else None
    rows = np.frombuffer(vectors, "<f4").astype(np.float32).reshape(len(rest["weights"]), -1)
    return Sighting(**rest, vectors=rows, observations=observations)


def _cut(blob: bytes, at: int) -> tuple[bytes, int]:
    (length,) = _HEAD.unpack_from(blob, at)
    start = at + _HEAD.size
    return blob[start : start + length], start + length


def _name(kiosk_id: UUID) -> str:
    return f"kiosk-sighting:{kiosk_id}"
