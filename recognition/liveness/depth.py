"""Whether a turn was that of a head: the gates, and the frames of a turn as text that a session can keep."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from recognition.liveness import geometry
from recognition.liveness.observation import PATCH, Observation

#: What a turn must show, see :mod:`recognition.liveness.geometry`.
PLANARITY, FORESHORTENING, PARALLAX = 0.011, 0.80, 0.06
_NOWHERE = np.zeros((0, 0), np.uint8)


def has_depth(observations: Sequence[Observation]) -> bool:
    """Whether a turn over ``observations``, straight to straight, was that of a head and not of a picture."""
    found = measures(observations)
    return (
        found["planarity"] >= PLANARITY
        and found["foreshortening"] >= FORESHORTENING
        and found["parallax"] >= PARALLAX
    )


def measures(observations: Sequence[Observation]) -> dict[str, float]:
    """Planarity, foreshortening and parallax over a turn; none of the first and last with too few frames."""
    landmarks = np.stack([one.landmarks for one in observations])
    points = geometry.follow(observations)
    if len(points) < 4:
        return {"planarity": 0.0, "foreshortening": geometry.foreshortening(landmarks), "parallax": 0.0}
    return {
        "planarity": geometry.planarity(points),
        "foreshortening": geometry.foreshortening(landmarks),
        "parallax": geometry.parallax(points),
    }


def packed(observation: Observation) -> str:
    """An observation as text, its patch as JPEG: a sixth of the size, and points are followed as well."""
    done, jpeg = cv2.imencode(".jpg", observation.patch, [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert done
    bare = replace(observation, patch=np.zeros((PATCH, PATCH), np.uint8), cues={}, scene=_NOWHERE)
    head = bare.pack()[: -PATCH * PATCH]
    return f"{base64.b64encode(head).decode()} {base64.b64encode(jpeg.tobytes()).decode()}"


def unpacked(text: str) -> Observation:
    head, jpeg = (base64.b64decode(part) for part in text.split())
    patch = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return Observation.unpack(head + np.asarray(patch, np.uint8).tobytes())
