"""What a session has taken so far: sealed in the cache, and gone with the session.

Nothing reaches the database or the file store before all shots are there.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from django.core.cache import cache

from faceroster import vision
from faceroster.coaching.poses import ORDER, Pose, Slot
from faceroster.trust import sealing

_PURPOSE = "enrolment-shots"

#: Seconds without a frame after which everything that was taken is gone.
IDLE = 300


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One shot that was taken. ``vector``: its rotated embedding, float32 (D,). ``mark``: its fingerprint."""

    slot: Slot
    pose: Pose
    quality: float
    vector: vision.Floats
    mark: bytes


@dataclass(slots=True, eq=False)
class Session:
    """``order``: the slots still wanted, the present one first. ``last``: where the face was one frame ago
    (x, y, width in pixels of the frame) if that frame already had what was asked for. ``warning``: a code
    that staff must answer first; ``heard``: those they have answered.
    """

    model: str = ""
    shots: list[Shot] = field(default_factory=list)
    order: list[Slot] = field(default_factory=lambda: list(ORDER))
    last: tuple[float, float, float] | None = None
    warning: str = ""
    heard: list[str] = field(default_factory=list)

    @property
    def base(self) -> Pose | None:
        """How the person holds their head when they look straight: what turning is measured from."""
        return next((shot.pose for shot in self.shots if shot.slot == Slot.STRAIGHT), None)


def load(ticket: UUID) -> Session:
    """The session as it stands; a new one where nothing was taken, or for too long."""
    blob = cache.get(_name(ticket))
    if blob is None:
        return Session()
    rest = json.loads(sealing.unseal_passing(_PURPOSE, blob, context=_name(ticket)))
    return Session(
        model=rest["model"],
        shots=[_shot(row) for row in rest["shots"]],
        order=[Slot(slot) for slot in rest["order"]],
        last=tuple(rest["last"]) if rest["last"] else None,
        warning=rest["warning"],
        heard=rest["heard"],
    )


def save(ticket: UUID, session: Session) -> None:
    rest = {
        "model": session.model,
        "shots": [_row(shot) for shot in session.shots],
        "order": [slot.value for slot in session.order],
        "last": session.last,
        "warning": session.warning,
        "heard": session.heard,
    }
    blob = sealing.seal_passing(_PURPOSE, json.dumps(rest).encode(), context=_name(ticket))
    cache.set(_name(ticket), blob, timeout=IDLE)
    for shot in session.shots:
        cache.touch(_name(ticket, shot.slot), IDLE)


def picture_put(ticket: UUID, slot: Slot, jpeg: bytes) -> None:
    name = _name(ticket, slot)
    cache.set(name, sealing.seal_passing(_PURPOSE, jpeg, context=name), timeout=IDLE)


def picture_get(ticket: UUID, slot: Slot) -> bytes | None:
    """The JPEG as it came from the kiosk; None where it is gone."""
    name = _name(ticket, slot)
    blob = cache.get(name)
    return None if blob is None else sealing.unseal_passing(_PURPOSE, blob, context=name)


def forget(ticket: UUID) -> None:
    """Drop everything that a session has taken."""
    cache.delete_many([_name(ticket), *(_name(ticket, slot) for slot in Slot)])


def _row(shot: Shot) -> dict[str, Any]:
    return {
        "slot": shot.slot.value,
        "pose": list(shot.pose),
        "quality": shot.quality,
        "vector": base64.b64encode(shot.vector.astype("<f4").tobytes()).decode(),
        "mark": base64.b64encode(shot.mark).decode(),
    }


def _shot(row: dict[str, Any]) -> Shot:
    return Shot(
        slot=Slot(row["slot"]),
        pose=Pose(*row["pose"]),
        quality=row["quality"],
        vector=np.frombuffer(base64.b64decode(row["vector"]), "<f4").astype(np.float32),
        mark=base64.b64decode(row["mark"]),
    )


def _name(ticket: UUID, slot: Slot | None = None) -> str:
    return f"coach:{ticket}:{slot.value}" if slot else f"coach:{ticket}"
