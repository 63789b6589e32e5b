"""From a drawn face to one that stands up to a closer look: hair with strands, a jaw with an edge, skin
with grain.

The model's components are as soft as an average of many photos; what they leave out is added here, at twice
the frame's resolution: sharper contrast in the face, hair in strands along the head, clean borders between
hair, skin and air.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from demo_people.lfw import FRAME_H, FRAME_W, Floats

FINE = 2  # finished pixels per frame pixel
CENTRE_X = FRAME_W / 2
_TEMPLE_Y, _CHIN_Y = 128.0, 180.0
_BROWN = np.array([1.06, 0.98, 0.9], np.float32)
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Finished:
    """`colour` [H, W, 3] RGB and `edge` [H, W], the signed distance to the head's outline in frame pixels,
    at FINE times the frame; `skin` and `hair` RGB [3]; `long_hair` 0..1."""

    colour: Floats
    edge: Floats
    skin: Floats
    hair: Floats
    long_hair: float


def _sigmoid(value: Floats) -> Floats:
    return (1 / (1 + np.exp(-np.clip(value, -25, 25)))).astype(np.float32)


def _grid() -> tuple[Floats, Floats]:
    y, x = np.mgrid[: FRAME_H * FINE, : FRAME_W * FINE].astype(np.float32)
    return x / FINE, y / FINE


def strands(rng: np.random.Generator) -> Floats:
    """Hair strands as a brightness pattern of mean 0 and deviation 1: fine across the head, long along it."""
    x, y = _grid()
    dx, dy = (x - CENTRE_X) / 0.86, np.minimum(y - 112, 0.0)
    radius = np.sqrt(dx**2 + dy**2)
    # Length along the hair from the crown: an arc down to the ears, then straight down
    along = np.arctan2(np.abs(dx), -dy + 1e-3) * 60 + np.maximum(y - 112, 0)
    parting = _sigmoid((dx - rng.uniform(-22, 22)) / 7)
    wave = 2.2 * np.sin(along / rng.uniform(16, 28) + 2 * parting + rng.uniform(0, 6))
    total = np.zeros_like(radius)
    for fineness, length, weight in ((3.2, 14, 0.6), (1.6, 22, 0.8), (0.6, 34, 0.9)):
        noise: Floats = rng.standard_normal((512, 256)).astype(np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=length / 2, sigmaY=0.7)
        at_r = ((radius + wave + 0.16 * along + 45 * parting) * fineness) % 511
        at_a = np.clip(20 + along * 0.8, 0, 255)
        sample = cv2.remap(noise, at_a.astype(np.float32), at_r.astype(np.float32), cv2.INTER_LINEAR)
        total += weight * sample / noise.std()
    return (total / total.std()).astype(np.float32)


def head_outline(outline: Floats) -> tuple[Floats, float]:
    """A calmer outline in frame pixels at the fine grid, and how long the hair is (0..1).

    Sampled outlines lean to one side more than heads do: they are averaged with their mirror image.
    """
    even = cv2.GaussianBlur(0.62 * outline + 0.38 * outline[:, ::-1], (0, 0), 2.5) * 2
    fine = cv2.resize(even, (FRAME_W * FINE, FRAME_H * FINE), interpolation=cv2.INTER_CUBIC)
    x, y = _grid()
    skull = 1 - np.sqrt(
        ((x - CENTRE_X) / 50) ** 2 + ((y - 108) / 74) ** 2
    )  # nobody's head is smaller than this
    fine = np.maximum(fine, skull * 55)
    row = fine[int(152 * FINE), :]
    half_width = float((row > 0).sum()) / FINE / 2
    return fine, float(np.clip((half_width - 60) / 8, 0, 1))


def _half_width(fine: Floats, y: float) -> float:
    """Half the head's width at height `y`, in frame pixels."""
    return float((fine[int(y * FINE)] > 0).sum()) / FINE / 2


def jaw_edge(fine: Floats) -> Floats:
    """Signed distance (about) to the edge of the face, temples to chin, in frame pixels, inside positive."""
    x, y = _grid()
    half = float(np.clip(_half_width(fine, _TEMPLE_Y), 44, 50))
    down = np.clip((y - _TEMPLE_Y) / (_CHIN_Y - _TEMPLE_Y), 0, 1.2)
    width = half * np.clip(1 - down**2.7, 0, 1) ** 0.55
    return np.minimum(width - np.abs(x - CENTRE_X), _CHIN_Y - y).astype(np.float32)


def _edge(fine: Floats, jaw: Floats, pattern: Floats, long_hair: float) -> Floats:
    """The head's border: hair with stray strands above, tapering into the jaw at the ears or falling down
    beside it."""
    x, y = _grid()
    dx = np.abs(x - CENTRE_X)
    top = fine + 0.9 * pattern * _sigmoid((104 - y) / 12)
    if long_hair >= 0.5:
        reach = min(_half_width(fine, 104), 60) - 5 * np.clip((y - 110) / 60, 0, 1) ** 2 - dx + 0.8 * pattern
        lower = np.maximum(jaw, np.minimum(reach, 178 - 0.006 * (dx - 46) ** 2 - y + 2 * pattern))
        lower = np.where((y > 160) & (dx < 30), jaw, lower)
    else:
        ear, cheek = _half_width(fine, 104), _half_width(jaw, _TEMPLE_Y)
        fall = np.clip((y - 106) / 34, 0, 1)
        width = ear + (cheek - ear) * fall * fall * (3 - 2 * fall)
        lower = np.where(y < 142, width - dx, jaw)
        lower = np.where(y > _TEMPLE_Y, np.maximum(jaw, lower), lower)
    down = np.clip((y - 104) / 10, 0, 1)
    return (top * (1 - down) + lower * down).astype(np.float32)


def _hair_colours(colour: Floats, fine: Floats, skin: Floats) -> tuple[Floats, Floats]:
    """Median colour of the band just inside the outline, above the forehead; and the hair's own colour."""
    x, y = _grid()
    band = (fine > 5) & (fine < 15) & (y < 72) & (np.abs(x - CENTRE_X) < 46)
    mixed = np.median(colour[band], axis=0) if band.any() else np.full(3, 60.0)
    # Cut-outs lose hair more often than they gain background, so the model's hair is part forehead: go on
    # from the skin
    bright, skin_bright = float(mixed @ _LUMA), float(skin @ _LUMA)
    wanted = np.clip(skin_bright + 1.9 * (bright - skin_bright), 24, 190)
    tint = 1 + 0.3 * (mixed / max(bright, 1) - 1)
    return np.asarray(mixed, np.float32), np.clip(tint * _BROWN * wanted, 8, 235).astype(np.float32)


def _calm(colour: Floats, skin: Floats) -> tuple[Floats, Floats]:
    """`colour` and `skin` with their saturation brought down to what skin has in daylight."""
    factor = float(np.clip(0.43 / max((skin[0] - skin[2]) / max(float(skin[0]), 1), 1e-3), 0.5, 1))
    grey, grey_skin = (colour @ _LUMA)[..., None], float(skin @ _LUMA)
    return grey + factor * (colour - grey), (grey_skin + factor * (skin - grey_skin)).astype(np.float32)


def finish(colour: Floats, outline: Floats, skin: Floats, rng: np.random.Generator) -> Finished:
    """Finish a drawn face: `colour` [FRAME_H, FRAME_W, 3], `outline` [FRAME_H/2, FRAME_W/2], `skin` [3]."""
    x, y = _grid()
    colour, skin = _calm(colour, skin)
    big = cv2.resize(colour, (FRAME_W * FINE, FRAME_H * FINE), interpolation=cv2.INTER_CUBIC)
    big = (
        big
        + 0.7 * (big - cv2.GaussianBlur(big, (0, 0), 2.2))
        + 0.35 * (big - cv2.GaussianBlur(big, (0, 0), 7))
    )
    eyes = sum(np.exp(-(((x - ex) / 12) ** 2) - ((y - 99) / 8) ** 2) for ex in (95, 137))
    big = big + (0.7 * np.asarray(eyes))[..., None] * (big - cv2.GaussianBlur(big, (0, 0), 3.0))
    fine, long_hair = head_outline(outline)
    mixed, hair = _hair_colours(big, fine, skin)
    pattern = strands(rng)
    # How much each pixel is hair: its place between the two colours, only outside the face's oval
    axis = mixed - skin
    along = ((cv2.GaussianBlur(big, (0, 0), 2) - skin) @ axis) / max(float(axis @ axis), 900.0)
    oval = np.sqrt(((x - CENTRE_X) / 43) ** 2 + ((y - 128) / 62) ** 2)
    outside = _sigmoid((oval - 1.02) * 16)
    if long_hair < 0.5:
        outside *= _sigmoid((136 - y) / 5)
    amount = _sigmoid((along - 0.5 + 0.05 * pattern) * 8) * outside
    soft = cv2.GaussianBlur(big, (0, 0), 3.0)
    strand_light = 1 + 0.085 * pattern
    locks = (0.35 * soft + 0.65 * hair) * strand_light[..., None]
    big = big + (amount[..., None] * (locks - big)) * 0.9
    jaw = jaw_edge(fine)
    if long_hair >= 0.5:  # beside and below the jaw there is only hair
        beside = _sigmoid(-jaw / 1.2) * _sigmoid((y - _TEMPLE_Y) / 4)
        depth = 0.92 - 0.25 * _sigmoid((y - 150) / 10)
        big = big + beside[..., None] * (hair * (depth * strand_light)[..., None] - big)
    rim = 0.85 * _sigmoid(-(jaw - 5) / 3) * _sigmoid((y - 142) / 6) * (long_hair < 0.5)
    big = big + rim[..., None] * (skin * 0.8 - big)
    edge = _edge(fine, jaw, pattern, long_hair)
    pores = cv2.GaussianBlur(rng.standard_normal(x.shape).astype(np.float32), (0, 0), 0.9)
    big = big * (1 + 0.012 * pores / pores.std())[..., None]
    return Finished(np.clip(big, 2, 253).astype(np.float32), edge.astype(np.float32), skin, hair, long_hair)
