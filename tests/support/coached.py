"""A camera that does what the coach asks for: portraits of one demo person, turned over a relief."""

from __future__ import annotations

import base64
from pathlib import Path

import cv2
import numpy as np

from recognition.detection import DetectorConfig, make_detector
from recognition.types import Image
from tests.support.turned import turned

#: How each shot is held, and which of the person's portraits it is made of: no two of the same.
POSES: dict[str, tuple[int, dict[str, float]]] = {
    "straight": (1, {}),
    "left": (2, {"yaw": 32.0}),
    "right": (6, {"yaw": -32.0}),
    "nod": (4, {"pitch": 18.0}),
    "distance": (3, {"scale": 1.4}),
}


def poses_of(folder: Path) -> dict[str, bytes]:
    """JPEGs, 800 x 600, of the demo person whose portraits lie in ``folder``, by the coach's slots."""
    detector = make_detector("mtcnn", DetectorConfig())
    found = {}
    for slot, (number, how) in POSES.items():
        image = read(folder / f"{number}.jpg")
        (face, *_rest) = detector.detect([image])[0]
        found[slot] = jpeg(turned(image, face.landmarks, **how))  # type: ignore[arg-type]
    return found


def read(path: Path) -> Image:
    """An RGB picture."""
    image = cv2.imread(str(path))
    assert image is not None, path
    return np.ascontiguousarray(image[:, :, ::-1], np.uint8)


def jpeg(image: Image) -> bytes:
    ok, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert ok
    return data.tobytes()


def obedient_camera(poses: dict[str, bytes]) -> str:
    """A script that puts a canvas in the camera's place: it shows what the page's ``data-step`` asks for."""
    urls = {slot: f"data:image/jpeg;base64,{base64.b64encode(data).decode()}" for slot, data in poses.items()}
    return _SCRIPT.replace("POSES", repr(urls))


_SCRIPT = """
(() => {
  const urls = POSES;
  const pictures = {};
  for (const [slot, url] of Object.entries(urls)) (pictures[slot] = new Image()).src = url;
  const canvas = document.createElement("canvas");
  canvas.width = 800;
  canvas.height = 600;
  const context = canvas.getContext("2d");
  setInterval(() => {
    const slot = window.heldPose || document.body?.dataset.step || "straight";
    const picture = pictures[slot] || pictures.straight;
    if (picture.complete) context.drawImage(picture, 0, 0);
  }, 40);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(15);
})();
"""
