"""The product's own eyes on a sequence: its detector and what liveness keeps of each frame."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec

from recognition.engine import EngineConfig, FaceEngine
from recognition.liveness import Observation, observe
from recognition.liveness.cues import frame_cues
from tests.liveness.heads import Bytes


@lru_cache(maxsize=1)
def engine() -> FaceEngine:
    """With the faster backend where it is there: both find the same (tests/contracts)."""
    fast = find_spec("onnxruntime") is not None
    return FaceEngine(EngineConfig(backend="onnxruntime" if fast else "tensorflow", threads=1))


def look(at: float, frame: Bytes, *, cues: bool = True) -> Observation | None:
    """What is kept of the largest face of a frame; None without one."""
    [faces] = engine().analyse([frame], embed=False, largest=1)
    if not faces:
        return None
    face = faces[0].face
    return observe(frame, face, at, frame_cues(frame, face) if cues else None)
