"""Faces of real pictures as a kiosk sees them: found by the detector, with their cues."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from recognition.engine import EngineConfig, FaceEngine
from recognition.liveness import Observation, observe
from recognition.liveness.cues import frame_cues
from recognition.liveness.passive import Verdict, assess
from recognition.types import Image

#: A frame each so many seconds, for so long: what a kiosk's page sends while it says "keep looking".
GAP, PATIENCE = 0.12, 2.0


@cache
def engine() -> FaceEngine:
    return FaceEngine(EngineConfig(min_face=40))


def seen(image: Image, at: float) -> Observation | None:
    """The largest face of an RGB picture, after a camera's JPEG; None without one."""
    _, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    sent = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1]).copy()
    faces = engine().analyse([sent], embed=False, largest=1)[0]
    if not faces:
        return None
    face = faces[0].face
    return observe(sent, face, at, frame_cues(sent, face))


def frames(clip: Path) -> list[Image]:
    """RGB frames of a clip's first seconds, one each GAP seconds."""
    video = cv2.VideoCapture(str(clip))
    step = max(1, round(video.get(cv2.CAP_PROP_FPS) * GAP))
    found: list[Image] = []
    for number in range(round(PATIENCE / GAP) * step + 1):
        there, picture = video.read()
        if not there:
            break
        if number % step == 0:
            found.append(np.asarray(picture[:, :, ::-1]).copy())
    return found


def believed(images: Iterable[Image], gap: float = GAP) -> bool:
    """Whether a kiosk that judges after every frame says LIVE at one of them."""
    kept: list[Observation] = []
    for number, image in enumerate(images):
        found = seen(image, number * gap)
        if found is None:
            continue
        kept.append(found)
        if assess(kept).verdict is Verdict.LIVE:
            return True
    return False
