"""How the passive score is made: people kept apart, weights of the right sign, crops always the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recognition.liveness.passive import model
from recognition.types import Box, Face
from tools.liveness import crops, faces, fitting, judging, visits
from tools.liveness.faces import Clip, Faces, Picture, Scale, Session, encoded
from tools.liveness.fitting import SIGNS, Row
from tools.liveness.folds import FOLDS, SIGNERS, TAUGHT_ONLY, fold, signer

SMALL = Scale(portraits=5, taught=3, rooms=2)
CALM = {"motion": 0.2, "depth": 0.01, "ratio": 5.0, "moire": 0.5, "grid": 0.5, "carried": 0.0, "share": 0.0}


def picture(who: str, seed: int) -> Picture:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 255, (160, 200, 3), np.uint8)
    face = Face(Box(60, 40, 70, 80), np.zeros((5, 2), np.float32), 0.9)
    return Picture(who, encoded(image, 90), face)


@pytest.fixture(scope="module")
def few() -> Faces:
    frames = [picture("cB", seed) for seed in range(20, 37)]
    return Faces(
        sessions=[
            Session("n0001", True, "0001_00", [picture("n0001", 1)]),
            Session("n0002", False, "0002_00", [picture("n0002", 2)]),
        ],
        portraits=[picture(f"lPerson_{number}", number) for number in range(3, 8)],
        clips=[Clip("cB", False, "bird", 30.0, [*frames]), Clip("dsome", True, "some", 20.0, [*frames])],
        drawn=[picture("dother", 9)],
    )


def row(who: str, live: bool, kind: str, rng: np.random.Generator, against: str = "") -> Row:
    """Cues that mean what they should, but for ``against``, which means the contrary."""
    way = {name: sign * (-1 if name == against else 1) for name, sign in SIGNS.items()}
    cues = {name: way[name] * (1.0 if live else -1.0) + rng.normal(0, 0.5) for name in SIGNS}
    return Row(kind, who, live, {**cues, **CALM, "moire": cues["moire"] / 10, "border": cues["border"]})


def rows(against: str = "") -> list[Row]:
    rng = np.random.default_rng(6)
    people = [f"n{number:04d}" for number in range(1, 10)]
    pairs = [(who, live) for who in people for live in (True, False) for _ in range(8)]
    return [row(who, live, "skin" if live else "print", rng, against) for who, live in pairs]


def test_everything_of_one_person_is_in_one_fold() -> None:
    assert {fold(f"n{number:04d}") for number in range(1, 11)} == set(range(FOLDS))
    assert [fold(who) for who in SIGNERS] == [0, 1, 2, 0]
    assert {fold(f"lPerson_{number}") for number in range(40)} == set(range(FOLDS))
    assert signer("milk") == "cB"
    with pytest.raises(KeyError):
        signer("nobody")


def test_a_person_is_never_judged_by_what_learned_from_them(monkeypatch: pytest.MonkeyPatch) -> None:
    learned: list[set[str]] = []
    fit = judging.fitted

    def noted(every: list[Row]) -> object:
        learned.append({one.who for one in every})
        return fit(every)

    monkeypatch.setattr(judging, "fitted", noted)
    judged = judging.crossed(rows(), judging.others(rows()))
    assert len(judged) == len(rows())
    for of, people in enumerate(learned):
        assert people == {one.who for one in rows() if fold(one.who) != of}


def test_a_sequence_gets_the_texture_of_the_network_that_has_not_seen_its_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tools.liveness.sequences import Stretch

    monkeypatch.setattr(judging, "textures", lambda file, pixels: np.array([float(file)]))
    whos = ["n0001", "n0002", "n0003", "cB"]
    stretches = [Stretch("any", who, True, {}, np.zeros((1, 64, 64, 3), np.uint8)) for who in whos]
    found = judging.rows(stretches, [b"0", b"1", b"2"])
    assert [one.cues["texture"] for one in found] == [0.0, 1.0, 2.0, 1.0]


def test_a_network_learns_from_the_other_folds_and_those_that_nobody_judges(
    few: Faces, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = crops.made(few, SMALL)
    taught: list[int] = []

    def train(pixels: np.ndarray, live: np.ndarray, weights: np.ndarray, epochs: int) -> None:
        taught.append(len(pixels))
        assert len(pixels) == len(live) == len(weights)
        assert weights.min() > 0

    monkeypatch.setattr(judging.network, "train", train)
    monkeypatch.setattr(judging.network, "as_onnx", lambda model: b"")
    for of in (None, 0, 1, 2):
        judging.trained(made, of, 1)
    held_out = [int((made.folds == of).sum()) for of in range(FOLDS)]
    assert taught == [len(made.live), *(len(made.live) - count for count in held_out)]
    assert (made.folds == TAUGHT_ONLY).sum() == (made.sources == "demo").sum() > 0
    assert all(held_out)


def test_crops_are_of_both_sorts_and_always_the_same(few: Faces) -> None:
    first, again = crops.made(few, SMALL), crops.made(few, SMALL)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.pixels.shape[1:] == (64, 64, 3)
    of = {source: first.live[first.sources == source] for source in ("nuaa", "lfw", "webcam", "demo")}
    # NUAA as it is; a portrait by another camera and held up; frames also as they are. One frame in 8.
    assert [len(of[source]) for source in of] == [2, 6, 9, 3]
    assert [int(of[source].sum()) for source in of] == [1, 3, 6, 2]
    # Drawn clips are judged, so nothing is cut from them.
    assert len(first.live) == 20


def test_each_source_counts_as_much_in_both_sorts(few: Faces) -> None:
    made = crops.made(few, SMALL)
    used = made.sources != "demo"
    weights = made.weights(used)
    assert weights[~used].sum() == 0
    sums = [
        weights[(made.sources == source) & (made.live == live)].sum()
        for source in ("nuaa", "lfw", "webcam")
        for live in (True, False)
    ]
    assert np.allclose(sums, used.sum() / 6)


def test_crops_need_rooms_to_hold_things_up_in(few: Faces) -> None:
    with pytest.raises(ValueError, match="portraits"):
        crops.made(few, replace(SMALL, taught=5))


@pytest.mark.parametrize("name", list(SIGNS))
def test_a_cue_that_says_the_contrary_of_its_meaning_weighs_nothing(name: str) -> None:
    fitted = judging.fitted(rows(against=name))
    assert fitted.weights[name][2] == 0
    for other, (_, _, weight) in fitted.weights.items():
        assert weight * SIGNS[other] >= 0
        assert other == name or weight != 0


def test_limits_are_those_that_are_shipped_and_reach_what_is_written() -> None:
    shipped = fitting.as_json(model())["thresholds"]
    assert {name: shipped[name] for name in judging.LIMITS} == judging.LIMITS
    written = fitting.as_json(judging.fitted(rows()))
    assert written["thresholds"].keys() == shipped.keys()
    assert {name: written["thresholds"][name] for name in judging.LIMITS} == judging.LIMITS
    assert written["cues"].keys() == fitting.as_json(model())["cues"].keys()


def test_the_table_counts_what_is_accepted() -> None:
    one, other = rows()[0], rows()[-1]
    told = judging.table([(one, True), (other, False), (one, False)])
    assert [line.split() for line in told.splitlines()] == [
        ["print", "0", "of", "1"],
        ["skin", "1", "of", "2"],
    ]


def test_a_visit_is_judged_after_every_frame_by_what_has_not_seen_who_comes(
    few: Faces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits.passive, "cues_of", lambda seen: {"frames": float(len(seen)), "texture": 9.0})
    made = visits.made(few)
    assert [(one.kind, one.who, len(one.cues)) for one in made] == [
        ("webcam clip", "cB", 2),  # five frames of seventeen, the first verdict after four
        ("demo clip", "dsome", 6),
    ]
    asked: list[tuple[str, float]] = []

    def accepted(row: Row, model: object) -> bool:
        asked.append((str(model), row.cues["texture"]))
        return row.kind == "webcam clip" and row.cues["texture"] == 2.0

    monkeypatch.setattr(visits, "accepted", accepted)
    monkeypatch.setattr(judging, "textures", lambda file, pixels: np.arange(float(len(pixels))))
    folds = [b"0", b"1", b"2"]
    told = visits.judged(made, folds, [str(number) for number in range(FOLDS)])  # type: ignore[arg-type]
    assert told.splitlines()[0].endswith("1 of    1 visits, half of them by frame 5")
    assert told.splitlines()[1].endswith("0 of    1 visits")
    assert asked[:2] == [("1", 1.5), ("1", 2.0)], "the mean of the frames so far"


def test_files_of_nuaa_tell_session_and_number() -> None:
    told = faces.NUAA.fullmatch("0001_00_00_01_105.jpg")
    assert told
    assert (told["who"], told["session"], int(told["number"])) == ("0001", "0001_00_00_01", 105)
