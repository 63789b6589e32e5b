"""Neck, shoulders and what is worn on them, painted: LFW's photos end too near the chin to learn these
from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from demo_people.lfw import FRAME_W, Floats

CENTRE_X = FRAME_W / 2
NECKLINE_Y = 192.0

# Cloth colours (RGB): dark and light, quiet enough for an office
_CLOTH = [
    (38, 44, 58), (60, 64, 70), (92, 40, 46), (44, 74, 66), (120, 116, 108), (196, 192, 184), (70, 84, 120),
    (150, 150, 156), (30, 30, 34), (112, 84, 62), (168, 120, 110), (84, 104, 84), (214, 206, 198),
    (96, 70, 104),
]  # fmt: skip
_SHIRT = [(226, 228, 232), (196, 208, 224), (232, 224, 214), (206, 200, 206)]


@dataclass(frozen=True)
class Outfit:
    """`style` crew, vee or jacket; `cloth` and `shirt` RGB 0..255; `neck` half width in frame pixels;
    `slope` of the shoulders (about 1); `seed` of the cloth's folds."""

    style: str
    cloth: tuple[float, float, float]
    shirt: tuple[float, float, float]
    neck: float
    slope: float
    seed: int


def choose(rng: np.random.Generator) -> Outfit:
    """A random outfit."""
    cloth = np.clip(np.array(_CLOTH[rng.integers(len(_CLOTH))]) * rng.uniform(0.85, 1.15), 8, 236)
    shirt = np.array(_SHIRT[rng.integers(len(_SHIRT))], float)
    return Outfit(
        style=str(rng.choice(["crew", "vee", "jacket"], p=[0.4, 0.25, 0.35])),
        cloth=(float(cloth[0]), float(cloth[1]), float(cloth[2])),
        shirt=(float(shirt[0]), float(shirt[1]), float(shirt[2])),
        neck=float(rng.uniform(31, 38)),
        slope=float(rng.uniform(0.8, 1.15)),
        seed=int(rng.integers(1 << 30)),
    )


def _sigmoid(value: Floats) -> Floats:
    return (1 / (1 + np.exp(-np.clip(value, -20, 20)))).astype(np.float32)


def neck(x: Floats, y: Floats, outfit: Outfit) -> tuple[Floats, Floats]:
    """Cover (0..1) and shading of the neck, which stands behind the face, at the head's frame coordinates."""
    dx = np.abs(x - CENTRE_X)
    wide = outfit.neck + 2 + 0.05 * np.maximum(y - 185, 0) ** 1.5
    cover = _sigmoid((wide - dx) / 0.8) * _sigmoid((y - 150) / 2)
    chin = 182 - 0.0125 * dx**2
    round_ = np.cos(np.clip(dx / (outfit.neck * 1.25), 0, 1.4))
    shadow = 1 - 0.42 * np.exp(-np.clip(y - chin, 0, None) / 12)
    tendon = 1 + 0.03 * np.sin((x - CENTRE_X) / 5.5) * _sigmoid((y - 190) / 6)
    return cover, ((0.66 + 0.34 * round_) * shadow * tendon).astype(np.float32)


def _folds(shape: tuple[int, int], seed: int, scale: float) -> Floats:
    """Smooth brightness ripples of cloth, about -1..1."""
    rng = np.random.default_rng(seed)
    h, w = shape
    coarse = cv2.GaussianBlur(
        rng.standard_normal((h // 4 + 1, w // 4 + 1)).astype(np.float32), (0, 0), 4 * scale
    )
    streaks = cv2.GaussianBlur(
        rng.standard_normal((h // 4 + 1, w // 4 + 1)).astype(np.float32),
        (0, 0),
        sigmaX=2 * scale,
        sigmaY=9 * scale,
    )
    both = coarse / coarse.std() + streaks / streaks.std()
    return cv2.resize(both, (w, h), interpolation=cv2.INTER_CUBIC) / 3


def wear(x: Floats, y: Floats, outfit: Outfit, scale: float) -> tuple[Floats, Floats]:
    """Colour [H, W, 3] and cover [H, W] of the clothes at frame coordinates `x`, `y` (body, not head)."""
    dx = np.abs(x - CENTRE_X)
    out = np.maximum(dx - outfit.neck, 0)
    shoulder = NECKLINE_Y - 6 + 25 * outfit.slope * (1 - np.exp(-out / 22)) + 0.1 * out + 0.0033 * out**2
    inner = np.clip(dx / outfit.neck, 0, 1)
    depth = {"crew": 13.0, "vee": 40.0, "jacket": 12.0}[outfit.style]
    shape = 1 - inner**2 if outfit.style == "crew" else 1 - inner**1.15
    edge = np.where(dx < outfit.neck, NECKLINE_Y - 6 + depth * shape, shoulder)
    cover = _sigmoid((y - edge) * scale / 1.3)
    folds = _folds((x.shape[0], x.shape[1]), outfit.seed, scale)
    light = 1 + 0.08 * folds - 0.22 * (dx / 116) ** 2 - 0.25 * np.exp(-np.clip(y - edge, 0, None) / 7)
    colour = np.ones((*x.shape, 3), np.float32) * np.array(outfit.cloth, np.float32)
    if outfit.style == "jacket":
        _jacket(colour, light, x, y, outfit, scale)
    else:
        seam = np.exp(-(((y - edge - 6) / 1.1) ** 2)) * (dx < outfit.neck + 26)
        light = light - 0.12 * seam
    weave = np.random.default_rng(outfit.seed + 1).standard_normal(x.shape, dtype=np.float32)
    light = light + 0.035 * cv2.GaussianBlur(weave, (0, 0), 0.8)
    return (colour * light[..., None]).astype(np.float32), cover


def _jacket(colour: Floats, light: Floats, x: Floats, y: Floats, outfit: Outfit, scale: float) -> None:
    """A shirt in the opening of a jacket, with a folded collar and lapels; changes `colour` and `light` in
    place."""
    dx = np.abs(x - CENTRE_X)
    opening = 26 + 9 - (y - NECKLINE_Y) * 0.42
    shirt = _sigmoid((opening - dx) * scale / 1.2)[..., None]
    colour += shirt * (np.array(outfit.shirt, np.float32) - colour)
    light *= 1 - 0.3 * np.exp(-((np.maximum(dx - opening, 0) / 2.2) ** 2)) * (dx > opening - 1)
    lapel = 26 + 38 - (y - NECKLINE_Y) * 0.3
    light *= 1 - 0.16 * np.exp(-(((dx - lapel) / 1.4) ** 2)) * (y > NECKLINE_Y + 12)
    collar = NECKLINE_Y + 13 + 0.55 * (32 - dx)
    light *= 1 - 0.13 * np.exp(-(((y - collar) / 1.8) ** 2)) * (dx < opening)
    button = np.exp(-((dx / 1.0) ** 2)) * (y > NECKLINE_Y + 10)
    light *= 1 - 0.08 * button
