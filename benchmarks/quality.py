"""What the quality score is for: do photos that it refuses fail to match their person?

    python -m benchmarks.quality --lfw DIR [--train] [--splits 5] [--out DIR]

Error-versus-reject on Labeled Faces in the Wild: all pairs of photos within a person (at most ten each);
the threshold is the one that 1 in 1,000 pairs of different people reach; then the worst photos by score are
left out. Ten folds by person judge every photo by weights fitted on other people. What is shipped was fitted
on half of the people, drawn by a seed, and is judged on the other half; ``--train`` fits it anew and writes
recognition/usefulness.json. Other halves, fitted anew each, tell how much luck is in such a figure.
Features are computed once (minutes) and kept under build/.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.lfw import central, fastest, kept_for
from benchmarks.report import FOLDER, Row, row, write
from recognition import usefulness
from recognition.calibration import threshold_at_fmr
from recognition.decoding import decode
from recognition.engine import EngineConfig, FaceEngine
from recognition.models import DLIB_RESNET29
from recognition.quality import ENROLLMENT, judge, measure

MOST_PHOTOS, SEED, FMR = 10, 0, 1e-3
REFUSED = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3)
QUANTILES = (0.01, 0.10, 0.35, 0.99)
#: How soft the edge between match and no match is when a photo's matches are counted for the fit.
SOFT = 0.01
#: What is judged: the score of an enrollment photo, in ten folds and as shipped, and its parts.
_TEN = "score of an enrollment photo, ten folds by person"
_SHIPPED, _LEARNED, _FRAME = "the same as shipped", "its learned part", "learned part of a frame"
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Faces:
    """vectors (N, D), owners (N,), each feature of usefulness (N,), the whole score with its codes (N,), and
    by how much the codes lower it (N,)."""

    vectors: Array
    owners: Array
    features: dict[str, Array]
    whole: Array
    flaws: Array

    @cached_property
    def pairs(self) -> tuple[Array, Array, Array]:
        """Numbers of both photos of each pair within a person, and their cosine."""
        first, second = [], []
        order = np.argsort(self.owners, kind="stable")
        for group in np.split(
            order, np.flatnonzero(np.diff(np.unique(self.owners, return_inverse=True)[1][order])) + 1
        ):
            i, j = np.triu_indices(len(group), 1)
            first.append(group[i])
            second.append(group[j])
        a, b = np.concatenate(first), np.concatenate(second)
        return a, b, np.einsum("nd,nd->n", self.vectors[a], self.vectors[b])

    @cached_property
    def threshold(self) -> float:
        """The cosine that FMR of the pairs of different people reach."""
        different = np.triu(self.owners[:, None] != self.owners[None], 1)
        return threshold_at_fmr((self.vectors @ self.vectors.T)[different], FMR)

    def some(self, chosen: Array) -> Faces:
        features = {name: values[chosen] for name, values in self.features.items()}
        return Faces(
            self.vectors[chosen], self.owners[chosen], features, self.whole[chosen], self.flaws[chosen]
        )


def load(lfw: Path) -> Faces:
    """Every photo of people with several, at most MOST_PHOTOS of each."""
    cache = kept_for("quality-lfw", "quality.py", "usefulness.py")
    if not cache.exists():
        _measure(lfw, cache)
    with np.load(cache) as kept:
        names, measures = kept["names"].tolist(), kept["measures"]
        rows = [dict(zip(names, values, strict=True)) for values in measures.tolist()]
        features = {
            name: np.array([feature(values) for values in rows])
            for name, feature in usefulness.FEATURES.items()
        }
        whole = np.array([judge({**one, "others": 0.0}, ENROLLMENT, DLIB_RESNET29.key).score for one in rows])
        learned = np.array([usefulness.score(one, DLIB_RESNET29.key) for one in rows])
        return Faces(kept["vectors"], kept["owners"], features, whole, whole / learned)


def _measure(lfw: Path, cache: Path) -> None:
    engine = FaceEngine(EngineConfig(backend=fastest(), stability=True))
    folders = sorted(path for path in (lfw / "images").iterdir() if path.is_dir())
    files = [f for folder in folders if len(p := sorted(folder.glob("*.jpg"))) > 1 for f in p[:MOST_PHOTOS]]
    vectors, owners, measures = [], [], []
    for file in tqdm(files, desc="photos", unit="photo", file=sys.stderr):
        image = decode(file.read_bytes())
        found = engine.analyse([image], embed=False, patient=True)[0]
        face = central(image, found)
        if face is None:
            continue
        chips = engine._chips([image], [[face.face]])
        [embedding], [more] = engine._with_steadiness([image], [face.face], chips)
        vectors.append(embedding.vector)
        owners.append(file.parent.name)
        measures.append({**measure(image, face.face), **more})
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        cache,
        vectors=np.stack(vectors),
        owners=np.array(owners),
        measures=np.array([list(one.values()) for one in measures]),
        names=np.array(list(measures[0])),
    )


def split(faces: Faces, seed: int) -> tuple[Faces, Faces]:
    """Half of the people to fit, the other half to judge."""
    people = np.unique(faces.owners)
    np.random.default_rng(seed).shuffle(people)
    chosen = np.isin(faces.owners, people[: len(people) // 2])
    return faces.some(chosen), faces.some(~chosen)


def fit(faces: Faces, names: list[str]) -> dict[str, Any]:
    """Knots, slopes (never negative) and bias for the share of its person's photos that a photo matches."""
    a, b, cosines = faces.pairs
    matches = 1 / (1 + np.exp(-(cosines - faces.threshold) / SOFT))
    ends = np.concatenate([a, b])
    count = np.bincount(ends, minlength=len(faces.owners))
    share = np.bincount(ends, np.concatenate([matches, matches]), len(faces.owners)) / np.maximum(count, 1)
    knots = {name: np.quantile(faces.features[name], QUANTILES) for name in names}
    table = np.concatenate([usefulness.steps(faces.features[name], knots[name]) for name in names], axis=1)
    slopes, bias = _regress(table[count > 0], share[count > 0])
    parts = slopes.reshape(len(names), -1)
    return {
        "bias": round(bias, 4),
        "features": {
            name: [np.round(knots[name], 5).tolist(), np.round(part, 4).tolist()]
            for name, part in zip(names, parts, strict=True)
        },
    }


def _regress(table: Array, share: Array, ridge: float = 2e-4, steps: int = 3000) -> tuple[Array, float]:
    """Logistic regression with weights of at least 0, by accelerated projected gradients (Nesterov 1983)."""
    mean = table.mean(axis=0)
    centred = table - mean
    speed = 1 / (0.25 * np.linalg.eigvalsh(centred.T @ centred / len(table)).max() + ridge)
    weights, ahead, bias, momentum = np.zeros(table.shape[1]), np.zeros(table.shape[1]), 0.0, 1.0
    for _ in range(steps):
        error = 1 / (1 + np.exp(-(centred @ ahead + bias))) - share
        new = np.maximum(ahead - speed * (centred.T @ error / len(table) + ridge * ahead), 0.0)
        bias -= 4 * float(error.mean())
        grown = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = new + (momentum - 1) / grown * (new - weights)
        weights, momentum = new, grown
    return weights, bias - float(weights @ mean)


def scores(faces: Faces, fitted: dict[str, Any]) -> Array:
    total = np.full(len(faces.owners), fitted["bias"], float)
    for name, (knots, slopes) in fitted["features"].items():
        total += usefulness.steps(faces.features[name], knots) @ np.array(slopes)
    return total


def crossed(faces: Faces, names: list[str], folds: int = 10) -> Array:
    """The whole score, each photo's by weights that were fitted on the people of the other folds."""
    people = np.unique(faces.owners)
    np.random.default_rng(SEED).shuffle(people)
    learned = np.empty(len(faces.owners))
    for fold in range(folds):
        mine = np.isin(faces.owners, people[fold::folds])
        learned[mine] = scores(faces.some(mine), fit(faces.some(~mine), names))
    return faces.flaws / (1 + np.exp(-learned))


def curve(faces: Faces, quality: Array) -> list[float]:
    """FNMR of the pairs that are left when each share of the photos is refused, at one threshold."""
    a, b, cosines = faces.pairs
    missed, ranked = cosines < faces.threshold, np.sort(quality)
    rates = []
    for share in REFUSED:
        least = ranked[int(share * len(ranked))]
        kept = (quality[a] >= least) & (quality[b] >= least)
        rates.append(float(missed[kept].mean()))
    return rates


def cut(rates: list[float]) -> float:
    """By how many per cent refusing the worst tenth lowers the FNMR."""
    return 100 * (1 - rates[REFUSED.index(0.1)] / rates[0])


def between_people(faces: Faces, quality: Array) -> float:
    """The share of the score's variance that lies between people: a score of photos keeps it small."""
    groups = [quality[faces.owners == name] for name, n in Counter(faces.owners.tolist()).items() if n > 1]
    within = np.mean([group.var(ddof=1) for group in groups])
    return float(1 - within / quality.var())


def fit_both(faces: Faces) -> dict[str, Any]:
    without = [name for name in usefulness.FEATURES if name not in usefulness.STEADY]
    return {"any": fit(faces, without), "models": {DLIB_RESNET29.key: fit(faces, list(usefulness.FEATURES))}}


def table(faces: Faces, splits: int) -> tuple[list[Row], dict[str, list[float]]]:
    """Rows and curves: the method in ten folds, then the shipped score and what of it was learned, on the
    people to judge."""
    _, judged = split(faces, SEED)
    shipped = json.loads(usefulness.WEIGHTS.read_text())
    stable, single = shipped["models"][DLIB_RESNET29.key], shipped["any"]
    names = {_LEARNED: list(stable["features"]), _FRAME: list(single["features"])}
    qualities = {
        _TEN: (faces, crossed(faces, names[_LEARNED])),
        _SHIPPED: (judged, judged.whole),
        _LEARNED: (judged, scores(judged, stable)),
        _FRAME: (judged, scores(judged, single)),
    }
    curves, rows = {}, []
    for kind, (chosen, quality) in qualities.items():
        rates = curves[kind] = curve(chosen, quality)
        note = f"FNMR at FMR 1e-3 from {rates[0]:.2%} to {rates[REFUSED.index(0.1)]:.2%}"
        if kind in names and splits:
            others = luck(faces, names[kind], splits)
            note += f"; {splits} other splits, fitted anew: {np.mean(others):.1f} +- {np.std(others):.1f} %"
        least = 100 / 3 if kind == _TEN else None
        name = f"FNMR cut by refusing the worst 10 %: {kind}"
        n = len(chosen.owners)
        rows.append(
            row(name, cut(rates), "%", bar=least, better="higher", peer=("at random", 0.0), n=n, note=note)
        )
        rows.append(row(f"variance between people: {kind}", 100 * between_people(chosen, quality), "%"))
    return rows, curves


def luck(faces: Faces, names: list[str], splits: int) -> list[float]:
    """The same cut for other halves of the people, each fitted anew."""
    halves = (split(faces, seed) for seed in range(SEED + 1, SEED + 1 + splits))
    return [cut(curve(judging, scores(judging, fit(fitting, names)))) for fitting, judging in halves]


def draw(curves: dict[str, list[float]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4))
    for name, rates in curves.items():
        axes.plot([100 * share for share in REFUSED], [100 * rate for rate in rates], marker="o", label=name)
    axes.axhline(100 * next(iter(curves.values()))[0], color="grey", linestyle=":", label="refused at random")
    axes.set(xlabel="photos refused, %", ylabel="FNMR at FMR 1e-3, %", ylim=(0, None))
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n\n")[0])
    parser.add_argument("--lfw", type=Path, required=True, metavar="DIR", help="folder with images/")
    parser.add_argument("--train", action="store_true", help="fit and write the weights first")
    parser.add_argument("--splits", type=int, default=5, help="other splits to try (%(default)s)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where figures go (%(default)s)")
    options = parser.parse_args()
    faces = load(options.lfw)
    if options.train:
        fitted = {"made_by": "python -m benchmarks.quality --train", **fit_both(split(faces, SEED)[0])}
        usefulness.WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n")
    rows, curves = table(faces, options.splits)
    draw(curves, options.out / "quality.png")
    write("quality", "Quality: error versus reject on LFW", rows, options.out)


if __name__ == "__main__":
    main()
