"""A few seconds of a person before a webcam: the same model and renderer, everything moving in closed
loops."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from demo_people import scenery
from demo_people.casting import WITHIN_SCALE, Cast, style
from demo_people.facemodel import FaceModel
from demo_people.finish import Finished
from demo_people.lfw import Bytes
from demo_people.render import Light, Pose, photo

SIZE = (640, 480)
FPS = 20
SECONDS = 4


def _blend(base: Finished, parts: list[tuple[float, Finished]]) -> Finished:
    """`base` plus weighted differences of other drawings of the same person: frames need no drawing of
    their own."""
    colour, edge, skin = base.colour.copy(), base.edge.copy(), base.skin.copy()
    for weight, part in parts:
        colour += np.float32(weight) * (part.colour - base.colour)
        edge += np.float32(weight) * (part.edge - base.edge)
        skin += np.float32(weight) * (part.skin - base.skin)
    return Finished(colour, edge, skin, base.hair, base.long_hair)


def frames(model: FaceModel, who: Cast, seed: int) -> list[Bytes]:
    """RGB frames of a loop without a seam: every movement is a sum of whole periods."""
    rng = np.random.default_rng(seed)
    changes = [0.0, *(model.change(rng, 0.7 * WITHIN_SCALE) for _ in range(2))]
    # The same strands and pores in all three, or they would crawl
    base, *moods = [model.draw(who.vector + change, style(who.vector)) for change in changes]
    room = scenery.room(rng, *SIZE)
    phase = rng.uniform(0, 2 * np.pi, 7)
    side = float(rng.choice([-1.0, 1.0]))
    warmth = float(rng.uniform(-0.5, 0.5))
    result = []
    for i in tqdm(range(FPS * SECONDS), desc="film", unit="frame", leave=False):
        t = 2 * np.pi * i / (FPS * SECONDS)
        w = np.sin(t + phase)
        pose = Pose(
            scale=1.5 + 0.1 * w[0],
            x=320 + 46 * w[1] + 6 * np.sin(3 * t + phase[5]),
            y=486 + 6 * (1 + w[2]),
            roll=0.07 * np.sin(2 * t + phase[3]),
            yaw=0.2 * w[4],
            pitch=0.06 * np.sin(2 * t + phase[6]),
            lean=0.02 * w[1],
        )
        light = Light(side, 0.12 + 0.06 * w[5], 0.05, 1 + 0.04 * w[6], warmth)
        person = _blend(base, [(0.5 + 0.5 * float(w[3]), moods[0]), (0.5 - 0.5 * float(w[2]), moods[1])])
        result.append(photo(person, who.outfit, pose, light, room, rng, noise=0.5))
    return result


def write(path: Path, images: list[Bytes]) -> None:
    """Encode RGB frames as VP9 in WebM. Raises RuntimeError when OpenCV has no such encoder."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP90"), FPS, SIZE)
    if not writer.isOpened():
        raise RuntimeError("this OpenCV cannot write VP9; install opencv-python-headless from PyPI")
    for image in images:
        writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    writer.release()
