"""A site whose law allows it, a worker at hand, and a network that says what a test wants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from unittest import mock

import numpy as np
import pytest

from faceroster import jobs, vision
from faceroster.emotions.services import face_follow_up, face_read, tagging_switch
from faceroster.people.models import Person, Site
from faceroster.trust.models import User
from recognition.types import Box

DAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)  # in New York
ENDS_AT = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)  # 04:00 there
WHY = "A study of the entrance, agreed with the staff"
FRAME = np.full((480, 640, 3), 120, np.uint8)
FACE = vision.Face(
    box=Box(200, 120, 160, 200),
    landmarks=np.array([[240, 200], [320, 200], [280, 240], [250, 280], [310, 280]], np.float32),
    confidence=0.99,
)


@pytest.fixture
def allowed(settings: Any) -> None:
    """The installation declares that its law allows it."""
    settings.FACEROSTER = {**settings.FACEROSTER, "EMOTION_REGION": "other"}


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(name="Harbour", timezone="America/New_York")


@pytest.fixture
def switch(admin_user: User) -> Callable[..., Any]:
    """``switch(site)`` switches it on, ``switch(site, on=False)`` off."""

    def to(site: Site, on: bool = True, **kwargs: Any) -> Any:
        given = {"user": admin_user, "reason": WHY, "region": "other", "confirmed": True, **kwargs}
        return tagging_switch(site=site, on=on, **given)

    return to


@pytest.fixture
def on(allowed: None, site: Site, switch: Callable[..., Any], freeze: Callable[[datetime], None]) -> Site:
    """A site where it is on; it is noon."""
    freeze(NOON)
    switch(site)
    return site


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """What is enqueued of emotions, as (task, arguments), instead of being sent."""
    messages: list[tuple[str, tuple[Any, ...]]] = []
    send = jobs.enqueue

    def enqueue(task: str, *args: Any) -> None:
        if task.startswith("emotions."):
            messages.append((task, args))
        else:  # such as the day that is to be computed
            send(task, *args)

    monkeypatch.setattr(jobs, "enqueue", enqueue)
    return messages


@pytest.fixture
def network() -> Any:
    """Stands in for the network: ``network.return_value`` is what it says. Counts its calls."""
    with mock.patch.object(vision, "emotion_of", return_value="happy") as stand_in:
        yield stand_in


@pytest.fixture
def punched(sent: list[Any], network: Any) -> Callable[..., bool]:
    """``punched(site, person, "sad")``: someone punched, and the worker has done its part."""

    def read(site: Site, person: Person, label: str | None = "happy", day: date = DAY) -> bool:
        sent.clear()
        face_follow_up(site=site, person_id=person.pk, day=day, ends_at=ENDS_AT, image=FRAME, face=FACE)
        network.return_value = label
        [(_, (probe_id,))] = sent
        return face_read(probe_id=probe_id)

    return read
