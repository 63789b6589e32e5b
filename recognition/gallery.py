"""The people a face can be compared with: their templates, searchable, scored per person."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recognition.errors import GalleryError
from recognition.index import Ids, check_ids, check_k, check_vectors, create_index
from recognition.index.people import top_people
from recognition.policy import Policy
from recognition.scoring import MeanTemplate, Scorer, Weights
from recognition.types import Floats

#: How many people a search scores, at least. The index ranks by the nearest template, the score may
#: see it otherwise: on LFW the best by score is among the nearest 16 for all but 1 probe in 10,000.
SHORTLIST = 16


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person a probe may show; higher is more alike.

    ``score``, what decisions use, in the unit of the gallery's :class:`recognition.scoring.Scorer`.
    ``nearest``: the cosine with the most similar single template. ``templates``: how many there are.
    """

    person: str
    score: float
    nearest: float
    templates: int


@dataclass(frozen=True, slots=True, eq=False)
class _Person:
    """A person's templates (N, D), their ids (N,), and what the scorer keeps of them."""

    ids: Ids
    vectors: Floats
    scored: Any


class Gallery:
    """Templates of many people, for one embedding model. Safe to use from several threads.

    One lock makes each call see, and leave behind, an index and a list of people that agree.
    Bad arguments raise :class:`GalleryError` and change nothing: the index's codes, and
    ``gallery.bad_person`` for an empty person key.
    """

    def __init__(
        self, *, dimension: int, model: str, index: str = "auto", scorer: Scorer | None = None
    ) -> None:
        """``scorer``: of :func:`recognition.scoring.make_scorer` for ``model``; cosines without one."""
        self.dimension = dimension
        self.model = model
        self.scorer: Scorer = scorer or MeanTemplate()
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
                self._people[person] = self._person(
                    np.concatenate([old.ids, ids[new]]) if old else ids[new],
                    np.concatenate([old.vectors, vectors[new]]) if old else vectors[new],
                )

    def _person(self, ids: Ids, vectors: Floats) -> _Person:
        return _Person(ids, vectors, self.scorer.person(vectors))

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
                    self._people[person] = self._person(old.ids[keep], old.vectors[keep])
                else:
                    del self._people[person]
            return removed

    def candidates(self, probe: Floats, k: int = 5, weights: Weights | None = None) -> list[Candidate]:
        """The ``k`` people most like the probe, best first; fewer when there are fewer people.

        ``probe``: one vector (D,), or the frames of one visit (F, D), which count as one probe, each
        by its weight (F,). The index yields the nearest people, and these are then scored exactly.
        """
        frames, k = check_vectors(np.atleast_2d(probe), self.dimension), check_k(k)
        mean = np.average(frames, axis=0, weights=weights)
        query = (mean / np.linalg.norm(mean)).astype(np.float32)
        with self._lock:
            near = top_people(
                self._index, self._owner.get, query, max(2 * k, SHORTLIST), people=len(self._people)
            )
            people = [self._people[found.person] for found in near]
        scores = self.scorer.scores([person.scored for person in people], frames, weights)
        found = [
            Candidate(one.person, float(score), float((person.vectors @ query).max()), len(person.ids))
            for one, person, score in zip(near, people, scores, strict=True)
        ]
        # The key breaks ties, so that the same gallery always answers in the same order.
        return sorted(found, key=lambda candidate: (-candidate.score, candidate.person))[:k]

    def policy(self, threshold: float | None = None, margin: float | None = None) -> Policy:
        """The scorer's threshold and margin for as many people as there are, or what is given instead."""
        return self.scorer.policy(self.people).with_(threshold, margin)

    def score(self, person: str, probe: Floats, weights: Weights | None = None) -> Candidate | None:
        """How alike the probe, as in :meth:`candidates`, is to one person; ``None`` if unknown."""
        frames = check_vectors(np.atleast_2d(probe), self.dimension)
        with self._lock:
            known = self._people.get(person)
        if known is None:
            return None
        score = float(self.scorer.scores([known.scored], frames, weights)[0])
        return Candidate(person, score, float((known.vectors @ frames.T).max()), len(known.ids))

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
