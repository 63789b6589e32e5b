"""Choose which draws become people: each found by the detector, each well apart from all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from tqdm import tqdm

from demo_people import clothes, scenery
from demo_people.check import Eyes
from demo_people.facemodel import FaceModel
from demo_people.lfw import Bytes, Floats
from demo_people.render import Light, Pose, photo

PHOTO_SIZE = (480, 600)
WITHIN_SCALE = 0.38
SPREAD = 1.05
POOL = 220
# Cosines against a person's mean: the shipped threshold (.95) must lie well between the two
APART, TOGETHER = 0.92, 0.965
CONFIDENCE = 0.99
SAVED_CONFIDENCE = 0.96  # after JPEG, which can cost the detector a few hundredths
JPEG = [cv2.IMWRITE_JPEG_QUALITY, 86, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
# Two photos this alike are one photo to `recognition.redundancy` (distance .13), with room to spare
SAME_PHOTO = 0.988


@dataclass(frozen=True)
class Cast:
    """A chosen person: coefficients, outfit, and the embedding of a neutral photo."""

    vector: Floats
    outfit: clothes.Outfit
    mean: Floats


def random_pose(rng: np.random.Generator, strength: float = 1.0) -> Pose:
    """Where someone stands who is asked to look at the camera."""
    scale = rng.uniform(2.2, 2.55)
    return Pose(
        scale=scale,
        x=240 + strength * rng.uniform(-22, 22),
        y=603 + strength * rng.uniform(0, 18),
        roll=strength * rng.uniform(-0.09, 0.09),
        yaw=strength * rng.uniform(-0.26, 0.26),
        pitch=strength * rng.uniform(-0.12, 0.12),
        lean=strength * rng.uniform(-0.03, 0.03),
    )


def random_light(rng: np.random.Generator) -> Light:
    """Daylight or lamps, from some side."""
    return Light(
        side=float(rng.choice([-1.0, 1.0])),
        strength=rng.uniform(0, 0.26),
        above=rng.uniform(0, 0.1),
        exposure=rng.uniform(0.86, 1.12),
        warmth=rng.uniform(-0.8, 0.8),
        contrast=rng.uniform(0.97, 1.1),
    )


def style(vector: Floats) -> np.random.Generator:
    """A generator that depends on the person only: how the hair of the person at `vector` lies."""
    return np.random.default_rng(int(np.abs(vector[:16]).sum() * 1e6))


def random_photo(
    model: FaceModel, vector: Floats, outfit: clothes.Outfit, rng: np.random.Generator, calm: float = 1.0
) -> Bytes:
    """One more photo of the person at `vector`; `calm` below 1 keeps pose and expression nearer to
    neutral."""
    change = model.change(rng, WITHIN_SCALE * calm)
    room = scenery.room(rng, *PHOTO_SIZE)
    return photo(
        model.draw(vector + change, style(vector)),
        outfit,
        random_pose(rng, calm),
        random_light(rng),
        room,
        rng,
    )


def cast(model: FaceModel, eyes: Eyes, count: int, rng: np.random.Generator) -> list[Cast]:
    """`count` people out of POOL draws, every two of them as far apart as the pool allows.

    Raises RuntimeError when the model does not yield that many below APART.
    """
    pool: list[Cast] = []
    for _ in tqdm(range(POOL), desc="draw people", unit="person"):
        vector = model.population.draw_person(rng, SPREAD)
        outfit = clothes.choose(rng)
        face = eyes.look([random_photo(model, vector, outfit, rng, 0.0)])[0]
        if face and face.confidence >= CONFIDENCE and not face.codes:
            pool.append(Cast(vector, outfit, face.vector))
    alike = np.stack([c.mean for c in pool]) @ np.stack([c.mean for c in pool]).T
    for limit in np.arange(0.80, APART + 1e-9, 0.0025):
        chosen: list[int] = []
        for i in range(len(pool)):
            if not chosen or alike[i, chosen].max() <= limit:
                chosen.append(i)
        if len(chosen) >= count:
            print(f"{count} people with cosines of at most {limit:.4f} between any two")
            return [pool[i] for i in chosen[:count]]
    raise RuntimeError(f"only {len(chosen)} of {count} people could be told apart; try another seed")


def _through_jpeg(image: Bytes) -> Bytes:
    """An RGB picture as it comes back after it was saved."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), JPEG)
    return cv2.cvtColor(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB)


def album(
    model: FaceModel, eyes: Eyes, who: Cast, others: Sequence[Floats], count: int, seed: int
) -> list[Bytes]:
    """`count` photos of one person, each recognised as this person and as nobody in `others` (mean
    embeddings)."""
    rng = np.random.default_rng(seed)
    photos: list[Bytes] = []
    vectors: list[Floats] = []
    for attempt in range(count * 10):
        outfit = who.outfit if len(photos) % 3 else clothes.choose(rng)  # nobody wears the same every day
        image = random_photo(model, who.vector, outfit, rng, 1.0 - 0.06 * (attempt // count))
        face = eyes.look([image])[0]
        if not face or face.codes or face.confidence < CONFIDENCE or float(face.vector @ who.mean) < TOGETHER:
            continue
        if max(float(face.vector @ other) for other in others) > APART + 0.01:
            continue
        if max((float(face.vector @ other) for other in vectors), default=0.0) > SAME_PHOTO:
            continue
        saved = eyes.look([_through_jpeg(image)])[0]
        if not saved or saved.codes or saved.confidence < SAVED_CONFIDENCE:
            continue
        photos.append(image)
        vectors.append(face.vector)
        if len(photos) == count:
            return photos
    raise RuntimeError("a person's photos do not resemble each other enough; try another seed")
