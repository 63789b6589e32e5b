"""How well people are recognised and strangers refused, on people the score model has never seen.

    python -m benchmarks.accuracy [--full] [--data DIR] [--out DIR]

Labeled Faces in the Wild, divided by people (recognition/scoring/split.py): the shipped score model was
trained on some, the others are enrolled or play the strangers here. docs/accuracy.md has the protocol.
The photos are embedded once (minutes) and kept under build/.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.frames import arguments
from benchmarks.lfw import Lfw, pairs, read
from benchmarks.report import Row, row, write
from recognition.gallery import Candidate
from recognition.identify import decide
from recognition.models import DLIB_RESNET29
from recognition.scoring import Scorer, make_scorer
from recognition.scoring.split import Split, split
from recognition.types import Floats

#: DeepFace accepts two faces of its Dlib model up to this distance of normalised vectors, whatever the
#: size of the gallery (its table of thresholds, "Dlib", "euclidean_l2").
DEEPFACE_DISTANCE = 0.4
#: Probes of one person at most, so that no figure is about the most photographed ones.
MOST_PROBES, SEED, ROUNDS = 15, 1, 300
NAMES = {"nearest": "nearest template", "mean": "mean template", "llr": "score model (ours)"}
BARS = {(5, 1, 0.01): 4.0, (5, 1, 0.001): 7.0, (5, 3, 0.01): 1.5, (5, 3, 0.001): 3.0}
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One gallery. ``genuine`` (Q, P), ``owners`` (Q,): whose probe; ``strangers`` (S, P)."""

    genuine: Array
    owners: Array
    strangers: Array


def trial(
    lfw: Lfw, chosen: Split, scorer: Scorer, photos: int, frames: int, rng: np.random.Generator
) -> Trial:
    """Enroll ``photos`` of each person, probe with groups of ``frames`` of their others."""
    enrolled, probes, owners = [], [], []
    for number, name in enumerate(chosen.enrolled):
        rows = rng.permutation(lfw.people[name])
        enrolled.append(scorer.person(lfw.vectors[rows[:photos]]))
        rest = rows[photos : photos + MOST_PROBES]
        for start in range(0, len(rest) - frames + 1, frames):
            probes.append(lfw.vectors[rest[start : start + frames]])
            owners.append(number)
    strangers = [lfw.vectors[lfw.people[name][:1]] for name in chosen.strangers if name in lfw.people]
    return Trial(_matrix(scorer, enrolled, probes), np.array(owners), _matrix(scorer, enrolled, strangers))


def _matrix(scorer: Scorer, enrolled: Sequence[Any], probes: Sequence[Floats]) -> Array:
    return np.stack([scorer.scores(enrolled, probe) for probe in probes])


def missed(trials: Sequence[Trial], fpir: float) -> tuple[float, tuple[float, float]]:
    """FNIR at this FPIR, mean over the trials, with a 95 % interval (bootstrap over people)."""
    top = np.stack([one.strangers.max(axis=1) for one in trials])
    right = [one.genuine.argmax(axis=1) == one.owners for one in trials]
    best = [np.where(ok, one.genuine.max(axis=1), -np.inf) for ok, one in zip(right, trials, strict=True)]
    people = trials[0].genuine.shape[1]

    def rate(persons: Array, strangers: Array) -> float:
        values = []
        for scores, one, reached in zip(best, trials, top, strict=True):
            sample = np.sort(reached[strangers])[::-1]
            weight = np.bincount(persons, minlength=people)[one.owners]
            limit = sample[int(fpir * len(sample) + 1e-9)]
            values.append(float((weight * (scores <= limit)).sum() / weight.sum()))
        return float(np.mean(values))

    rng = np.random.default_rng(SEED)
    count = top.shape[1]
    drawn = [rate(rng.integers(people, size=people), rng.integers(count, size=count)) for _ in range(ROUNDS)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return rate(np.arange(people), np.arange(count)), (float(low), float(high))


def open_set(lfw: Lfw, chosen: Split, *, full: bool) -> list[Row]:
    """FNIR at two FPIRs, for each way to score, number of photos and of frames."""
    rows = []
    cases = [(5, 1), (5, 3), *([(3, 1), (1, 1)] if full else [])]
    for photos, frames in cases:
        peers: dict[float, float] = {}
        for kind in NAMES:
            scorer = make_scorer(DLIB_RESNET29, kind)
            rng = np.random.default_rng(SEED)
            trials = [trial(lfw, chosen, scorer, photos, frames, rng) for _ in range(10 if full else 4)]
            for fpir in (0.01, 0.001):
                rate, interval = missed(trials, fpir)
                ours = kind == "llr"
                rows.append(
                    row(
                        f"{NAMES[kind]}, {photos} photos, {frames} frame{'s' * (frames > 1)}: "
                        f"FNIR at FPIR {fpir:.1%}",
                        100 * rate,
                        "%",
                        bar=BARS.get((photos, frames, fpir)) if ours else None,
                        peer=("nearest template", peers[fpir]) if ours else None,
                        ci=(100 * interval[0], 100 * interval[1]),
                        n=sum(len(one.owners) for one in trials),
                    )
                )
                peers.setdefault(fpir, 100 * rate)
            if photos == 5 and frames == 1:
                rows += [at_default(kind, scorer, trials), *fixed(kind, trials)]
    return rows


def at_default(kind: str, scorer: Scorer, trials: Sequence[Trial]) -> Row:
    """FPIR and FNIR with the default threshold and margin, as an installation starts."""
    policy = scorer.policy(trials[0].genuine.shape[1])

    def names(scores: Array) -> list[int]:
        found = []
        for line in scores:
            two = np.argsort(-line)[:2]
            decided = decide([Candidate(str(i), float(line[i]), 0.0, 1) for i in two], policy)
            found.append(-1 if decided.person is None else int(decided.person))
        return found

    accepted = [np.mean(np.array(names(one.strangers)) >= 0) for one in trials]
    refused = [np.mean(np.array(names(one.genuine)) != one.owners) for one in trials]
    return row(
        f"{NAMES[kind]}, 5 photos, default threshold {policy.threshold:.3g}: FNIR",
        100 * float(np.mean(refused)),
        "%",
        note=f"FPIR {np.mean(accepted):.2%}",
        n=sum(len(one.owners) for one in trials),
    )


def fixed(kind: str, trials: Sequence[Trial]) -> list[Row]:
    """The nearest template with a fixed threshold: how DeepFace finds people."""
    if kind != "nearest":
        return []
    limit = 1 - DEEPFACE_DISTANCE**2 / 2
    accepted = np.mean([(one.strangers.max(axis=1) >= limit).mean() for one in trials])
    named = [
        ((one.genuine.max(axis=1) >= limit) & (one.genuine.argmax(axis=1) == one.owners)).mean()
        for one in trials
    ]
    note = f"FPIR {accepted:.0%}: nearest template, fixed distance {DEEPFACE_DISTANCE}"
    return [row("DeepFace's way, 5 photos: FNIR", 100 * (1 - float(np.mean(named))), "%", note=note)]


def large_gallery(lfw: Lfw, chosen: Split, people: int = 5000) -> list[Row]:
    """The same person again among 5,000, as at enrollment. Only probes and strangers are unseen: there
    are not 5,000 unseen people, so most of the gallery was trained on (and helps nobody)."""
    rng = np.random.default_rng(SEED)
    others = sorted(set(lfw.people) - set(chosen.enrolled) - set(chosen.strangers))
    rest = [name for name in chosen.strangers if name in lfw.people]
    extra = people - len(chosen.enrolled) - len(others)
    enrolled_strangers, strangers = rest[:extra], rest[extra:]
    scorer = make_scorer(DLIB_RESNET29)
    known: list[Any] = []
    probes: dict[int, list[tuple[int, Floats]]] = {1: [], 3: []}
    for number, name in enumerate(chosen.enrolled):
        order = rng.permutation(lfw.people[name])
        known.append(scorer.person(lfw.vectors[order[:5]]))
        for photos, groups in probes.items():
            rest = order[5 : 5 + MOST_PROBES]
            for start in range(0, len(rest) - photos + 1, photos):
                groups.append((number, lfw.vectors[rest[start : start + photos]]))
    known += [scorer.person(lfw.vectors[lfw.people[name][:5]]) for name in [*others, *enrolled_strangers]]
    outside = _matrix(scorer, known, [lfw.vectors[lfw.people[name][:1]] for name in strangers])
    rows = []
    for photos, groups in probes.items():
        genuine = _matrix(scorer, known, [frames for _, frames in groups])
        one = Trial(genuine, np.array([number for number, _ in groups]), outside)
        for fpir, bar in ((0.01, 4.0), (0.001, 7.0)):
            rate, interval = missed([one], fpir)
            rows.append(
                row(
                    f"same person again among {len(known):,}, {photos} new photo{'s' * (photos > 1)}: "
                    f"FNIR at FPIR {fpir:.1%}",
                    100 * rate, "%", bar=bar, ci=(100 * interval[0], 100 * interval[1]), n=len(groups),
                    note=f"{len(strangers)} strangers",
                )
            )  # fmt: skip
    return rows


def view2(lfw: Lfw, data: Path) -> Row:
    """View 2, ten folds: the distance of two photos, its threshold from the other nine folds."""
    protocol = pairs(data, "pairs.txt")
    scores = np.array(
        [
            float(lfw.vectors[lfw.files[a]] @ lfw.vectors[lfw.files[b]])
            if a in lfw.files and b in lfw.files
            else -1.0
            for a, b, _ in protocol
        ]
    )
    same = np.array([label for *_, label in protocol])
    folds = np.repeat(np.arange(10), len(protocol) // 10)
    accuracy = []
    for fold in range(10):
        rest, mine = folds != fold, folds == fold
        limits = np.unique(scores[rest])
        hits = [((scores[rest] >= limit) == same[rest]).mean() for limit in limits]
        accuracy.append(((scores[mine] >= limits[int(np.argmax(hits))]) == same[mine]).mean())
    mean, error = float(np.mean(accuracy)), float(np.std(accuracy, ddof=1) / np.sqrt(10))
    return row(
        "LFW View 2, accuracy of ten folds", mean, "", bar=0.992, better="higher", n=len(protocol),
        ci=(mean - 1.96 * error, mean + 1.96 * error),
        note=f"{lfw.missing} photos without a face, taken for different people",
    )  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    options = arguments(__doc__).parse_args(argv)
    lfw = read(options.data)
    folder = options.data / "lfw" / "images"
    chosen = split({person.name: len(list(person.glob("*.jpg"))) for person in folder.iterdir()})
    rows = open_set(lfw, chosen, full=options.full)
    single = [one for one in rows if "5 photos, 1 frame" in one["name"]]
    write("accuracy_single", "Five photos of each person, one frame", single, options.out)
    rows += [view2(lfw, options.data), *large_gallery(lfw, chosen)]
    write("accuracy", "Recognising people, refusing strangers", rows, options.out)


if __name__ == "__main__":
    main()
