"""What the finished photos measure: found, known again, apart, and how far from anyone in the training
photos."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from tqdm import tqdm

from demo_people.casting import SPREAD
from demo_people.check import Eyes, mean_of
from demo_people.facemodel import FaceModel
from demo_people.features import plausible
from demo_people.lfw import Aligned, Floats, read_rgb
from recognition.alignment import embedder_chip
from recognition.embedding import make_embedder

_BATCH = 64


def _percentiles(values: Iterable[float], wanted: tuple[int, ...]) -> dict[str, float]:
    found = np.percentile(np.fromiter(values, float), wanted)
    return {f"p{p}": round(float(v), 4) for p, v in zip(wanted, found, strict=True)}


def _training_vectors(data: Aligned, cache: Path) -> Floats:
    """Embeddings [n, 128] of the photos that the model was fitted on; kept under `cache`."""
    at = cache / "training_vectors.npy"
    if not at.exists():
        embedder = make_embedder("dlib-resnet29")
        rows = []
        used = np.flatnonzero(plausible(data.masks))
        for start in tqdm(range(0, len(used), _BATCH), desc="embed LFW", unit="batch"):
            part = used[start : start + _BATCH]
            chips = np.stack([embedder_chip(np.asarray(data.faces[i]), data.points[i]) for i in part])
            rows.append(embedder.embed(chips))
        np.save(at, np.concatenate(rows))
    return np.asarray(np.load(at), np.float32)


def _nearest_other(vectors: Floats, people: np.ndarray) -> Floats:
    """For each training photo the highest cosine to a photo of somebody else."""
    nearest = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), 500):
        alike = vectors[start : start + 500] @ vectors.T
        alike[people[start : start + 500, None] == people[None]] = -1
        nearest[start : start + 500] = alike.max(1)
    return nearest


def measure(
    out: Path, eyes: Eyes, model: FaceModel, rng: np.random.Generator, data: Aligned, cache: Path
) -> dict[str, object]:
    """All figures of the card. `out` holds staff/ and strangers/; `rng` draws further people."""
    folders = sorted(p for kind in ("staff", "strangers") for p in (out / kind).iterdir())
    albums = []
    for folder in tqdm(folders, desc="look again", unit="person"):
        photos = [read_rgb(p) for p in sorted(folder.glob("*.jpg"))]
        albums.append(eyes.look(photos))
    seen = [[face for face in album if face] for album in albums]
    rows = [[face.vector for face in album] for album in seen]
    stacked = np.concatenate([np.stack(album) for album in rows])
    owner = np.repeat(np.arange(len(rows)), [len(album) for album in rows])
    distance = np.sqrt(np.clip(2 - 2 * stacked @ stacked.T, 0, None))
    upper = np.triu_indices(len(stacked), 1)
    same = owner[upper[0]] == owner[upper[1]]
    left_out = [
        float(v @ mean_of([w for j, w in enumerate(album) if j != i]))
        for album in rows
        for i, v in enumerate(album)
    ]
    means = np.stack([mean_of(album) for album in rows])
    foreign = stacked @ means.T
    foreign[np.arange(len(stacked)), owner] = -1
    training = _training_vectors(data, cache)
    drawn = [model.population.draw_person(rng, SPREAD) for _ in range(200)]
    return {
        "photos": sum(map(len, albums)),
        "photos_with_exactly_one_face": sum(map(len, seen)),
        "lowest_confidence": round(min(face.confidence for album in seen for face in album), 4),
        "distance_within": _percentiles(distance[upper][same], (50, 95, 100)),
        "distance_between": _percentiles(distance[upper][~same], (0, 1, 50)),
        "cosine_to_own_mean_left_out": _percentiles(left_out, (0, 5, 50)),
        "cosine_to_nearest_other_mean": _percentiles(foreign.max(1), (50, 95, 100)),
        "cosine_to_nearest_lfw_photo": _percentiles((stacked @ training.T).max(1), (50, 95, 100)),
        "lfw_photo_to_nearest_other_lfw_person": _percentiles(
            _nearest_other(training, model.population.people), (50, 95, 99)
        ),
        "model_distance_to_nearest_lfw_photo": _percentiles(
            map(model.population.nearest_training, drawn), (0, 50)
        ),
        "model_distance_between_lfw_people": _percentiles(model.population.nearest_of_training(), (1, 50)),
        "fitted_on": {"photos": model.photos, "people": model.people},
    }
