"""Where the default thresholds come from: View 1 of Labeled Faces in the Wild, and nothing else.

    python -m benchmarks.view1_thresholds --lfw DIR [--json] [--draws N]

Thresholds are chosen on the people of ``peopleDevTrain.txt`` and then applied, unchanged, to those of
``peopleDevTest.txt``, who played no part in the choice. View 2 is left for reporting. The embeddings
are computed once (minutes) and kept under ``build/``. docs/thresholds.md explains the figures.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from recognition.calibration import error_curve, rate_at, threshold_at_fmr
from recognition.decoding import decode
from recognition.engine import EngineConfig, FaceEngine
from recognition.gallery import Candidate, Gallery
from recognition.identify import DEFAULT, VERIFY_THRESHOLD, Decision, Policy, decide
from recognition.redundancy import NEAR_DUPLICATE
from recognition.types import Analysis, Floats, Image

#: More photos than this of one person (Bush has 530) would make the figures about that person.
MOST_PHOTOS = 12
PEOPLE, SEED, BATCH = 100, 1, 16
CACHE = Path(__file__).resolve().parents[1] / "build"
People = dict[str, Floats]
Rows = list[dict[str, Any]]


def read_people(file: Path) -> dict[str, int]:
    """Name and number of images of each person of a View 1 people list."""
    rows = [line.split("\t") for line in file.read_text().splitlines()[1:] if line.strip()]
    return {name: int(number) for name, number in rows}


def central_face(image: Image, faces: list[Analysis]) -> Analysis | None:
    """LFW's convention: the subject is the face in the middle of the picture."""
    middle = image.shape[1] / 2, image.shape[0] / 2
    return min(faces, key=lambda found: np.hypot(*np.subtract(found.face.box.center, middle)), default=None)


def embed(lfw: Path, people: dict[str, int], cache: Path) -> tuple[People, int]:
    """Vectors (n, D) of each person, at most MOST_PHOTOS, and the number of photos without a face."""
    if cache.exists():
        with np.load(cache) as kept:
            vectors, owners, missing = kept["vectors"], kept["owners"].tolist(), int(kept["missing"])
    else:
        engine = FaceEngine(EngineConfig())
        files = [
            (name, lfw / "images" / name / f"{name}_{i:04}.jpg")
            for name, number in people.items()
            for i in range(1, min(number, MOST_PHOTOS) + 1)
        ]
        found, owners = [], []
        for start in tqdm(range(0, len(files), BATCH), desc=cache.stem, file=sys.stderr):
            chunk = files[start : start + BATCH]
            images = [decode(path.read_bytes()) for _, path in chunk]
            for (name, _), image, faces in zip(chunk, images, engine.analyse(images), strict=True):
                subject = central_face(image, faces)
                if subject is not None and subject.embedding is not None:
                    found.append(subject.embedding.vector)
                    owners.append(name)
        vectors, missing = np.stack(found), len(files) - len(found)
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, vectors=vectors, owners=np.array(owners), missing=missing)
    rows: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(owners):
        rows[name].append(row)
    return {name: vectors[index] for name, index in rows.items()}, missing


def pair_distances(people: People) -> tuple[Floats, Floats]:
    """Distances of all pairs: within each person, and between the first photos of all people."""
    same = [_distances(v @ v.T)[np.triu_indices(len(v), 1)] for v in people.values()]
    first = np.stack([vectors[0] for vectors in people.values()])
    return np.concatenate(same), _distances(first @ first.T)[np.triu_indices(len(first), 1)]


def _distances(cosines: Floats) -> Floats:
    return np.sqrt(np.maximum(2 - 2 * cosines, 0))


@dataclass(frozen=True, slots=True)
class Trials:
    """What galleries answered: (true person, candidates) for the enrolled, candidates for strangers."""

    known: list[tuple[str, list[Candidate]]]
    strangers: list[list[Candidate]]


def run_trials(people: People, photos: int, enrolled: int, draws: int) -> Trials:
    """Galleries of ``enrolled`` random people x ``photos``; probes are up to three other photos of each
    of them, and, as strangers, everybody with a single photo (none of whom is ever enrolled)."""
    rng = np.random.default_rng(SEED)
    able = sorted(name for name, vectors in people.items() if len(vectors) > photos)
    lonely = np.stack([vectors[0] for vectors in people.values() if len(vectors) == 1])
    trials = Trials([], [])
    for _ in range(draws):
        gallery = Gallery(dimension=lonely.shape[1], model="view1")
        probes: list[tuple[str, Floats]] = []
        templates: list[tuple[int, str, Floats]] = []
        for name in rng.choice(able, min(enrolled, len(able)), replace=False).tolist():
            order = rng.permutation(len(people[name]))
            templates += [(len(templates) + n, name, people[name][i]) for n, i in enumerate(order[:photos])]
            probes += [(name, people[name][i]) for i in order[photos : photos + 3]]
        gallery.add(templates)
        trials.known.extend((name, gallery.candidates(vector, 2)) for name, vector in probes)
        trials.strangers.extend(gallery.candidates(vector, 2) for vector in lonely)
    return trials


def threshold_at_fpir(trials: Trials, fpir: float, margin: float) -> float:
    """The threshold that accepts this share of strangers; those within the margin are refused anyway."""
    best = [f[0].score if f[0].score - f[1].score >= margin else -1.0 for f in trials.strangers]
    return threshold_at_fmr(np.array(best), fpir)


def rates(trials: Trials, policy: Policy) -> dict[str, float]:
    """Shares at a policy: strangers let in, and what became of the enrolled."""
    strangers = [decide(found, policy).decision for found in trials.strangers]
    known = [(name, decide(found, policy)) for name, found in trials.known]
    return {
        "fpir": strangers.count(Decision.ACCEPTED) / len(strangers),
        "fnir": sum(found.person != name for name, found in known) / len(known),
        "ambiguous": sum(found.decision is Decision.AMBIGUOUS for _, found in known) / len(known),
        "as_another": sum(found.person not in (None, name) for name, found in known) / len(known),
        "rank1": sum(found.candidates[0].person == name for name, found in known) / len(known),
    }


def verification(train: People, test: People) -> Rows:
    """Thresholds on distance, chosen on the training people, and their errors on both groups."""
    pairs = {"train": pair_distances(train), "test": pair_distances(test)}
    same, different = pairs["train"]
    chosen = {
        "FMR 1e-3": -threshold_at_fmr(-different, 1e-3),
        "equal error": -error_curve(-same, -different, 4000).equal_error[0],
        "shipped": VERIFY_THRESHOLD,
    }
    rows = []
    for name, limit in chosen.items():
        row: dict[str, Any] = {"operating_point": name, "distance": limit}
        for group, (genuine, impostor) in pairs.items():
            row |= {
                f"{group}_fmr": rate_at(-impostor, -limit),
                f"{group}_fnmr": 1 - rate_at(-genuine, -limit),
            }
        rows.append(row)
    return rows


def identification(train: People, test: People, draws: int) -> Rows:
    """Per number of templates: thresholds for 1 % and 0.1 % of strangers; the shipped policy's errors."""
    rows = []
    for photos in (1, 2, 3, 5):
        for group, people in (("train", train), ("test", test)):
            trials = run_trials(people, photos, PEOPLE, draws)
            row: dict[str, Any] = {"people": group, "photos": photos}
            for fpir in (1e-2, 1e-3):
                row[f"fpir_{fpir:g}"] = threshold_at_fpir(trials, fpir, DEFAULT.margin)
            rows.append(row | rates(trials, DEFAULT))
    return rows


def trade_offs(train: People, draws: int) -> Rows:
    """What each threshold costs and saves, at the shipped margin and without any (5 photos each)."""
    trials = run_trials(train, 5, PEOPLE, draws)
    return [
        {"threshold": threshold, "margin": margin} | rates(trials, Policy(threshold, margin))
        for threshold in (0.942, 0.946, 0.95, DEFAULT.threshold, 0.956)
        for margin in (0.0, DEFAULT.margin, 2 * DEFAULT.margin)
    ]


def sizes(train: People, draws: int) -> Rows:
    """The gallery's size (3 photos each): threshold for 1 % of strangers; Policy.for_people's errors."""
    rows = []
    for people in (10, 25, 50, 100, 200, 400):
        # Small galleries say little each, so there are more of them. View 1 has 430 people with 4 photos.
        trials = run_trials(train, 3, people, max(4, draws * 100 // people // 2))
        policy = Policy.for_people(people)
        row: dict[str, Any] = {"people": people, "fpir_0.01": threshold_at_fpir(trials, 0.01, policy.margin)}
        rows.append(row | {"for_people": policy.threshold} | rates(trials, policy))
    return rows


def redundancy(train: People) -> Rows:
    same, _ = pair_distances(train)
    return [
        {"distance": d, "different_photos_nearer": float((same <= d).mean())}
        for d in (0.1, NEAR_DUPLICATE, 0.16)
    ]


def show(title: str, rows: Rows) -> None:
    print(f"\n{title}")
    print("  ".join(f"{name:>12}" for name in rows[0]))
    for row in rows:
        print(
            "  ".join(
                f"{value:12.4f}" if isinstance(value, float) else f"{value!s:>12}" for value in row.values()
            )
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n\n")[0])
    parser.add_argument(
        "--lfw", type=Path, required=True, metavar="DIR", help="folder with images/ and protocol/"
    )
    parser.add_argument("--draws", type=int, default=6, help="random galleries per figure (%(default)s)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    groups: dict[str, tuple[People, int]] = {}
    for group in ("Train", "Test"):
        listed = read_people(options.lfw / "protocol" / f"peopleDev{group}.txt")
        groups[group] = embed(options.lfw, listed, CACHE / f"view1-{group.lower()}.npz")
    (train, missing), (test, missing_test) = groups["Train"], groups["Test"]
    report: dict[str, Rows] = {
        "photos": [
            {"people": len(people), "photos": sum(map(len, people.values())), "without_face": lost}
            for people, lost in ((train, missing), (test, missing_test))
        ],
        "verification": verification(train, test),
        "identification": identification(train, test, options.draws),
        "trade_offs": trade_offs(train, options.draws),
        "gallery_size": sizes(train, options.draws),
        "near_duplicate": redundancy(train),
    }
    if options.json:
        print(json.dumps(report))
        return
    for title, rows in report.items():
        show(title, rows)


if __name__ == "__main__":
    main()
