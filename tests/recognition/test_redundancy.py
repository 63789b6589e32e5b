from __future__ import annotations

import numpy as np
import pytest

from recognition.errors import GalleryError
from recognition.gallery import Gallery
from recognition.identify import Policy
from recognition.redundancy import NEAR_DUPLICATE, check_redundancy, near_duplicate, same_human_elsewhere
from recognition.types import Embedding


def at(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle), 0, 0], np.float32)


def angle_of(distance: float) -> float:
    return float(2 * np.arcsin(distance / 2))


def test_distances_are_euclidean_and_keep_the_order() -> None:
    found = check_redundancy(at(0), [at(0), at(angle_of(0.5)), -at(0)])
    assert found.dtype == np.float32
    assert found == pytest.approx([0, 0.5, 2], abs=1e-6)
    assert found[0] == 0
    assert check_redundancy(at(0), []).shape == (0,)


def test_embeddings_and_plain_vectors_mix_but_models_do_not() -> None:
    base = Embedding(at(0), "one@1")
    assert check_redundancy(base, [Embedding(at(0), "one@1"), at(0)]).tolist() == [0, 0]
    with pytest.raises(GalleryError) as caught:
        check_redundancy(base, [Embedding(at(0), "two@1")])
    assert caught.value.code == "gallery.model_mismatch"
    for bad in (at(0)[:3] * 1, at(0) * 2, np.full(4, np.nan, np.float32)):
        with pytest.raises(GalleryError) as caught:
            check_redundancy(at(0), [bad])
        assert caught.value.code == "gallery.bad_vectors"


def test_a_near_duplicate_is_the_nearest_copy() -> None:
    inside, outside = angle_of(NEAR_DUPLICATE * 0.9), angle_of(NEAR_DUPLICATE * 1.1)
    assert near_duplicate(at(0), [at(outside), at(-inside), at(inside / 2)]) == 2
    assert near_duplicate(at(0), [at(outside)]) is None
    assert near_duplicate(at(0), [at(outside)], limit=NEAR_DUPLICATE * 1.2) == 0
    assert near_duplicate(at(0), []) is None


def test_the_same_human_is_found_under_other_names_only() -> None:
    gallery = Gallery(dimension=4, model="test@1")
    templates = [("self", 0.0), ("twin", 0.1), ("double", 0.2), ("somebody", 1.2)]
    gallery.add([(i, person, at(angle)) for i, (person, angle) in enumerate(templates)])
    policy = Policy(threshold=0.9, margin=0.5)
    found = same_human_elsewhere(gallery, at(0), "self", policy)
    assert [candidate.person for candidate in found] == ["twin", "double"]
    assert same_human_elsewhere(gallery, at(1.2), "somebody", policy) == []
    newcomer = same_human_elsewhere(gallery, at(0), "not enrolled yet", policy)
    assert [candidate.person for candidate in newcomer] == ["self", "twin", "double"]
