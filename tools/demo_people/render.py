"""From a sampled appearance and outline to a photo: pose, light, background, camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from demo_people import clothes
from demo_people.finish import FINE, Finished
from demo_people.lfw import FRAME_H, FRAME_W, Bytes, Floats

CENTRE_X, NECK_Y = FRAME_W / 2, 172.0
_HALF_HEAD_W, _HALF_HEAD_H, _HEAD_Y = 54.0, 74.0, 112.0


@dataclass(frozen=True)
class Pose:
    """Where and how the person stands before the camera.

    `scale` photo pixels per frame pixel, `x` and `y` the photo position of the frame's lower middle,
    `roll`, `yaw` and
    `pitch` of the head in radians, `lean` of the whole body in radians.
    """

    scale: float
    x: float
    y: float
    roll: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    lean: float = 0.0


@dataclass(frozen=True)
class Light:
    """`side` -1..1 (from the left .. right), `strength` of that shading, `above` shading from the top,
    `exposure` a factor, `warmth` -1..1 (blue .. orange), `contrast` a factor around middle grey."""

    side: float = 0.0
    strength: float = 0.0
    above: float = 0.0
    exposure: float = 1.0
    warmth: float = 0.0
    contrast: float = 1.0


def _head(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Depth (0..1) of a plain ellipsoid head at frame coordinates, and how much a pixel moves with the head
    (0..1)."""
    r = ((x - CENTRE_X) / (_HALF_HEAD_W * 1.15)) ** 2 + ((y - _HEAD_Y) / (_HALF_HEAD_H * 1.15)) ** 2
    depth = np.sqrt(np.clip(1 - r, 0, 1))
    soft = 1 / (1 + np.exp(np.clip((y - NECK_Y) / 9, -30, 30)))
    return depth.astype(np.float32), soft.astype(np.float32)


def _maps(pose: Pose, width: int, height: int) -> tuple[Floats, Floats, Floats, Floats]:
    """For each photo pixel the frame coordinates it shows, [height, width] each: x and y of the head
    (before the person's own shape), x and y of the body."""
    v, u = np.mgrid[:height, :width].astype(np.float32)
    c, s = np.cos(pose.lean), np.sin(pose.lean)
    du, dv = (u - pose.x) / pose.scale, (v - pose.y) / pose.scale
    x = c * du + s * dv + CENTRE_X
    y = -s * du + c * dv + FRAME_H
    body_x, body_y = x, y
    _, soft = _head(x, y)
    angle = pose.roll * soft
    dx, dy = x - CENTRE_X, y - NECK_Y
    x, y = (
        CENTRE_X + np.cos(angle) * dx + np.sin(angle) * dy,
        NECK_Y - np.sin(angle) * dx + np.cos(angle) * dy,
    )
    depth, soft = _head(x, y)
    near = 46.0 * (depth - 0.45 * soft)
    x = x - np.sin(pose.yaw) * near * soft
    y = y - np.sin(pose.pitch) * near * soft * 0.7
    return x.astype(np.float32), y.astype(np.float32), body_x, body_y


def _shade(x: Floats, y: Floats, light: Light) -> Floats:
    """A factor per pixel for light from one side and from above, over the ellipsoid's normals."""
    nx = np.clip((x - CENTRE_X) / (_HALF_HEAD_W * 1.3), -1, 1)
    ny = np.clip((y - _HEAD_Y) / (_HALF_HEAD_H * 1.6), -1, 1)
    return 1 + light.strength * light.side * np.sin(nx * 1.4) - light.above * np.sin(ny * 1.2)


def photo(
    person: Finished,
    outfit: clothes.Outfit,
    pose: Pose,
    light: Light,
    background: Floats,
    rng: np.random.Generator,
    noise: float = 1.3,
) -> Bytes:
    """One photo, uint8 RGB of `background`'s size (float32 [H, W, 3], 0..255)."""
    height, width = background.shape[:2]
    x, y, body_x, body_y = _maps(pose, width, height)
    at_x, at_y = (x + 0.25) * FINE, (y + 0.25) * FINE
    colour = cv2.remap(person.colour, at_x, at_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(colour, (0, 0), 0.8 * pose.scale)
    colour = colour + 0.3 * (colour - soft)
    edge = cv2.remap(person.edge, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = 1 / (1 + np.exp(-np.clip(edge * pose.scale / 1.2, -20, 20)))
    shade = _shade(x, y, light)[..., None]
    neck, neck_shade = clothes.neck(x, y, outfit)
    image = background + neck[..., None] * (person.skin * neck_shade[..., None] * shade - background)
    image = image + alpha[..., None] * (colour * shade - image)
    worn, cover = clothes.wear(body_x, body_y, outfit, pose.scale)
    worn = worn * _shade(body_x, body_y * 0 + _HEAD_Y, light)[..., None]
    image = image + cover[..., None] * (worn - image)
    return develop(image, light, rng, noise)


def develop(image: Floats, light: Light, rng: np.random.Generator, noise: float) -> Bytes:
    """Exposure, white balance, contrast and sensor noise; float32 RGB to uint8."""
    balance = np.array([1 + 0.07 * light.warmth, 1.0, 1 - 0.09 * light.warmth], np.float32)
    image = (np.clip(image, 0, None) * light.exposure * balance - 118) * light.contrast + 118
    grain = rng.standard_normal(image.shape[:2], dtype=np.float32)[..., None] * noise
    grain = grain + rng.standard_normal(image.shape, dtype=np.float32) * (noise * 0.4)
    return np.clip(image + cv2.GaussianBlur(grain, (0, 0), 0.6) * 1.5 + 0.5, 0, 255).astype(np.uint8)
