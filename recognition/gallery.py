"""The people a face can be compared with: their templates, searchable, scored per person."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from recognition.errors import GalleryError
from recognition.index import NO_ID, Ids, check_ids, check_k, check_vectors, create_index
from recognition.types import Floats

#: How many templates a search looks at, at least, before it scores people. A flat search costs the
#: same for 1 as for 64, and the best person by mean is practically never behind that many templates.
SHORTLIST = 64

#: Averaging takes the noise out of a person's templates, so the mean of many is more like *everyone*
#: than one template is: the score that 1 % of strangers reach rises from .942 (1 template each) over
#: .946 (2) and .949 (3) to .950 (5). It falls on MEAN_GAIN * (1 - 1 / n), which is taken off again, so
#: that one threshold means the same for people with few and with many photos. Measured on View 1 of
#: LFW: docs/thresholds.md.
MEAN_GAIN = 0.010


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person a probe may show; higher is more alike, 1 at most.

    ``score``, what decisions use: the cosine of probe and normalised mean of the person's templates,
    less the head start that several templates give (:data:`MEAN_GAIN`). ``nearest``: the cosine with
    the most similar single template. ``templates``: how many the person has.
    """

    person: str
    score: float
    nearest: float
    templates: int


@dataclass(frozen=True, slots=True, eq=False)
class _Person:
    """A person's templates (N, D), their ids (N,) and their normalised mean (D,)."""

    ids: Ids
    vectors: Floats
    mean: Floats

    @classmethod
    def of(cls, ids: Ids, vectors: Floats) -> _Person:
        mean = vectors.mean(axis=0)
        length = float(np.linalg.norm(mean))
        # Opposite vectors have no direction in common; no real face gives any, but dividing by zero
        # would put NaN into every later answer.
        return cls(ids, vectors, mean / np.float32(length) if length > 1e-6 else vectors[0])


class Gallery:
    """Templates of many people, for one embedding model. Safe to use from several threads.

    One lock makes each call see, and leave behind, an index and a list of people that agree.
    Bad arguments raise :class:`GalleryError` and change nothing: the index's codes, and
    ``gallery.bad_person`` for an empty person key.
    """

    def __init__(self, *, dimension: int, model: str, index: str = "faiss") -> None:
        self.dimension = dimension
        self.model = model
        self._lock = threading.Lock()
        self._index = create_index(index, dimension)
        self._owner: dict[int, str] = {}
        self._people: dict[str, _Person] = {}

    def add(self, templates: Sequence[tuple[int, str, Floats]]) -> None:
        """Add (template id, person key, L2-normalised float32 vector (D,)); all of them or none."""
        if not templates:
            return
        if not all(person for _, person, _ in templates):
            raise GalleryError("A template needs the person it belongs to.", code="gallery.bad_person")
        shapes = {np.shape(vector) for _, _, vector in templates}
        if shapes != {(self.dimension,)}:
            raise GalleryError(
                f"Expected vectors of length {self.dimension}, got {sorted(shapes)}.",
                code="gallery.bad_vectors",
            )
        ids = check_ids([template_id for template_id, _, _ in templates])
        vectors = np.stack([vector for _, _, vector in templates])
        rows: dict[str, list[int]] = defaultdict(list)
        for row, (_, person, _) in enumerate(templates):
            rows[person].append(row)
        with self._lock:
            self._index.add(ids, vectors)
            for person, new in rows.items():
                self._owner.update(dict.fromkeys(ids[new].tolist(), person))
                old = self._people.get(person)
                self._people[person] = _Person.of(
                    np.concatenate([old.ids, ids[new]]) if old else ids[new],
                    np.concatenate([old.vectors, vectors[new]]) if old else vectors[new],
                )

    def remove(self, template_ids: Sequence[int]) -> int:
        """Remove templates, ignoring unknown ids; return how many went. A person without any goes too."""
        ids = check_ids(template_ids)
        with self._lock:
            removed = self._index.remove(ids)
            people = {self._owner.pop(i) for i in ids.tolist() if i in self._owner}
            for person in people:
                old = self._people[person]
                keep = ~np.isin(old.ids, ids)
                if keep.any():
                    self._people[person] = _Person.of(old.ids[keep], old.vectors[keep])
                else:
                    del self._people[person]
            return removed

    def candidates(self, vector: Floats, k: int = 5) -> list[Candidate]:
        """The ``k`` people most like the probe (D,), best first; fewer when there are fewer people.

        The index yields the nearest templates, and each person among them is then scored exactly.
        """
        probe, k = self._probe(vector), check_k(k)
        with self._lock:
            found = [self._score(person, probe) for person in self._near_people(probe, 2 * k)]
        # The key breaks ties, so that the same gallery always answers in the same order.
        return sorted(found, key=lambda candidate: (-candidate.score, candidate.person))[:k]

    def person_templates(self, person: str) -> list[tuple[int, Floats]]:
        """A person's templates as (id, vector (D,)), in the order they were added; empty if unknown."""
        with self._lock:
            known = self._people.get(person)
        return list(zip(known.ids.tolist(), known.vectors, strict=True)) if known else []

    @property
    def people(self) -> int:
        """How many people have at least one template."""
        return len(self._people)

    def __len__(self) -> int:
        """How many templates there are."""
        return len(self._owner)

    def __contains__(self, template_id: object) -> bool:
        return template_id in self._owner

    def _probe(self, vector: Floats) -> Floats:
        return check_vectors(np.asarray(vector)[None], self.dimension)[0]

    def _search(self, probe: Floats, k: int) -> Iterable[tuple[int, float]]:
        ids, scores = self._index.search(probe[None], min(k, max(len(self._owner), 1)))
        return [(i, s) for i, s in zip(ids[0].tolist(), scores[0].tolist(), strict=True) if i != NO_ID]

    def _near_people(self, probe: Floats, wanted: int) -> list[str]:
        """At least ``wanted`` people (or all), searching deeper when few people own all that is near."""
        depth = max(SHORTLIST, 4 * wanted)
        while True:
            near = dict.fromkeys(self._owner[i] for i, _ in self._search(probe, depth))
            if len(near) >= min(wanted, len(self._people)):
                return list(near)
            depth *= 4

    def _score(self, key: str, probe: Floats) -> Candidate:
        person = self._people[key]
        gain = MEAN_GAIN * (1 - 1 / len(person.ids))
        return Candidate(
            person=key,
            score=float(person.mean @ probe) - gain,
            nearest=float((person.vectors @ probe).max()),
            templates=len(person.ids),
        )
