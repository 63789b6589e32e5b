"""The embeddings that a recognition rested on, for as long as somebody may say "that's not me"."""

from __future__ import annotations

import json
import struct
from uuid import UUID

import numpy as np
from django.core.cache import cache

from faceroster import vision
from faceroster.trust import sealing

_PURPOSE = "kiosk-visit-vectors"

#: The question stands for ten seconds on the screen; its answer travels.
SECONDS = 15
_HEAD = struct.Struct("<I")


def visit_vectors_keep(decision_id: UUID, model: str, vectors: vision.Floats) -> None:
    """Keep the rotated embeddings, float32 (N, D), of the embedder ``model``; sealed, for 15 seconds.

    Of several frames the first that were let in: whoever comes after may be the person themself.
    """
    head = json.dumps({"model": model, "shape": vectors.shape}).encode()
    blob = _HEAD.pack(len(head)) + head + vectors.astype("<f4").tobytes()
    cache.add(
        _name(decision_id), sealing.seal_passing(_PURPOSE, blob, context=_name(decision_id)), timeout=SECONDS
    )


def visit_vectors(decision_id: UUID) -> tuple[str, vision.Floats] | None:
    """The embedder's name@version and the rotated embeddings, float32 (N, D), of the visit; None if gone."""
    sealed = cache.get(_name(decision_id))
    if sealed is None:
        return None
    try:
        blob = sealing.unseal_passing(_PURPOSE, sealed, context=_name(decision_id))
    except sealing.SealError:
        return None  # not ours, or of another root key
    (length,) = _HEAD.unpack_from(blob)
    head = json.loads(blob[_HEAD.size : _HEAD.size + length])
    vectors = np.frombuffer(blob, "<f4", offset=_HEAD.size + length).astype(np.float32)
    return head["model"], vectors.reshape(head["shape"])


def _name(decision_id: UUID) -> str:
    return f"kiosk-visit:{decision_id}"
