"""The score model: what it learns, how it counts photos, and that its ratios mean what they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognition.errors import ModelError, RecognitionError
from recognition.models import DLIB_RESNET29
from recognition.scoring import LikelihoodRatio, MeanTemplate, ScoreModel, make_scorer, shipped_model
from recognition.scoring.fusion import INDEPENDENT, direction, observe
from recognition.scoring.training import train
from recognition.scoring.two_covariance import estimate

DIMENSION = 26


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


class World:
    """People whose faces differ widely in the first directions, photos in the last, and in the very
    last nothing does."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.between = np.r_[np.full(13, 0.020), np.full(12, 0.006), 0.0]
        self.within = np.r_[np.full(13, 0.006), np.full(12, 0.024), 0.0]
        self.middle = np.r_[np.zeros(DIMENSION - 1), 1.0]

    def raw(self, photos: int) -> np.ndarray:
        face = self.middle + self.rng.normal(size=DIMENSION) * self.between
        return face + self.rng.normal(size=(photos, DIMENSION)) * self.within

    def person(self, photos: int) -> np.ndarray:
        return unit(self.raw(photos))

    def people(self, count: int) -> list[np.ndarray]:
        return [self.person(int(self.rng.integers(1, 8))) for _ in range(count)]


@pytest.fixture(scope="module")
def world() -> World:
    return World(4)


@pytest.fixture(scope="module")
def model(world: World) -> ScoreModel:
    return train(world.people(900), "test@1", seed=2, data="made up")


def test_whitening_leaves_unit_spread_within_people_and_no_empty_direction(world: World) -> None:
    fitted = estimate([world.raw(4) for _ in range(600)])
    assert len(fitted.between) == DIMENSION - 1, "the direction in which nobody differs is left out"
    assert (np.diff(fitted.between) <= 0).all()
    photos = [(world.raw(6) - fitted.mean) @ fitted.projection.T for _ in range(400)]
    apart = np.concatenate([rows - rows.mean(axis=0) for rows in photos])
    spread = apart.T @ apart / (len(photos) * 5)
    assert np.diag(spread) == pytest.approx(np.ones(DIMENSION - 1), abs=0.15)
    assert np.abs(spread - np.diag(np.diag(spread))).max() < 0.15


def test_too_few_people_teach_nothing(world: World) -> None:
    with pytest.raises(RecognitionError) as caught:
        estimate([world.person(1) for _ in range(200)])
    assert caught.value.code == "scoring.too_few_people"


def test_the_score_tells_people_apart_better_than_a_cosine(world: World, model: ScoreModel) -> None:
    people = [world.person(6) for _ in range(120)]
    missed = {}
    for scorer in (LikelihoodRatio(model), MeanTemplate()):
        enrolled = [scorer.person(rows[:5]) for rows in people]
        own = np.array([scorer.scores([one], rows[5])[0] for one, rows in zip(enrolled, people, strict=True)])
        strangers = [scorer.scores(enrolled, world.person(1)[0]).max() for _ in range(400)]
        missed[scorer.name] = float((own < np.quantile(strangers, 0.99)).mean())
    assert missed["llr"] < 0.7 * missed["mean"]


@pytest.mark.parametrize("photos", [1, 2, 5])
def test_the_score_is_calibrated_whatever_the_number_of_photos(
    world: World, model: ScoreModel, photos: int
) -> None:
    """A ratio of ten to one is right ten times as often as wrong; one scale for 1 and for 5 photos."""
    scorer = LikelihoodRatio(model)
    people = [world.person(photos + 1) for _ in range(300)]
    enrolled = [scorer.person(rows[:photos]) for rows in people]
    scores = np.stack([scorer.scores(enrolled, rows[photos]) for rows in people])
    own = np.diag(scores)
    impostors = scores[~np.eye(len(people), dtype=bool)]
    for limit in (0.5, 1.0):
        ratio = (own >= limit).mean() / max((impostors >= limit).mean(), 1e-6)
        assert ratio > 10**limit
    # No impostor bar moves by more than a tenfold with the number of photos.
    assert np.quantile(impostors, 0.999) == pytest.approx(model_bar(model, world), abs=1.5)


def model_bar(model: ScoreModel, world: World) -> float:
    scorer = LikelihoodRatio(model)
    people = [world.person(2) for _ in range(200)]
    enrolled = [scorer.person(rows[:1]) for rows in people]
    scores = np.stack([scorer.scores(enrolled, rows[1]) for rows in people])
    return float(np.quantile(scores[~np.eye(len(people), dtype=bool)], 0.999))


def test_a_rotated_model_scores_rotated_vectors_the_same(world: World, model: ScoreModel) -> None:
    matrix, _ = np.linalg.qr(world.rng.normal(size=(DIMENSION, DIMENSION)))
    turn = matrix.astype(np.float32)
    people, probe = [world.person(3) for _ in range(5)], world.person(2)
    plain, turned = LikelihoodRatio(model), LikelihoodRatio(model.rotated(turn))
    expected = plain.scores([plain.person(rows) for rows in people], probe)
    found = turned.scores([turned.person(rows @ turn) for rows in people], probe @ turn)
    assert found == pytest.approx(expected, abs=1e-3)


def test_frames_of_one_moment_count_as_one(world: World, model: ScoreModel) -> None:
    scorer = LikelihoodRatio(model)
    frame = world.person(1)
    assert observe(scorer.whiten(np.repeat(frame, 5, axis=0))).worth == pytest.approx(1.0)
    worth = np.mean([observe(scorer.whiten(world.person(5))).worth for _ in range(50)])
    assert 4 < worth <= 5.000001


def test_a_frame_without_weight_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4, 30))
    weighted, alone = observe(rows, [1, 1, 1, 0]), observe(rows[:3])
    assert weighted.mean == pytest.approx(alone.mean, abs=1e-4)
    assert weighted.worth == pytest.approx(alone.worth, rel=1e-3)
    assert 0 < INDEPENDENT <= 1


def test_opposite_vectors_give_no_nan() -> None:
    row = unit(np.ones((1, 4)))
    assert np.isfinite(direction(np.concatenate([row, -row]))).all()


def test_a_saved_model_is_the_same_model(model: ScoreModel, tmp_path: Path) -> None:
    first, second = tmp_path / "a.npz", tmp_path / "deep" / "b.npz"
    model.save(first)
    loaded = ScoreModel.load(first)
    loaded.save(second)
    assert first.read_bytes() == second.read_bytes()
    assert (loaded.embedder, loaded.card["data"]) == ("test@1", "made up")
    rows = World(9).person(3)
    one, two = LikelihoodRatio(model), LikelihoodRatio(loaded)
    assert two.scores([two.person(rows)], rows[0]) == pytest.approx(
        one.scores([one.person(rows)], rows[0]), abs=1e-3
    )


@pytest.mark.parametrize("damage", ["missing", "cut", "foreign"])
def test_what_is_no_score_model_is_refused(model: ScoreModel, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:400])
    elif damage == "foreign":
        np.savez(path, mean=np.zeros(3))
    with pytest.raises(ModelError) as caught:
        ScoreModel.load(path)
    assert caught.value.code == ("model.missing" if damage == "missing" else "model.bad_scoring")


def test_a_model_of_nothing_is_refused(model: ScoreModel) -> None:
    with pytest.raises(ModelError) as caught:
        replace(model, mean=model.mean * np.nan)
    assert caught.value.code == "model.bad_scoring"
    with pytest.raises(ModelError):
        replace(model, between=model.between[1:])


def test_thresholds_rise_with_the_gallery_and_the_wish(model: ScoreModel) -> None:
    scorer = LikelihoodRatio(model)
    assert scorer.policy(1) == scorer.policy(100)
    asked = [scorer.policy(people).threshold for people in (100, 200, 1000, 100_000, 10**6)]
    assert (np.diff(asked) > 0).all()
    wishes = [scorer.threshold(fpir, 100) for fpir in (0.3, 0.1, 0.01, 0.001, 1e-5)]
    assert (np.diff(wishes) > 0).all()
    with pytest.raises(RecognitionError):
        scorer.threshold(0.0, 100)


def test_training_is_repeatable(world: World) -> None:
    people = World(3).people(480)
    first, second = train(people, "x@1", seed=5), train(people, "x@1", seed=5)
    assert first.scale == second.scale
    assert (first.crowd == second.crowd).all()


def test_the_shipped_model_belongs_to_the_shipped_embedder() -> None:
    model = shipped_model(DLIB_RESNET29.key)
    assert model is not None
    assert (model.embedder, model.dimension) == (DLIB_RESNET29.key, DLIB_RESNET29.dimension)
    assert model.card["held_out"] is True
    assert make_scorer(DLIB_RESNET29).name == "llr"
    assert model.card["people"] / len(model.crowd) >= 8, "a centre of the crowd is nobody's face"


def test_scorers_are_made_by_name() -> None:
    assert [make_scorer(DLIB_RESNET29, kind).name for kind in ("llr", "mean", "nearest")] == [
        "llr", "mean", "nearest",
    ]  # fmt: skip
    with pytest.raises(ModelError) as caught:
        make_scorer(DLIB_RESNET29, "best")
    assert caught.value.code == "model.unknown"


@pytest.mark.parametrize("kind", ["llr", "mean", "nearest"])
def test_nobody_to_compare_with_is_no_error(kind: str) -> None:
    scorer = make_scorer(DLIB_RESNET29, kind)
    assert scorer.scores([], unit(np.ones(128))).shape == (0,)
