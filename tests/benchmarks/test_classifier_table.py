"""What the classifier's table makes of scores; the scores are made up."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import classifier
from benchmarks.accuracy import Trial
from benchmarks.classifier import CLASSIFIER, COSINE, OURS, Faces


def faces(people: dict[str, int]) -> Faces:
    names = np.repeat(list(people), list(people.values()))
    numbers = np.arange(len(names))
    return Faces(numbers.astype(np.uint8), numbers.astype(np.float32), names)


def test_halves_share_no_photo_and_know_the_same_people() -> None:
    gallery, probes = classifier.halves(faces({"a": 10, "b": 11}))
    assert [int((gallery.people == name).sum()) for name in "ab"] == [5, 6]
    assert [int((probes.people == name).sum()) for name in "ab"] == [5, 5]
    assert not set(gallery.vectors.tolist()) & set(probes.vectors.tolist())
    again, _ = classifier.halves(faces({"a": 10, "b": 11}))
    assert (again.vectors == gallery.vectors).all()


def test_strangers_are_nobody_who_is_enrolled_or_was_learned_from() -> None:
    photos = {f"many{n:02}": 12 for n in range(20)} | {f"one{n:02}": 1 for n in range(30)} | {"few": 5}
    who = classifier.cast(photos, strangers=12)
    assert set(who.enrolled) == {name for name in photos if name.startswith("many")}
    assert len(who.strangers) == 12
    assert all(photos[name] == 1 for name in who.strangers)
    assert who.unseen < set(who.enrolled)
    assert len(who.unseen) == 10


@pytest.fixture
def trials() -> dict[str, Trial]:
    """Twelve people, 60 probes: ours is right and far from strangers, the classifier often neither."""
    rng = np.random.default_rng(0)
    owners = np.repeat(np.arange(12), 5)
    own = np.eye(12)[owners]
    strangers = rng.uniform(0, 0.4, (100, 12))
    good = Trial(own, owners, strangers)
    turned = np.concatenate([np.roll(own[:12], 1, axis=1), own[12:]])
    return {CLASSIFIER: Trial(turned * 0.95, owners, strangers + 0.54), OURS: good, COSINE: good}


def test_rows_compare_at_one_rate_of_strangers(trials: dict[str, Trial]) -> None:
    rows = {one["name"]: one for one in classifier.rows_of(trials, range(4, 12))}
    assert rows[f"{CLASSIFIER}: right person first"]["value"] == pytest.approx(80)
    ours = rows[f"{OURS}: right person first"]
    assert (ours["value"], ours["peer"], ours["peer_value"]) == (100, CLASSIFIER, pytest.approx(80))
    low, high = rows[f"{CLASSIFIER}: right person first"]["ci"] or (0, 0)
    assert low < 80 < high
    assert rows[f"{OURS}: FNIR at FPIR 1.0%"]["value"] == 0
    assert rows[f"{CLASSIFIER}: FNIR at FPIR 10.0%"]["value"] == pytest.approx(20)
    # At a fixed probability of 0.9 many strangers are named, and 0.5 lets all of them in.
    assert rows[f"{CLASSIFIER}, named from probability 0.5: strangers named"]["value"] == 100
    assert 0 < (rows[f"{CLASSIFIER}, named from probability 0.9: strangers named"]["value"] or 0) < 100


def test_people_whom_the_score_model_never_saw_have_rows_of_their_own(trials: dict[str, Trial]) -> None:
    rows = [one for one in classifier.rows_of(trials, range(4, 12)) if "never saw" in one["note"]]
    assert [one["n"] for one in rows] == [40, 40, 40]
    assert [one["value"] for one in rows] == [0, 0, 0]
