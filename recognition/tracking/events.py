"""Who came into view and who left, told once, out of what a tracker says frame by frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from recognition.tracking.track import Track
from recognition.tracking.tracker import Update

CAME, NAMED, LEFT, STAYED = "came", "named", "left", "stayed"


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth telling. ``frame``: when it was so; a leave is only known a little later.

    ``kind``: "came" into view, "named" (a face told of before turned out to be somebody else, or
    somebody after all), "left" or "stayed" (in view when the video ended). ``person``: ``None`` for a
    stranger. ``score``: of the decision, ``None`` when there was nobody to compare with. ``track``: the
    tracker's number of the face.
    """

    kind: str
    frame: int
    track: int
    person: str | None
    score: float | None


class Journal:
    """Turns updates into events. A person with several tracks, one after the other, came once.

    ``settle``: frames for which a face must be in view before it is called a stranger's; who is
    recognised is told at once.
    """

    def __init__(self, settle: int = 15) -> None:
        self.settle = settle
        self._told: dict[int, str | None] = {}

    def update(self, update: Update) -> list[Event]:
        """What one frame brought, arrivals first."""
        events = [event for track in update.tracks for event in self._seen(track, update.frame)]
        return events + [event for track in update.ended for event in self._gone(track, update.frame, LEFT)]

    def finish(self, rest: Iterable[Track], frame: int) -> list[Event]:
        """What became of the tracks that were left when the video ended, at this frame."""
        return [event for track in rest for event in self._gone(track, frame, LEFT if track.away else STAYED)]

    def _gone(self, track: Track, frame: int, kind: str) -> list[Event]:
        if track.id not in self._told:
            return []
        person = self._told.pop(track.id)
        if person is not None and person in self._told.values():
            return []
        return [Event(kind, frame - track.away, track.id, person, None)]

    def _seen(self, track: Track, frame: int) -> list[Event]:
        person, new = track.person, track.id not in self._told
        if track.doubt or (new and person is None and track.age < self.settle):
            return []
        if not new and self._told[track.id] == person:
            return []
        already = person is not None and person in self._told.values()
        self._told[track.id] = person
        if new and already:
            return []
        return [Event(CAME if new else NAMED, frame, track.id, person, _score(track))]


def _score(track: Track) -> float | None:
    found = track.identity
    return found.candidates[0].score if found is not None and found.candidates else None
