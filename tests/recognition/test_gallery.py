from __future__ import annotations

import threading

import numpy as np
import pytest

from recognition.errors import GalleryError
from recognition.gallery import Gallery
from recognition.scoring.cosine import MEAN_GAIN

DIMENSION = 16


def near(rng: np.random.Generator, center: np.ndarray, spread: float, count: int) -> np.ndarray:
    vectors = center + spread * rng.normal(size=(count, len(center)))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.fixture(params=["faiss", "numpy"])
def gallery(request: pytest.FixtureRequest) -> Gallery:
    return Gallery(dimension=DIMENSION, model="test@1", index=request.param)


def crowd(rng: np.random.Generator, people: int, photos: int) -> list[tuple[int, str, np.ndarray]]:
    templates = []
    for number in range(people):
        center = near(rng, np.zeros(DIMENSION), 1, 1)[0]
        for vector in near(rng, center, 0.1, photos):
            templates.append((len(templates), f"person-{number}", vector))
    return templates


def test_an_empty_gallery_has_no_candidates(gallery: Gallery, rng: np.random.Generator) -> None:
    assert gallery.candidates(near(rng, np.zeros(DIMENSION), 1, 1)[0]) == []
    assert len(gallery) == gallery.people == 0


def test_candidates_equal_a_full_comparison(gallery: Gallery, rng: np.random.Generator) -> None:
    templates = crowd(rng, people=60, photos=4)
    gallery.add(templates)
    assert (len(gallery), gallery.people) == (240, 60)
    probe = near(rng, templates[50][2], 0.1, 1)[0]
    scores = {}
    for person in {person for _, person, _ in templates}:
        rows = np.stack([v for _, p, v in templates if p == person])
        mean = rows.mean(axis=0)
        scores[person] = (
            float(mean @ probe / np.linalg.norm(mean)) - MEAN_GAIN * 3 / 4,
            float((rows @ probe).max()),
        )
    best = sorted(scores, key=lambda person: -scores[person][0])[:5]
    found = gallery.candidates(probe, 5)
    assert [candidate.person for candidate in found] == best
    assert found[0].person == templates[50][1]
    for candidate in found:
        assert (candidate.score, candidate.nearest) == pytest.approx(scores[candidate.person], abs=1e-5)
        assert candidate.templates == 4


def test_one_person_with_very_many_photos_does_not_hide_the_others(
    gallery: Gallery, rng: np.random.Generator
) -> None:
    center = near(rng, np.zeros(DIMENSION), 1, 1)[0]
    gallery.add([(i, "many", v) for i, v in enumerate(near(rng, center, 0.05, 500))])
    gallery.add([(1000, "few", near(rng, -center, 0.05, 1)[0])])
    assert [candidate.person for candidate in gallery.candidates(center, 2)] == ["many", "few"]


def test_removing_templates_changes_the_score_and_removing_all_removes_the_person(
    gallery: Gallery, rng: np.random.Generator
) -> None:
    templates = crowd(rng, people=3, photos=3)
    gallery.add(templates)
    assert gallery.remove([0, 1, 555]) == 2
    left = gallery.candidates(templates[2][2], 1)[0]
    assert (left.person, left.templates) == ("person-0", 1)
    assert left.score == pytest.approx(1.0, abs=1e-6)
    assert [i for i, _ in gallery.person_templates("person-0")] == [2]
    assert gallery.remove([2]) == 1
    assert gallery.person_templates("person-0") == []
    assert gallery.people == 2
    assert "person-0" not in [candidate.person for candidate in gallery.candidates(templates[2][2], 9)]
    assert gallery.remove([0, 1, 2]) == 0


def test_a_person_grows_over_several_adds(gallery: Gallery, rng: np.random.Generator) -> None:
    vectors = near(rng, near(rng, np.zeros(DIMENSION), 1, 1)[0], 0.1, 3)
    for i, vector in enumerate(vectors):
        gallery.add([(i, "one", vector)])
    assert [i for i, _ in gallery.person_templates("one")] == [0, 1, 2]
    mean = vectors.mean(axis=0)
    expected = float(mean @ vectors[0] / np.linalg.norm(mean)) - MEAN_GAIN * 2 / 3
    assert gallery.candidates(vectors[0])[0].score == pytest.approx(expected, abs=1e-6)


def test_a_refused_add_changes_nothing(gallery: Gallery, rng: np.random.Generator) -> None:
    a, b = near(rng, np.zeros(DIMENSION), 1, 2)
    gallery.add([(1, "a", a)])
    bad = [
        ([(2, "b", b), (1, "b", b)], "gallery.duplicate_id"),
        ([(2, "b", b), (3, "", b)], "gallery.bad_person"),
        ([(2, "b", b), (3, "b", b[:5])], "gallery.bad_vectors"),
        ([(2, "b", b), (3, "b", b * 2)], "gallery.bad_vectors"),
        ([(-2, "b", b)], "gallery.bad_ids"),
    ]
    for templates, code in bad:
        with pytest.raises(GalleryError) as caught:
            gallery.add(templates)
        assert caught.value.code == code
        assert (len(gallery), gallery.people) == (1, 1)
        assert 2 not in gallery
    gallery.add([])
    with pytest.raises(GalleryError):
        gallery.candidates(np.full(DIMENSION, np.nan, np.float32))


def test_templates_that_cancel_out_give_numbers_not_nan(gallery: Gallery, rng: np.random.Generator) -> None:
    vector = near(rng, np.zeros(DIMENSION), 1, 1)[0]
    gallery.add([(1, "a", vector), (2, "a", -vector)])
    assert np.isfinite(gallery.candidates(vector)[0].score)


def test_people_come_and_go_under_search(rng: np.random.Generator) -> None:
    gallery = Gallery(dimension=DIMENSION, model="test@1")
    templates = crowd(rng, people=20, photos=3)
    gallery.add([(9999, "anchor", templates[0][2])])
    errors: list[BaseException] = []

    def run(work: object) -> None:
        try:
            for _ in range(30):
                work()  # type: ignore[operator]
        except BaseException as error:
            errors.append(error)

    def churn() -> None:
        gallery.add(templates)
        assert gallery.remove([i for i, _, _ in templates]) == len(templates)

    def ask() -> None:
        assert "anchor" in [candidate.person for candidate in gallery.candidates(templates[0][2], 5)]

    threads = [threading.Thread(target=run, args=(work,)) for work in (churn, ask, ask)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert (len(gallery), gallery.people) == (1, 1)
