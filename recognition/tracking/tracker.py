"""Faces through a video: found now and then, followed in between, embedded as rarely as possible.

Searching a whole picture costs several times what following a face costs, and embedding every face
of every frame tells little that the best few do not. So a picture is searched every few frames, and
at once when a face is lost or moves fast; a face is embedded when there is nothing of it yet or this
look is clearly better; and its identity stays with it for as long as it is surely the same face.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from recognition.identify import Identification, verify
from recognition.tracking.flow import follow
from recognition.tracking.matching import deviation, match
from recognition.tracking.track import DEFAULT, Track, TrackingConfig, View, fused, with_view
from recognition.types import Analysis, Embedding, Face, Image

#: From the views of each face in one picture to a decision on each, all at once: so it can see to it
#: that nobody is named twice.
Identify = Callable[[Sequence[Sequence[View]]], Sequence[Identification]]


class Engine(Protocol):
    """What tracking needs of :class:`recognition.engine.FaceEngine`."""

    def analyse(
        self, images: Sequence[Image], *, embed: bool = True, largest: int | None = None
    ) -> list[list[Analysis]]: ...

    def embed(self, image: Image, faces: Sequence[Face]) -> list[Embedding]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """One frame's outcome. ``tracks``: faces in view that count as somebody. ``ended``: those that
    counted and are gone since this frame. ``searched``: whether the whole picture was searched.
    ``embedded``: how many faces were embedded.
    """

    frame: int
    tracks: tuple[Track, ...]
    ended: tuple[Track, ...]
    searched: bool
    embedded: int


class Tracker:
    """Follows the faces of one video. Not for several threads; make one for each video.

    ``identify`` may be ``None``: then faces are followed and embedded, but nobody is named.
    """

    def __init__(
        self, engine: Engine, identify: Identify | None = None, config: TrackingConfig = DEFAULT
    ) -> None:
        self.config = config
        self._engine = engine
        self._identify = identify
        self._tracks: list[Track] = []
        self._frame = -1
        self._searched = -config.every
        self._last: Image | None = None
        self._next_id = 1

    def update(self, image: Image) -> Update:
        """Take the next frame, RGB uint8 (h, w, 3). Frames of one video may differ in size."""
        self._frame += 1
        hurried = self._follow(image)
        searched = hurried or self._frame - self._searched >= self.config.every
        before = [track for track in self._tracks if self._counts(track)]
        embedded = self._search(image) if searched else 0
        self._tracks = [track for track in self._tracks if self._lives(track)]
        self._last = image
        alive = {track.id for track in self._tracks}
        return Update(
            self._frame,
            tuple(track for track in self._tracks if self._counts(track) and not track.away),
            tuple(track for track in before if track.id not in alive),
            searched,
            embedded,
        )

    def finish(self) -> tuple[Track, ...]:
        """The faces that were still there, or expected back, at the video's end; forgets them."""
        rest = tuple(track for track in self._tracks if self._counts(track))
        self._tracks = []
        return rest

    def _follow(self, image: Image) -> bool:
        """Move every face on by a frame; whether something happened that asks for a search."""
        before = self._last if self._last is not None and self._last.shape == image.shape else None
        hurry, moved = False, []
        for old in self._tracks:
            track = replace(old, age=self._frame - old.first)
            step = None if before is None or old.away else follow(before, image, old.face)
            if step is not None:
                hurry |= step.motion >= self.config.hurry
                moved.append(replace(track, face=step.face))
            else:
                hurry |= not old.away
                moved.append(replace(track, away=old.away + 1))
        self._tracks = moved
        return hurry

    def _search(self, image: Image) -> int:
        """Search the picture, tell who is who, look closer where it pays; how many were embedded."""
        self._searched = self._frame
        found = self._engine.analyse([image], embed=False)[0]
        pairs = dict(match(self._tracks, [one.face for one in found]))
        looks = [(self._found(self._tracks[n], found[m].face), found[m]) for n, m in pairs.items()]
        looks += [(self._new(one.face), one) for m, one in enumerate(found) if m not in set(pairs.values())]
        # One who is away anyway is waited for, however often the picture is searched.
        overlooked = [
            replace(track, missed=track.missed + (not track.away))
            for n, track in enumerate(self._tracks)
            if n not in pairs
        ]
        tracks, embedded = self._look_closer(image, looks)
        self._tracks = sorted(tracks + overlooked, key=lambda track: track.id)
        if embedded:
            self._name()
        return embedded

    def _look_closer(self, image: Image, looks: Sequence[tuple[Track, Analysis]]) -> tuple[list[Track], int]:
        """Embed the faces of which a view is wanted; all tracks, and how many were embedded."""
        tracks = [track for track, _ in looks]
        wanted = [n for n, (track, look) in enumerate(looks) if self._wants_view(track, look)]
        vectors = self._engine.embed(image, [looks[n][1].face for n in wanted]) if wanted else []
        for n, embedding in zip(wanted, vectors, strict=True):
            tracks[n] = self._seen(tracks[n], View(embedding.vector, looks[n][1].quality.score, self._frame))
        return tracks, len(wanted)

    def _new(self, face: Face) -> Track:
        track = Track(self._next_id, face, self._frame)
        self._next_id += 1
        return track

    def _found(self, track: Track, face: Face) -> Track:
        came_back = track.away > 0 or track.missed > 0
        jumped = deviation(track.face, face) > self.config.jump
        doubt = max(track.doubt, int((came_back or jumped) and bool(track.views)))
        return replace(track, face=face, found=track.found + 1, missed=0, away=0, doubt=doubt)

    def _wants_view(self, track: Track, look: Analysis) -> bool:
        if not look.quality.acceptable or track.found < self.config.confirm:
            return False
        since = self._frame - track.checked
        if not track.views or track.doubt or since >= self.config.recheck:
            return True
        if look.quality.score >= track.views[0].quality + self.config.gain:
            return True
        return track.person is None and len(track.views) < self.config.views and since >= self.config.spacing

    def _seen(self, track: Track, view: View) -> Track:
        """Take a view into account: as one more of the same face, or as another's."""
        if not track.views or self._same(track, view):
            kept = with_view(track.views, view, self.config.views)
            return replace(track, views=kept, checked=self._frame, doubt=0)
        if track.doubt < 2:
            return replace(track, doubt=2, checked=self._frame)
        # Twice in a row: somebody else stands there.
        self._next_id += 1
        return Track(
            self._next_id - 1, track.face, self._frame, found=track.found, checked=self._frame, views=(view,)
        )

    def _same(self, track: Track, view: View) -> bool:
        """Whether a new view is of the same face: near enough to the others, and the same name first."""
        if not verify(view.vector, fused(track.views), self.config.same).same:
            return False
        if self._identify is None or not self.config.by_name:
            return True
        if track.identity is None or track.identity.person is None:
            return True
        [alone] = self._identify([(view,)])
        return alone.candidates[0].person == track.identity.person

    def _name(self) -> None:
        """Decide anew who everybody in view is, together."""
        known = [n for n, track in enumerate(self._tracks) if track.views and not track.away]
        if self._identify is None or not known:
            return
        found = self._identify([self._tracks[n].views for n in known])
        for n, identity in zip(known, found, strict=True):
            self._tracks[n] = replace(self._tracks[n], identity=identity)

    def _counts(self, track: Track) -> bool:
        return track.found >= self.config.confirm

    def _lives(self, track: Track) -> bool:
        if not self._counts(track):
            return not track.away and not track.missed
        return track.away <= self.config.patience and track.missed <= self.config.misses
