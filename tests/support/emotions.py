"""Faces and a network that are easy to be right about: an emotion is a shade of grey."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from recognition.emotion.labels import EMOTIONS, FER2013_CODES

SIDE = 48


def shade(emotion: str) -> int:
    """The grey value of an emotion's faces: black is angry, white is surprise."""
    return round(255 * EMOTIONS.index(emotion) / (len(EMOTIONS) - 1))


def face(emotion: str, number: int = 0) -> np.ndarray:
    """uint8 (48, 48): the emotion's shade with one spot, whose place is the face's number."""
    picture = np.full((SIDE, SIDE), shade(emotion), np.uint8)
    picture.flat[number] ^= 64
    return picture


def write_png(path: Path, picture: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture)
    return path


def write_folders(root: Path, each: int = 2, first: int = 0) -> Path:
    """``each`` faces of every emotion as ``root/angry/0.png`` and so on."""
    for emotion in EMOTIONS:
        for number in range(first, first + each):
            write_png(root / emotion / f"{number}.png", face(emotion, number))
    return root


def write_csv(
    path: Path, rows: list[tuple[str, np.ndarray, str]], header: str = "emotion,pixels,Usage"
) -> Path:
    """(emotion, picture, Usage) as the challenge's CSV."""
    lines = [
        f"{FER2013_CODES.index(emotion)},{' '.join(map(str, picture.ravel().tolist()))},{usage}"
        for emotion, picture, usage in rows
    ]
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def shades_network(folder: Path, *, keras_file: bool = True, apart: bool = True) -> Path:
    """A folder as ``emotion train`` leaves it; its network knows every shade."""
    from recognition.runtime import start_tensorflow

    start_tensorflow()
    from keras import Input, Sequential, layers

    centres = np.arange(len(EMOTIONS), dtype=np.float32) / (len(EMOTIONS) - 1)
    dense = layers.Dense(len(EMOTIONS), activation="softmax")
    model = Sequential([Input((SIDE, SIDE, 1)), layers.GlobalAveragePooling2D(), dense])
    # -(x - c)^2 without x^2, which all have in common
    dense.set_weights([400 * centres[None], -200 * centres**2])
    return write_network(folder, model, keras_file=keras_file, apart=apart)


def write_network(folder: Path, model: Any, *, keras_file: bool = True, apart: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if keras_file:
        model.save(folder / "model.keras")
    if apart:
        (folder / "model.json").write_text(model.to_json())
        model.save_weights(folder / "model.weights.h5")
    notes = {"classes": list(EMOTIONS), "recipe": {"distorted": False}}
    (folder / "args.json").write_text(json.dumps(notes))
    return folder


def publish_network(folder: Path, target: Path) -> Path:
    """As it ships: files and card, in ``target``."""
    from recognition.emotion import stored

    faces = np.random.default_rng(11).random((40, 48, 48, 1), np.float32)
    return stored.publish(folder, target, name="compact", version=3, flips=True, faces=faces)


def grey(*emotions: str) -> np.ndarray:
    """float32 (n, 48, 48), 0 to 1: one face of each emotion."""
    return np.stack([face(emotion) for emotion in emotions]).astype(np.float32) / 255
