"""What stands behind a person: rooms so far out of focus that only light and colour are left of them."""

from __future__ import annotations

import cv2
import numpy as np

from demo_people.lfw import Floats

# Wall colours (RGB, 0..255) of rooms that nobody would look at twice
_WALLS = [
    (206, 202, 194), (186, 194, 200), (168, 176, 172), (214, 206, 190), (150, 160, 172),
    (196, 186, 176), (178, 188, 178), (120, 132, 146), (222, 218, 212), (160, 150, 142),
]  # fmt: skip


def room(rng: np.random.Generator, width: int, height: int) -> Floats:
    """A blurred room, float32 [height, width, 3] RGB 0..255: wall, a window or lamp, shelves, a door
    frame."""
    wall = np.array(_WALLS[rng.integers(len(_WALLS))], np.float32) * rng.uniform(0.72, 1.02)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    fall = 1 + rng.uniform(-0.16, 0.16) * (x / width - 0.5) - rng.uniform(0.0, 0.22) * (y / height - 0.4)
    image = wall * fall[..., None]
    for _ in range(int(rng.integers(2, 6))):
        _furnish(image, rng)
    blur = rng.uniform(0.035, 0.06) * width
    image = cv2.GaussianBlur(image, (0, 0), blur)
    for _ in range(int(rng.integers(0, 5))):
        _bokeh(image, rng)
    image = cv2.GaussianBlur(image, (0, 0), 2.5)
    return np.clip(image, 0, 255).astype(np.float32)


def _furnish(image: Floats, rng: np.random.Generator) -> None:
    """One upright or lying rectangle: lighter (window), or darker (door, shelf, screen)."""
    height, width = image.shape[:2]
    tall = rng.random() < 0.6
    w = int(width * (rng.uniform(0.08, 0.3) if tall else rng.uniform(0.3, 0.9)))
    h = int(height * (rng.uniform(0.4, 1.0) if tall else rng.uniform(0.04, 0.16)))
    x, y = int(rng.uniform(-0.1, 0.95) * width), int(rng.uniform(-0.2, 0.8) * height)
    tint = rng.uniform(0.95, 1.05, 3)
    factor = rng.uniform(1.1, 1.35) if rng.random() < 0.4 else rng.uniform(0.5, 0.9)
    patch = image[max(y, 0) : y + h, max(x, 0) : x + w]
    patch *= (factor * tint).astype(np.float32)
    np.minimum(patch, 250, out=patch)


def _bokeh(image: Floats, rng: np.random.Generator) -> None:
    """One soft disc, as a far lamp makes through an open lens."""
    height, width = image.shape[:2]
    centre = (int(rng.uniform(0, width)), int(rng.uniform(0, 0.6 * height)))
    disc: Floats = np.zeros((height, width), np.float32)
    cv2.circle(
        disc, centre, int(rng.uniform(0.04, 0.1) * width), float(rng.uniform(0.05, 0.16)), -1, cv2.LINE_AA
    )
    disc = cv2.GaussianBlur(disc, (0, 0), 6)[..., None]
    colour = np.array([255, rng.uniform(225, 250), rng.uniform(190, 240)], np.float32)
    image += disc * (colour - image)
