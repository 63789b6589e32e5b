"""Photos that add nothing, and people who are there already under another name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recognition.distance import distances
from recognition.gallery import Candidate, Gallery
from recognition.identify import Policy
from recognition.types import Embedding, Floats

#: Up to this distance a photo is a copy of another: saved again, resized, brightened, cut a little
#: (90 to 99 % of such copies of LFW photos are nearer), or the next frame of the same clip. Different
#: photos of a person are not: 1 pair in 2,000 of View 1 is nearer. A hash of the pixels would miss
#: copies that were cut or turned; the embedding has aligned the face already.
NEAR_DUPLICATE = 0.13

#: Least cosine of a photo with the normalised mean of its person's other photos: for a single one, and
#: what it rises towards with their number. Below, it probably shows another human: of LFW's photos 1 in
#: 100 is (some of them have a wrong name), of other people's 98 in 100: benchmarks/redundancy.py.
UNLIKE_ONE, UNLIKE_MANY = 0.904, 0.940

#: How far below the threshold of recognition two people are already suspected to be one, in tenfolds of
#: strangers: four times as many reach that. A photo that is asked about for nothing costs a glance, a
#: second name for one human that is missed costs more.
SUSPICION = 0.6

#: How many people are looked through for a second enrollment of the same human.
ELSEWHERE = 10


def check_redundancy(base: Embedding | Floats, others: Sequence[Embedding | Floats]) -> Floats:
    """Distances float32 (N,) from one face to others: Euclidean between normalised vectors, 0 to 2.

    Small means redundant: up to :data:`NEAR_DUPLICATE` it is the same photo again, up to
    :data:`recognition.identify.VERIFY_THRESHOLD` the same person. Raises :class:`GalleryError` as
    :func:`recognition.distance.distances` does.
    """
    return distances(base, others)


def near_duplicate(
    vector: Embedding | Floats, others: Sequence[Embedding | Floats], limit: float = NEAR_DUPLICATE
) -> int | None:
    """Index of the photo among ``others`` that this face is a copy of, or ``None``.

    Of several copies the nearest. Compare within one person: it asks whether a photo adds anything.
    """
    found = distances(vector, others)
    if not len(found) or found.min() > limit:
        return None
    return int(found.argmin())


def unlike_own(own: Sequence[Floats], vector: Floats, verify: float | None = None) -> bool:
    """Whether a face (D,) is clearly unlike the person's other photos: two humans under one name.

    A person without photos is unlike nobody. Vectors are L2-normalised float32. ``verify``: for another
    embedder than the one measured here, its largest distance of one person's two faces.
    """
    if not len(own):
        return False
    mean = np.mean(own, axis=0)
    limit = UNLIKE_MANY + (UNLIKE_ONE - UNLIKE_MANY) / len(own) if verify is None else 1 - verify**2 / 2
    return bool(mean @ vector < limit * np.linalg.norm(mean))


def same_human_elsewhere(gallery: Gallery, vector: Floats, person: str, policy: Policy) -> list[Candidate]:
    """The other people this face would be accepted as, best first: the same human under two names,
    or two people too alike to tell apart. Either needs a human's eyes before the photo is used.

    ``person`` is the key the face is being enrolled under. It is looked for by itself, and together with
    the photos that person has already: several tell people apart far better than one. The margin of
    ``policy`` plays no part.
    """
    own = [template for _, template in gallery.person_templates(person)]
    probes = [vector, np.stack([*own, vector])] if own else [vector]
    found: dict[str, Candidate] = {}
    for candidate in (one for probe in probes for one in gallery.candidates(probe, ELSEWHERE + 1)):
        best = found.get(candidate.person)
        if candidate.person != person and (best is None or candidate.score > best.score):
            found[candidate.person] = candidate
    alike = [candidate for candidate in found.values() if candidate.score >= policy.threshold]
    return sorted(alike, key=lambda candidate: (-candidate.score, candidate.person))
