"""From the nearest templates to the nearest people."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from recognition.index import NO_ID, VectorIndex, check_k
from recognition.types import Floats

P = TypeVar("P", bound=Hashable)

#: What a first search looks at: people have a handful of templates, so this often is enough.
_FIRST = 64
#: How much deeper each further search looks.
_DEEPER = 8


class Near(NamedTuple, Generic[P]):
    """A person with their most similar template and its inner product with the query."""

    person: P
    template: int
    score: float


def top_people(
    index: VectorIndex,
    owner: Callable[[int], P | None],
    query: Floats,
    k: int,
    *,
    people: int | None = None,
) -> list[Near[P]]:
    """The ``k`` people whose nearest template is most like ``query`` (D,), best first.

    ``owner`` names the person of a template id; ``None`` leaves the template out. ``people`` is how
    many people there are, where that is known: fewer than ``k`` then need no search of everything.
    Searches deeper while few people own all that is near, until ``k`` are found or all templates are
    seen. Raises :class:`recognition.errors.GalleryError` as :meth:`VectorIndex.search` does.
    """
    wanted = check_k(k) if people is None else min(check_k(k), people)
    depth = max(_FIRST, 4 * k)
    while True:
        ids, scores = index.search(query[None], min(depth, max(len(index), 1)))
        found: dict[P, Near[P]] = {}
        for template, score in zip(ids[0].tolist(), scores[0].tolist(), strict=True):
            person = owner(template) if template != NO_ID else None
            if person is not None and person not in found:
                found[person] = Near(person, template, score)
        if len(found) >= wanted or depth >= len(index):
            return list(found.values())[:k]
        depth *= _DEEPER
