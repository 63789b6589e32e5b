from __future__ import annotations

import numpy as np
import pytest

from recognition.errors import GalleryError
from recognition.index import create_index
from recognition.index.exact import NumpyIndex
from recognition.index.people import top_people

DIMENSION = 16


def near(rng: np.random.Generator, centre: np.ndarray, spread: float, count: int) -> np.ndarray:
    vectors = centre + spread * rng.standard_normal((count, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


class Counting(NumpyIndex):
    def __init__(self) -> None:
        super().__init__(DIMENSION)
        self.depths: list[int] = []

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        self.depths.append(k)
        return super().search(queries, k)


def test_the_nearest_template_of_each_person_decides(rng: np.random.Generator) -> None:
    vectors = np.concatenate([near(rng, centre, 0.1, 4) for centre in near(rng, np.zeros(DIMENSION), 1, 50)])
    index = create_index("flat", DIMENSION)
    index.add(np.arange(200), vectors)
    query = near(rng, vectors[21], 0.1, 1)[0]
    found = top_people(index, lambda template: f"person {template // 4}", query, 5)
    scores = (vectors @ query).reshape(50, 4)
    order = np.argsort(-scores.max(axis=1))[:5]
    assert [one.person for one in found] == [f"person {number}" for number in order]
    assert [one.template for one in found] == [number * 4 + scores[number].argmax() for number in order]
    assert [one.score for one in found] == pytest.approx(scores.max(axis=1)[order], abs=1e-6)


def test_it_looks_deeper_when_few_people_own_all_that_is_near(rng: np.random.Generator) -> None:
    centre = near(rng, np.zeros(DIMENSION), 1, 1)[0]
    index = Counting()
    index.add(np.arange(1000), near(rng, centre, 0.02, 1000))
    index.add(np.array([5000, 5001]), near(rng, -centre, 0.02, 2))
    owner = dict.fromkeys(range(1000), "many") | {5000: "few", 5001: "others"}
    found = top_people(index, owner.get, centre, 2)
    assert {one.person for one in found} < {"many", "few", "others"}
    assert found[0].person == "many"
    assert len(index.depths) == 3
    assert index.depths[-1] == 1002


def test_one_search_is_enough_where_all_people_there_are_were_found(rng: np.random.Generator) -> None:
    centre = near(rng, np.zeros(DIMENSION), 1, 1)[0]
    index = Counting()
    index.add(np.arange(1000), near(rng, centre, 0.5, 1000))
    found = top_people(index, lambda template: template % 2, centre, 5, people=2)
    assert {one.person for one in found} == {0, 1}
    assert len(index.depths) == 1


def test_templates_without_an_owner_are_left_out(rng: np.random.Generator) -> None:
    vectors = near(rng, np.zeros(DIMENSION), 1, 3)
    index = create_index("flat", DIMENSION)
    index.add(np.array([1, 2, 3]), vectors)
    found = top_people(index, {2: "two", 3: "three"}.get, vectors[0], 3)
    assert sorted(one.person for one in found) == ["three", "two"]


def test_an_empty_index_has_nobody_and_k_must_be_positive(rng: np.random.Generator) -> None:
    index = create_index("flat", DIMENSION)
    query = near(rng, np.zeros(DIMENSION), 1, 1)[0]
    assert top_people(index, {}.get, query, 3) == []
    with pytest.raises(GalleryError) as caught:
        top_people(index, {}.get, query, 0)
    assert caught.value.code == "gallery.bad_k"
