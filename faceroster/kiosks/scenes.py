"""One frame while it is looked at, and what it came to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone

from faceroster import vision
from faceroster.kiosks.messages import State, message_of
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.kiosks.records import site_of
from faceroster.people.models import Person, Site

#: The code of a frame that was no longer fresh, or not the newest, once it was looked at.
LATE = "frame.late"
#: A second face counts as standing there too when it is this wide beside the first, and this central.
_BESIDE, _CENTRAL = 0.6, 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The frame, RGB uint8, and the main face in it. In memory only."""

    image: vision.Image
    face: vision.Face


@dataclass(frozen=True, slots=True)
class Visit:
    """What one frame came to.

    ``decision`` is there once enough frames agree, and is the same row for all frames of a visit;
    ``person`` is set only when it is an acceptance. ``faces``: see :func:`visit_answer`.
    ``frame``: width and height that boxes and landmarks refer to. ``timings``: ms by stage. ``look``: what
    was judged, if a face was. ``challenge``: what is asked, ``pin``: the ticket that takes a PIN, both as the
    page gets them.
    """

    state: State
    message: str
    frame: tuple[int, int]
    decision: Decision | None = None
    person: Person | None = None
    faces: list[dict[str, Any]] = field(default_factory=list)
    codes: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    look: Look | None = field(default=None, repr=False)
    challenge: dict[str, Any] | None = None
    pin: dict[str, Any] | None = None


class Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self._start = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.ms[name] = round(self.ms.get(name, 0.0) + (time.perf_counter() - start) * 1000, 2)

    def total(self) -> dict[str, float]:
        return {**self.ms, "total": round((time.perf_counter() - self._start) * 1000, 2)}


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A kiosk's frame, the faces in it (the main one first), and when it came, in seconds since 1970."""

    kiosk: Kiosk
    image: vision.Image
    faces: list[vision.Analysis]
    at: float
    watch: Stopwatch

    @property
    def site(self) -> Site:
        return site_of(self.kiosk)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.image.shape[1], self.image.shape[0]

    def look(self) -> Look | None:
        return Look(self.image, self.faces[0].face) if self.faces else None

    def beside(self) -> vision.Analysis | None:
        """Another face that may be meant as well; None when it is in the background or at the edge."""
        if len(self.faces) < 2:
            return None
        main, other = self.faces[:2]
        width, height = self.size
        x, y = other.face.box.center
        central = abs(x - width / 2) <= _CENTRAL * width / 2 and abs(y - height / 2) <= _CENTRAL * height / 2
        near = other.face.box.w >= _BESIDE * main.face.box.w
        return other if near and central and not other.quality.codes else None

    def is_late(self) -> bool:
        """Whether the frame is too old by now to let anybody in for it: they may have gone."""
        longest: float = settings.FACEROSTER["FRAME_FRESH_SECONDS"]
        return timezone.now().timestamp() - self.at > longest

    def says(
        self, state: State, codes: tuple[str, ...] = (), *, person: Person | None = None, **more: Any
    ) -> Visit:
        """The answer to this frame. Only the main face, and only with a ``person``, bears a name."""
        more.setdefault("message", message_of(state, codes))
        return Visit(
            state,
            frame=self.size,
            person=person,
            faces=_drawn(self.faces, label=person.name if person else None),
            codes=codes,
            timings=self.watch.total(),
            **more,
        )


def _drawn(faces: list[vision.Analysis], label: str | None = None) -> list[dict[str, Any]]:
    """What the page draws. Only the main face (the first) may bear a name."""
    return [
        {
            "box": [round(float(side), 1) for side in found.face.box],
            "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in found.face.landmarks],
            "main": i == 0,
            "label": label if i == 0 else None,
        }
        for i, found in enumerate(faces)
    ]
