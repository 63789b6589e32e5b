"""The product's own eyes on what the model draws: `recognition.engine.FaceEngine`, as enrollment and kiosk
use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demo_people.lfw import Bytes, Floats
from recognition.engine import EngineConfig, FaceEngine


@dataclass(frozen=True)
class Seen:
    """The one face of a photo: confidence, quality codes as for enrollment, normalised embedding [128]."""

    confidence: float
    codes: tuple[str, ...]
    vector: Floats


class Eyes:
    """One engine, judging every picture by the limits for enrollment photos."""

    def __init__(self) -> None:
        base = EngineConfig()
        self._engine = FaceEngine(EngineConfig(probe=base.enrollment))

    def look(self, images: Sequence[Bytes]) -> list[Seen | None]:
        """For each RGB image its one face; None when there is none or more than one."""
        result: list[Seen | None] = []
        for faces in self._engine.analyse(list(images)):
            if len(faces) != 1 or faces[0].embedding is None:
                result.append(None)
                continue
            face = faces[0]
            assert face.embedding is not None
            result.append(Seen(face.face.confidence, face.quality.codes, face.embedding.vector))
        return result


def mean_of(vectors: Sequence[Floats]) -> Floats:
    """Normalised mean of normalised vectors."""
    total = np.sum(vectors, axis=0)
    return np.asarray(total / np.linalg.norm(total), np.float32)
