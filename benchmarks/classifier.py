"""A classifier trained on the enrolled people beside identification by embeddings, on the same people.

    python -m benchmarks.classifier [--full] [--data DIR] [--out DIR]

Labeled Faces in the Wild: the 158 people with ten photos or more, by chance one half of each person's photos
for the gallery and the other half as probes, and 1,000 strangers who have one photo each. The strangers are
people the shipped score model was not trained on; of the 158 it was trained on about half, so its figures are
also given for the probes of the others. docs/classifier.md says what follows. Chips and embeddings are made
once and kept under build/. Without --full the classifier learns from fewer changed copies of each photo.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.accuracy import ROUNDS, SEED, Array, Trial, missed
from benchmarks.frames import arguments
from benchmarks.lfw import central, fastest, kept_for
from benchmarks.report import Row, row, write
from recognition.alignment import embedder_chip
from recognition.classifier import THRESHOLD, Classifier, Plan, train
from recognition.decoding import decode
from recognition.engine import EngineConfig, FaceEngine
from recognition.gallery import Gallery
from recognition.models import DLIB_RESNET29
from recognition.scoring import make_scorer
from recognition.scoring.split import split
from recognition.types import Floats, Image

MANY, STRANGERS = 10, 1000
#: How many people a search by embeddings brings back to be scored.
CANDIDATES = 20
FPIRS = (0.1, 0.01, 0.001)
CLASSIFIER, OURS, COSINE = "classifier", "FAISS and score model (ours)", "FAISS and mean template"
_BATCH, _FEW_COPIES = 16, 2


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """``chips`` uint8 RGB (n, 150, 150, 3), ``vectors`` (n, 128), ``people`` (n,): whose."""

    chips: Image
    vectors: Floats
    people: Array

    def take(self, rows: Array) -> Faces:
        return Faces(self.chips[rows], self.vectors[rows], self.people[rows])


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays what: names of the enrolled, of the strangers, and the enrolled the score model never saw."""

    enrolled: tuple[str, ...]
    strangers: tuple[str, ...]
    unseen: frozenset[str]


def cast(photos: dict[str, int], many: int = MANY, strangers: int = STRANGERS) -> Cast:
    """Choose by how many photos each person has; the same people give the same cast."""
    enrolled = tuple(sorted(name for name, count in photos.items() if count >= many))
    chosen = split(photos)
    return Cast(enrolled, chosen.strangers[:strangers], frozenset(chosen.enrolled) & frozenset(enrolled))


def read(folder: Path, people: Sequence[str], name: str) -> Faces:
    """The face in the middle of each of these people's photos; kept under build/ for the same code."""
    cache = kept_for(f"lfw-{name}")
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        engine = FaceEngine(EngineConfig(backend=fastest()))
        files = [path for person in people for path in sorted((folder / person).glob("*.jpg"))]
        chips, vectors, owners = [], [], []
        for start in tqdm(range(0, len(files), _BATCH), desc=name, file=sys.stderr):
            chunk = files[start : start + _BATCH]
            images = [decode(path.read_bytes()) for path in chunk]
            for path, image, faces in zip(chunk, images, engine.analyse(images, patient=True), strict=True):
                subject = central(image, faces)
                if subject is not None and subject.embedding is not None:
                    chips.append(embedder_chip(image, subject.face.landmarks))
                    vectors.append(subject.embedding.vector)
                    owners.append(path.parent.name)
        np.savez(cache, chips=np.stack(chips), vectors=np.stack(vectors), people=np.array(owners))
    with np.load(cache) as kept:
        return Faces(kept["chips"], kept["vectors"], kept["people"])


def halves(faces: Faces, seed: int = SEED) -> tuple[Faces, Faces]:
    """One half of each person's photos for the gallery, the other as probes; the odd one is enrolled."""
    rng = np.random.default_rng(seed)
    gallery: list[int] = []
    probes: list[int] = []
    for name in np.unique(faces.people):
        rows = rng.permutation(np.flatnonzero(faces.people == name))
        middle = (len(rows) + 1) // 2
        gallery += rows[:middle].tolist()
        probes += rows[middle:].tolist()
    return faces.take(np.array(gallery)), faces.take(np.array(probes))


def trained(gallery: Faces, plan: Plan) -> Classifier:
    """A classifier of everyone in the gallery; seconds and plan go to standard error."""
    start = time.monotonic()
    with tqdm(file=sys.stderr) as bar:

        def progress(stage: str, done: int, total: int) -> None:
            if bar.desc != f"{stage}: ":
                bar.reset(total)
                bar.set_description(stage, refresh=False)
            bar.update(done - bar.n)

        people = {str(name): gallery.chips[gallery.people == name] for name in np.unique(gallery.people)}
        classifier = train(people, plan, progress=progress)
    print(f"Trained in {time.monotonic() - start:.0f} s: {dict(classifier.about)}", file=sys.stderr)
    return classifier


def by_classifier(classifier: Classifier, probes: Faces, strangers: Faces) -> Trial:
    """Probabilities instead of scores."""
    places = {name: number for number, name in enumerate(classifier.labels)}
    owners = np.array([places[name] for name in probes.people.tolist()])
    return Trial(classifier.predict(probes.chips), owners, classifier.predict(strangers.chips))


def by_embedding(kind: str, gallery: Faces, probes: Faces, strangers: Faces) -> Trial:
    """Scores of the people whom FAISS finds nearest; all others have none."""
    searched = Gallery(
        dimension=DLIB_RESNET29.dimension, model=DLIB_RESNET29.key, index="flat",
        scorer=make_scorer(DLIB_RESNET29, kind),
    )  # fmt: skip
    searched.add([(n, str(gallery.people[n]), vector) for n, vector in enumerate(gallery.vectors)])
    places = {name: number for number, name in enumerate(np.unique(gallery.people).tolist())}

    def scores(vectors: Floats) -> Array:
        found = np.full((len(vectors), len(places)), -np.inf)
        for line, vector in zip(found, vectors, strict=True):
            for candidate in searched.candidates(vector, CANDIDATES):
                line[places[candidate.person]] = candidate.score
        return found

    owners = np.array([places[name] for name in probes.people.tolist()])
    return Trial(scores(probes.vectors), owners, scores(strangers.vectors))


def rows_of(trials: dict[str, Trial], unseen: Sequence[int]) -> list[Row]:
    """Closed set, open set at equal FPIR, and how sure the classifier is of strangers.

    ``unseen``: columns of the people whom the score model was not trained on.
    """
    peer = trials[CLASSIFIER]
    rows = [
        _closed(name, one, None if one is peer else 100 * float(_right(peer).mean()))
        for name, one in trials.items()
    ]
    for fpir in FPIRS:
        before = 100 * missed([peer], fpir)[0]
        rows += [_open(name, one, fpir, None if one is peer else before) for name, one in trials.items()]
    few = {name: _of(one, unseen) for name, one in trials.items()}
    note = "probes of people the score model never saw"
    before = 100 * missed([few[CLASSIFIER]], 0.01)[0]
    rows += [
        _open(name, one, 0.01, None if name == CLASSIFIER else before, note) for name, one in few.items()
    ]
    return [*rows, *(_at(peer, threshold) for threshold in sorted({0.5, THRESHOLD, 0.99}))]


def _right(one: Trial) -> Array:
    return np.asarray(one.genuine.argmax(axis=1) == one.owners)


def _of(one: Trial, people: Sequence[int]) -> Trial:
    """The same gallery and strangers, but only these people's probes."""
    mine = np.isin(one.owners, people)
    return Trial(one.genuine[mine], one.owners[mine], one.strangers)


def _closed(name: str, one: Trial, peer: float | None) -> Row:
    right = _right(one)
    rng, people = np.random.default_rng(SEED), one.genuine.shape[1]
    drawn = []
    for _ in range(ROUNDS):
        weight = np.bincount(rng.integers(people, size=people), minlength=people)[one.owners]
        drawn.append(100 * float((weight * right).sum() / weight.sum()))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return row(
        f"{name}: right person first", 100 * float(right.mean()), "%", better="higher", n=len(right),
        ci=(float(low), float(high)), peer=None if peer is None else (CLASSIFIER, peer),
    )  # fmt: skip


def _open(name: str, one: Trial, fpir: float, peer: float | None, note: str = "") -> Row:
    rate, (low, high) = missed([one], fpir)
    return row(
        f"{name}: FNIR at FPIR {fpir:.1%}", 100 * rate, "%", ci=(100 * low, 100 * high), n=len(one.owners),
        peer=None if peer is None else (CLASSIFIER, peer), note=note,
    )  # fmt: skip


def _at(one: Trial, threshold: float) -> Row:
    """A fixed probability, as whoever has no strangers to measure with would take one."""
    sure = one.genuine.max(axis=1) >= threshold
    named = float((one.strangers.max(axis=1) >= threshold).mean())
    missing = 100 * (1 - float((sure & _right(one)).mean()))
    return row(
        f"{CLASSIFIER}, named from probability {threshold:g}: strangers named", 100 * named, "%",
        n=len(one.strangers), note=f"own people missed: {missing:.1f}%",
    )  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    options = arguments(__doc__).parse_args(argv)
    folder = options.data / "lfw" / "images"
    if not folder.is_dir():
        sys.exit(f"Labeled Faces in the Wild is not at {folder} (set FACEROSTER_DATA).")
    who = cast({person.name: len(list(person.glob("*.jpg"))) for person in folder.iterdir()})
    gallery, probes = halves(read(folder, who.enrolled, "classifier-people"))
    strangers = read(folder, who.strangers, "classifier-strangers")
    classifier = trained(gallery, Plan() if options.full else Plan(copies=_FEW_COPIES))
    trials = {
        CLASSIFIER: by_classifier(classifier, probes, strangers),
        OURS: by_embedding("llr", gallery, probes, strangers),
        COSINE: by_embedding("mean", gallery, probes, strangers),
    }
    unseen = [number for number, name in enumerate(classifier.labels) if name in who.unseen]
    write(
        "classifier", "A classifier beside identification by embeddings", rows_of(trials, unseen), options.out
    )


if __name__ == "__main__":
    main()
