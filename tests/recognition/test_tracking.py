"""Tracking without networks: textured squares walk over a wall, a stand-in engine "finds" them.

A square's vector is its person; its quality is what the script says. The pixels are real, so what
happens between two searches is the real following.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
import pytest

from recognition.gallery import Candidate
from recognition.identify import Decision, Identification
from recognition.tracking import Event, Journal, Track, Tracker, TrackingConfig, Update
from recognition.tracking.matching import match, overlap
from recognition.tracking.track import View, fused
from recognition.types import Analysis, Box, Embedding, Face, Floats, Image, Quality

ANN, BEA, STRANGER = 0, 1, 2
NAMES = {ANN: "Ann", BEA: "Bea"}
#: Where someone's left upper corner is at a frame, ``None`` while out of view.
Path = Callable[[int], tuple[float, float] | None]


@lru_cache
def texture(seed: int, height: int, width: int) -> Image:
    noise = np.random.default_rng(seed).normal(0, 1, (height, width, 3))
    soft = cv2.GaussianBlur(noise, (0, 0), 2.5)
    return np.clip(128 + 45 * soft / soft.std(), 0, 255).astype(np.uint8)


WALL = texture(99, 240, 480)


def vector(person: int) -> Floats:
    return np.eye(8, dtype=np.float32)[person]


def face_at(x: float, y: float, side: float = 60, confidence: float = 0.99) -> Face:
    marks = np.array([[0.3, 0.35], [0.7, 0.35], [0.5, 0.55], [0.35, 0.75], [0.65, 0.75]], np.float32)
    corner = np.array([x, y], np.float32)
    return Face(Box(x, y, side, side), (corner + side * marks).astype(np.float32), confidence)


@dataclass
class Actor:
    """Someone: where, who, how well seen, and whether the detector overlooks them, by frame."""

    path: Path
    person: Callable[[int], int] = lambda frame: ANN
    quality: Callable[[int], float] = lambda frame: 0.7
    acceptable: Callable[[int], bool] = lambda frame: True
    overlooked: Callable[[int], bool] = lambda frame: False


@dataclass
class World:
    """Draws the frames, and is the engine and the gallery that see them."""

    actors: list[Actor]
    now: int = -1
    searches: list[int] = field(default_factory=list)
    embedded: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    def draw(self) -> Image:
        self.now += 1
        picture = WALL.copy()
        for actor in self.actors:
            place = actor.path(self.now)
            if place is not None:
                skin = texture(actor.person(self.now), 60, 60)
                x, y = (round(value) for value in place)
                picture[y : y + 60, x : x + 60] = skin
        return picture

    def analyse(
        self, images: Sequence[Image], *, embed: bool = True, largest: int | None = None
    ) -> list[list[Analysis]]:
        assert not embed
        self.searches.append(self.now)
        found = []
        for actor in self.actors:
            place = actor.path(self.now)
            if place is not None and not actor.overlooked(self.now):
                codes = () if actor.acceptable(self.now) else ("face.blurred",)
                quality = Quality(actor.quality(self.now), codes)
                found.append(Analysis(face_at(*map(round, place)), quality))
        return [found]

    def embed(self, image: Image, faces: Sequence[Face]) -> list[Embedding]:
        self.embedded += [self.now] * len(faces)
        return [Embedding(vector(self._who(face)), "world@1") for face in faces]

    def _who(self, face: Face) -> int:
        [person] = [
            actor.person(self.now)
            for actor in self.actors
            if (place := actor.path(self.now)) is not None
            and np.hypot(place[0] - face.box.x, place[1] - face.box.y) < 5
        ]
        return person

    def identify(self, faces: Sequence[Sequence[View]]) -> list[Identification]:
        self.asked.append(len(faces))
        return [self._decide(fused(views)) for views in faces]

    @staticmethod
    def _decide(one: Floats) -> Identification:
        candidates = tuple(
            sorted(
                (Candidate(name, float(one @ vector(person)), 0.0, 1) for person, name in NAMES.items()),
                key=lambda candidate: -candidate.score,
            )
        )
        accepted = candidates[0].score > 0.8
        decision = Decision.ACCEPTED if accepted else Decision.UNKNOWN
        return Identification(decision, candidates[0].person if accepted else None, candidates, 0.8, 0.0)


def play(world: World, frames: int, config: TrackingConfig | None = None) -> list[Update]:
    tracker = Tracker(world, world.identify, config or TrackingConfig())
    return [tracker.update(world.draw()) for _ in range(frames)]


def walk(frame: int) -> tuple[float, float]:
    return 40 + 3.0 * frame, 80.0


def stand(frame: int) -> tuple[float, float]:
    return 200.0, 80.0


def people(update: Update) -> list[str | None]:
    return [track.person for track in update.tracks]


def test_one_who_walks_is_searched_for_seldom_and_embedded_once() -> None:
    world = World([Actor(walk)])
    updates = play(world, 60)
    assert world.searches == list(range(0, 60, 5))
    assert world.embedded == [5]
    assert [update.frame for update in updates if update.searched] == world.searches
    assert sum(update.embedded for update in updates) == 1
    assert {track.id for update in updates for track in update.tracks} == {1}
    assert all(people(update) == ["Ann"] for update in updates[5:])
    for frame, update in enumerate(updates[5:], 5):
        [track] = update.tracks
        truth = face_at(*walk(frame))
        assert np.abs(track.face.landmarks - truth.landmarks).max() < 0.05 * truth.eye_distance
        assert track.age == frame


def test_nothing_is_followed_where_nobody_is() -> None:
    world = World([])
    updates = play(world, 12)
    assert world.searches == [0, 5, 10]
    assert not any(update.tracks or update.ended for update in updates)
    assert world.asked == []


def test_a_face_that_is_lost_is_searched_for_at_once() -> None:
    world = World([Actor(lambda frame: (100.0, 80.0) if frame < 7 else (300.0, 80.0))])
    updates = play(world, 9)
    assert world.searches == [0, 5, 7]
    assert updates[7].searched


def test_fast_motion_is_not_left_to_the_pixels_alone() -> None:
    world = World([Actor(lambda frame: (40.0 + 14.0 * max(0, frame - 8), 80.0))])
    play(world, 20)
    assert world.searches[:2] == [0, 5]
    assert set(range(10, 20)) <= set(world.searches)


def test_one_who_was_covered_comes_back_as_the_same_and_is_checked() -> None:
    world = World([Actor(lambda frame: None if 12 <= frame < 20 else stand(frame))])
    updates = play(world, 40)
    assert {track.id for update in updates for track in update.tracks} == {1}
    assert not any(update.ended for update in updates)
    assert not any(update.tracks for update in updates[12:20])
    assert len(world.embedded) == 2
    assert world.embedded[1] >= 20
    assert people(updates[-1]) == ["Ann"]


def test_no_name_is_kept_while_it_is_uncertain_who_came_back() -> None:
    world = World(
        [Actor(lambda frame: None if 12 <= frame < 20 else stand(frame), acceptable=lambda frame: frame < 20)]
    )
    updates = play(world, 40)
    assert people(updates[11]) == ["Ann"]
    assert people(updates[-1]) == [None]
    assert len(world.embedded) == 1


def test_somebody_else_in_the_same_place_is_somebody_else() -> None:
    hidden = lambda frame: None if 12 <= frame < 20 else stand(frame)  # noqa: E731
    world = World([Actor(hidden, person=lambda frame: ANN if frame < 16 else BEA)])
    updates = play(world, 45)
    assert not any("Ann" in people(update) for update in updates[20:])
    assert people(updates[-1]) == ["Bea"]
    assert updates[-1].tracks[0].id != 1
    assert [track.id for update in updates for track in update.ended] == [1]


def test_a_swap_that_no_pixel_showed_is_found_by_the_regular_check() -> None:
    # The texture is Ann's throughout; only the networks see the difference.
    class Masked(World):
        def draw(self) -> Image:
            kept = self.actors[0].person
            self.actors[0].person = lambda frame: ANN
            picture = super().draw()
            self.actors[0].person = kept
            return picture

    world = Masked([Actor(stand, person=lambda frame: ANN if frame < 30 else BEA)])
    updates = play(world, 80, TrackingConfig(recheck=40))
    assert people(updates[44]) == ["Ann"]
    assert people(updates[46]) == [None]
    assert people(updates[-1]) == ["Bea"]
    assert world.embedded == [5, 45, 50]


def test_one_strange_look_does_not_end_a_track() -> None:
    strange = lambda frame: STRANGER if frame == 45 else ANN  # noqa: E731
    world = World([Actor(stand, person=strange)])
    updates = play(world, 70, TrackingConfig(recheck=40, jump=5.0))
    assert people(updates[-1]) == ["Ann"]
    assert {track.id for update in updates for track in update.tracks} == {1}


def test_how_far_apart_one_face_may_look_is_a_setting() -> None:
    # Any two of this world's people are 1.41 apart.
    hidden = lambda frame: None if 12 <= frame < 20 else stand(frame)  # noqa: E731
    world = World([Actor(hidden, person=lambda frame: ANN if frame < 16 else BEA)])
    for same, faces in ((1.5, {1}), (1.4, {1, 2})):
        world.now = -1
        tracker = Tracker(world, None, TrackingConfig(same=same))
        seen = {track.id for _ in range(45) for track in tracker.update(world.draw()).tracks}
        assert seen == faces


def test_one_who_looks_alike_but_has_another_name_is_somebody_else() -> None:
    hidden = lambda frame: None if 12 <= frame < 20 else stand(frame)  # noqa: E731
    world = World([Actor(hidden, person=lambda frame: ANN if frame < 16 else BEA)])
    updates = play(world, 45, TrackingConfig(same=1.5))
    assert people(updates[11]) == ["Ann"]
    assert not any("Ann" in people(update) for update in updates[20:])
    assert people(updates[-1]) == ["Bea"]


def test_only_a_clearly_better_look_is_embedded() -> None:
    levels = {0: 0.5, 20: 0.53, 30: 0.75, 40: 0.78, 50: 0.9, 60: 1.0}
    world = World([Actor(stand, quality=lambda frame: levels[max(f for f in levels if f <= frame)])])
    updates = play(world, 75)
    assert world.embedded == [5, 30, 50, 60]
    [track] = updates[-1].tracks
    assert [view.quality for view in track.views] == [1.0, 0.9, 0.75]
    assert [view.frame for view in track.views] == [60, 50, 30]


def test_a_stranger_is_looked_at_a_few_times_only() -> None:
    world = World([Actor(stand, person=lambda frame: STRANGER)])
    updates = play(world, 80)
    assert world.embedded == [5, 15, 25]
    assert people(updates[-1]) == [None]
    assert updates[-1].tracks[0].identity is not None


def test_a_poor_look_is_not_embedded() -> None:
    world = World([Actor(stand, acceptable=lambda frame: frame >= 20)])
    play(world, 30)
    assert world.embedded == [20]


def test_what_was_found_once_only_is_nobody() -> None:
    world = World([Actor(stand, overlooked=lambda frame: frame > 0)])
    updates = play(world, 20)
    assert not any(update.tracks or update.ended for update in updates)
    assert world.embedded == []


def test_a_face_that_the_search_overlooks_twice_stays_and_then_goes() -> None:
    world = World([Actor(stand, overlooked=lambda frame: frame > 12)])
    updates = play(world, 40)
    assert [bool(update.tracks) for update in updates[20:26]] == [True] * 5 + [False]
    assert [update.frame for update in updates if update.ended] == [25]


def test_people_in_one_picture_are_decided_on_together() -> None:
    world = World([Actor(lambda frame: (60.0, 80.0)), Actor(lambda frame: (300.0, 80.0), lambda frame: BEA)])
    updates = play(world, 10)
    assert people(updates[-1]) == ["Ann", "Bea"]
    assert world.asked == [2]


def test_two_who_pass_each_other_keep_their_names() -> None:
    world = World(
        [
            Actor(lambda frame: (40.0 + 4 * frame, 40.0)),
            Actor(lambda frame: (360.0 - 4 * frame, 105.0), lambda frame: BEA),
        ]
    )
    updates = play(world, 75)
    for update in updates[5:]:
        assert [(track.id, track.person) for track in update.tracks] == [(1, "Ann"), (2, "Bea")]


def test_another_picture_size_starts_with_a_search() -> None:
    world = World([Actor(stand)])
    tracker = Tracker(world, world.identify)
    for _ in range(7):
        tracker.update(world.draw())
    wide = np.pad(world.draw(), ((0, 20), (0, 0), (0, 0)))
    update = tracker.update(wide)
    assert update.searched
    assert [track.id for track in update.tracks] == [1]


def test_nobody_is_named_without_a_gallery() -> None:
    world = World([Actor(stand)])
    tracker = Tracker(world)
    for _ in range(10):
        update = tracker.update(world.draw())
    [track] = update.tracks
    assert track.identity is None
    assert len(track.views) == 1
    assert [left.id for left in tracker.finish()] == [1]
    assert tracker.finish() == ()


def test_matching_prefers_the_nearest_altogether_and_those_in_view() -> None:
    tracks = [
        Track(1, face_at(100, 80), 0),
        Track(2, face_at(130, 80), 0),
        Track(3, face_at(60, 80), 0, away=3),
    ]
    # Greedy would give 115 to track 1 or 2 at random and 85 to the other; in view comes first.
    assert match(tracks, [face_at(118, 80), face_at(88, 80)]) == [(0, 1), (1, 0)]
    assert match(tracks, [face_at(102, 80), face_at(131, 80), face_at(80, 80)]) == [(0, 0), (1, 1), (2, 2)]
    assert match(tracks, [face_at(300, 80)]) == []
    assert match([], [face_at(0, 0)]) == []
    assert match(tracks, []) == []


def test_one_of_another_size_does_not_come_back() -> None:
    away = [Track(3, face_at(60, 80), 0, away=3)]
    assert match(away, [face_at(60, 80, side=150)]) == []
    assert match(away, [face_at(60, 80, side=75)]) == [(0, 0)]


def test_overlap_of_boxes() -> None:
    box = Box(0, 0, 10, 10)
    assert overlap(box, box) == 1
    assert overlap(box, Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert overlap(box, Box(20, 20, 5, 5)) == 0


def test_views_are_fused_by_quality() -> None:
    one = fused([View(vector(0), 0.9, 0), View(vector(1), 0.3, 1)])
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-6)
    assert one[0] / one[1] == pytest.approx(3, rel=1e-5)
    opposite = fused([View(vector(0), 0.5, 0), View(-vector(0), 0.5, 1)])
    np.testing.assert_array_equal(opposite, vector(0))


@pytest.mark.parametrize(
    "wrong", [{"every": 0}, {"views": 0}, {"patience": -1}, {"hurry": float("nan")}, {"confirm": 0}]
)
def test_senseless_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="tracking configuration"):
        TrackingConfig(**wrong)  # type: ignore[arg-type]


def events(world: World, frames: int) -> list[tuple[str, int, str | None]]:
    tracker, journal = Tracker(world, world.identify), Journal()
    told: list[Event] = []
    for _ in range(frames):
        told += journal.update(tracker.update(world.draw()))
    told += journal.finish(tracker.finish(), world.now)
    return [(event.kind, event.frame, event.person) for event in told]


def test_who_came_and_left_is_told_once() -> None:
    world = World([Actor(lambda frame: stand(frame) if 10 <= frame < 40 else None)])
    assert events(world, 70) == [("came", 15, "Ann"), ("left", 39, "Ann")]


def test_a_short_cover_is_no_leave() -> None:
    world = World([Actor(lambda frame: None if 12 <= frame < 20 else stand(frame))])
    assert events(world, 40) == [("came", 5, "Ann"), ("stayed", 39, "Ann")]


def test_one_who_went_just_before_the_end_has_left() -> None:
    world = World([Actor(lambda frame: stand(frame) if frame < 25 else None)])
    assert events(world, 30) == [("came", 5, "Ann"), ("left", 24, "Ann")]


def test_a_stranger_is_told_of_after_a_while_and_named_when_recognised() -> None:
    world = World(
        [Actor(stand, lambda frame: STRANGER), Actor(lambda frame: (60.0, 80.0), lambda frame: STRANGER)]
    )
    world.actors[1].acceptable = lambda frame: frame >= 30
    world.actors[1].person = lambda frame: ANN
    assert events(world, 50) == [
        ("came", 15, None),
        ("came", 15, None),
        ("named", 30, "Ann"),
        ("stayed", 49, None),
        ("stayed", 49, "Ann"),
    ]


def test_a_stranger_who_only_passes_is_not_told_of() -> None:
    world = World([Actor(lambda frame: stand(frame) if frame < 12 else None, lambda frame: STRANGER)])
    assert events(world, 40) == []
