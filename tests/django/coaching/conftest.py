"""A kiosk, somebody to enroll there, and frames of a demo person who does what the coach says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from faceroster import jobs
from faceroster.coaching import looking, tickets
from faceroster.coaching.models import EnrolmentTicket
from faceroster.core.errors import FaceRosterError, WorkerError
from faceroster.enrollment.probes import probe_put
from faceroster.kiosks.models import Kiosk
from faceroster.people.models import Person, Site
from faceroster.trust.models import User
from tests.support.coached import poses_of
from tests.support.kiosks import paired_device
from workers import coach_tasks, tasks

Look = Callable[[bytes], dict[str, Any]]


@pytest.fixture(scope="session")
def poses(demo_folder: Path) -> dict[str, bytes]:
    """Frames of one who is on no roster, by slot."""
    return poses_of(demo_folder / "strangers" / "ellis-wintermoor")


@pytest.fixture
def make_kiosk(site: Site) -> Callable[[], tuple[Kiosk, Client]]:
    def make() -> tuple[Kiosk, Client]:
        return paired_device(site)

    return make


@pytest.fixture
def paired(make_kiosk: Callable[[], tuple[Kiosk, Client]]) -> tuple[Kiosk, Client]:
    return make_kiosk()


@pytest.fixture
def kiosk(paired: tuple[Kiosk, Client]) -> Kiosk:
    return paired[0]


@pytest.fixture
def tablet(paired: tuple[Kiosk, Client]) -> Client:
    """The kiosk's browser."""
    return paired[1]


@pytest.fixture
def ticket(kiosk: Kiosk, person: Person, staff_user: User) -> EnrolmentTicket:
    """A session that has begun."""
    _ticket, code = tickets.code_make(person=person, user=staff_user)
    return tickets.code_use(kiosk=kiosk, code=code)


@pytest.fixture
def look(kiosk: Kiosk, ticket: EnrolmentTicket) -> Look:
    """``look(jpeg)``: what the coach answers to a frame."""
    return lambda frame: looking.frame_look(
        kiosk_id=kiosk.pk, session=str(ticket.pk), probe_id=probe_put(frame)
    )


@pytest.fixture
def follow(look: Look, poses: dict[str, bytes]) -> Callable[[int], dict[str, Any]]:
    """``follow(3)``: do as the coach says until three shots are taken."""

    def until(count: int) -> dict[str, Any]:
        answer = look(poses["straight"])
        for _frame in range(4 * count):
            if sum(step["taken"] for step in answer["steps"]) >= count:
                return answer
            answer = look(poses[answer["step"]])
        raise AssertionError(f"the coach was not content: {answer}")

    return until


@pytest.fixture
def worker_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """``jobs.call`` does the worker's part here and now."""
    known: dict[str, Any] = {
        "identify.coach": coach_tasks.identify_coach,
        "identify.search": tasks.identify_search,
    }

    def ask(task: str, *args: Any, timeout: float) -> dict[str, Any]:
        answer: dict[str, Any] = known[task](*args)
        if error := answer.get("error"):
            raise WorkerError(error)
        return answer

    monkeypatch.setattr(jobs, "ask", ask)


@pytest.fixture
def code_of() -> Callable[[Callable[[], Any]], str]:
    """The code of the error that something ends in."""

    def of(work: Callable[[], Any]) -> str:
        with pytest.raises(FaceRosterError) as caught:
            work()
        return caught.value.code

    return of
