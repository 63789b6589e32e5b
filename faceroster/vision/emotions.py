"""What faces seem to express. Ask :mod:`faceroster.emotions` first whether that is allowed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from recognition import emotion
from recognition.emotion import inference
from recognition.emotion.crop import face_crop
from recognition.emotion.inference import EmotionNetwork
from recognition.runtime import check_backend
from recognition.types import Face, Floats, Image


def emotion_card() -> dict[str, Any] | None:
    """What is known of the emotion network that ships: how it was trained, how well it did. None without."""
    path = Path(emotion.__file__).with_name("weights") / "compact.json"
    if not path.is_file():
        return None
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return card


def read_emotions(image: Image, faces: Sequence[Face]) -> list[dict[str, float]]:
    """How probable each of ``EMOTIONS`` is on each of the faces that were found in an RGB image.

    Below ``UNSURE`` even the likeliest is worth no name. Ask :mod:`faceroster.emotions` first whether it is
    allowed. Raises :class:`ModelError` where the network is not there.
    """
    return [reading.by_name() for reading in _emotions().read(image, faces)]


#: A face out of an RGB image as the emotion network takes it: float32 (48, 48), grey, 0 to 1. Loads nothing.
emotion_crop = face_crop


def emotion_of(crop: Floats) -> str | None:
    """The likeliest of ``EMOTIONS`` on an :func:`emotion_crop`; None below ``UNSURE``.

    Raises as :func:`read_emotions`.
    """
    [reading] = _emotions().readings(crop[np.newaxis])
    return None if reading.unsure else reading.label


def _emotions() -> EmotionNetwork:
    return inference.load(backend=check_backend(settings.FACEROSTER["BACKEND"]))
