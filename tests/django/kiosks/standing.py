"""Somebody made of numbers before a kiosk: no network runs, so each test says what would be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock
from uuid import UUID

import numpy as np
import pytest

from faceroster import vision
from faceroster.kiosks import judging
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.services import Visit, visit_decide
from recognition.gallery import Gallery
from recognition.liveness import Observation, observe
from recognition.scoring import NearestTemplate
from recognition.types import Analysis, Box, Embedding, Face, Quality

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MODEL = "net@1"
#: A cosine of .90 accepts, .91 does so clearly; frames of one human have .75 at least.
SCORER = NearestTemplate(accept=0.90, margin=0.01, verify=float(np.sqrt(2 - 2 * 0.75)))
HERE = (250.0, 150.0, 140.0, 170.0)
_IMAGE = np.zeros((480, 640, 3), np.uint8)
_LANDMARKS = np.array([[290, 210], [350, 210], [320, 250], [295, 280], [345, 280]], np.float32)


def direction(number: int) -> vision.Floats:
    """The face of human ``number``, float32 (128,)."""
    return np.eye(128, dtype=np.float32)[number]


def like(number: int, cosine: float, away: int = 0) -> vision.Floats:
    """A face at this cosine to human ``number``'s; ``away`` numbers where the rest of it points."""
    vector = cosine * direction(number)
    vector[60 + away] = np.sqrt(1 - cosine**2)
    return vector.astype(np.float32)


#: What the library in its place always asks for.
STEPS = ("left", "right", "nearer")


@dataclass
class Library:
    """In place of the liveness library: says what the test wants it to say."""

    verdict: str = "live"
    score: float = 5.0
    codes: tuple[str, ...] = ()
    refuse: str | None = None
    assessed: int = 0
    seen: list[Observation] = field(default_factory=list)
    avoided: list[tuple[str, ...]] = field(default_factory=list)

    def assess(self, observations: Sequence[Observation]) -> Any:
        self.assessed = len(observations)
        return SimpleNamespace(
            verdict=self.verdict, score=self.score, codes=self.codes, cues={"planarity": 0.0123456}
        )

    def begin(self, at: float, *, avoid: list[tuple[str, ...]]) -> dict[str, Any]:
        self.avoided = avoid
        return {"prompt": "straight", "step": 0, "verdict": None, "code": None, "steps": list(STEPS)}

    def advance(self, state: dict[str, Any], observation: Observation) -> dict[str, Any]:
        """Each frame is the right answer to one prompt: straight, then three steps."""
        self.seen.append(observation)
        if self.refuse:
            return {**state, "verdict": "refused", "code": self.refuse}
        step = state["step"] if state["prompt"] == "straight" else state["step"] + 1
        if step == 3:
            return {**state, "step": 3, "verdict": "passed"}
        return {**state, "step": step, "prompt": STEPS[step]}

    def progress(self, state: dict[str, Any]) -> vision.Progress:
        return vision.Progress(*(state[name] for name in vision.Progress._fields))


@dataclass
class Door:
    """A kiosk, a clock, and who stands there."""

    kiosk: Kiosk
    freeze: Callable[[datetime], None]
    library: Library
    known: Gallery
    now: float = 0.0
    faces: list[Analysis] = field(default_factory=list)

    def stand(
        self,
        *vectors: vision.Floats,
        quality: float = 0.8,
        boxes: Sequence[Any] = (HERE, (480, 160, 130, 150)),
    ) -> None:
        self.faces = [
            Analysis(Face(Box(*box), _LANDMARKS, 0.99), Quality(quality), Embedding(vector, MODEL))
            for vector, box in zip(vectors, boxes, strict=False)
        ]

    def frame(
        self, *, after: float = 0.2, challenge: str = "", late: float = 0.0, kiosk: Any = None
    ) -> Visit:
        """The next frame, ``after`` seconds, looked at ``late`` seconds after it came."""
        self.now += after
        received = START + timedelta(seconds=self.now)
        self.freeze(received + timedelta(seconds=late))
        return visit_decide(
            kiosk=kiosk or self.kiosk, frame=b"jpeg", received=received.timestamp(), challenge=challenge
        )

    def frames(self, count: int) -> list[str]:
        return [self.frame().state.value for _ in range(count)]

    def answer(self, visit: Visit, number: int) -> Visit:
        """The next frame, as an answer to the challenge of ``visit``."""
        assert visit.challenge is not None
        return self.frame(challenge=f"{visit.challenge['nonce']} {number}")


def make_door(
    kiosk: Kiosk, freeze: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch, people: Sequence[UUID]
) -> Door:
    """``people``: whom the gallery knows; the first is human 0."""
    known = Gallery(dimension=128, model=MODEL, scorer=SCORER)
    known.add([(i + 1, str(person), direction(i)) for i, person in enumerate(people)])
    library = Library()
    door = Door(kiosk, freeze, library, known)

    @contextmanager
    def synced(model: str) -> Iterator[tuple[Gallery, int]]:
        yield known, 7

    engine = mock.Mock()
    engine.analyse = lambda images, largest: [list(door.faces)]
    for name, what in {
        "rotate": lambda vectors: vectors,
        "policy": lambda gallery: gallery.policy(),
        "decode_frame": lambda data: _IMAGE,
        "engine": lambda: engine,
        "observe_face": lambda image, face, at, cues=True: observe(image, face, at),
        "assess_liveness": library.assess,
        "liveness_clear": lambda: 8.0,
        "challenge_begin": library.begin,
        "challenge_advance": library.advance,
        "challenge_progress": library.progress,
    }.items():
        monkeypatch.setattr(vision, name, what)
    monkeypatch.setattr(judging.gallery, "synced", synced)
    return door
