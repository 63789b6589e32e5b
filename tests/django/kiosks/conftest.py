"""A paired kiosk's browser, and a gallery of demo people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import translation

from faceroster import jobs
from faceroster.enrollment.models import PhotoSource
from faceroster.enrollment.probes import probe_take
from faceroster.enrollment.services import photo_add
from faceroster.kiosks.access import COOKIE
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.services import (
    Visitor,
    invitation_accept,
    kiosk_invitation,
    visit_answer,
    visit_decide,
)
from faceroster.people.models import Person, Site

#: Demo people's photos that enroll them; the others stand before the camera.
ENROLLED_WITH = (1, 2, 3)


@pytest.fixture
def paired(site: Site) -> tuple[Kiosk, Client]:
    """An active kiosk and a test client that holds its cookie."""
    visitor = Visitor(secret=None, address="192.0.2.7", user_agent="tablet")
    kiosk, secret = invitation_accept(token=kiosk_invitation(site), visitor=visitor)
    client = Client()
    client.cookies[COOKIE] = secret
    return kiosk, client


@pytest.fixture
def kiosk(paired: tuple[Kiosk, Client]) -> Kiosk:
    return paired[0]


@pytest.fixture
def browser_of_kiosk(paired: tuple[Kiosk, Client]) -> Client:
    return paired[1]


@pytest.fixture
def enroll(
    make_person: Callable[..., Person], demo_photo: Callable[[int, int], bytes], run_jobs: Callable[[], None]
) -> Callable[..., list[Person]]:
    """``enroll(0, 1)``: put demo people number 0 and 1 into the gallery."""

    def add(*numbers: int) -> list[Person]:
        people = [make_person(name=f"Demo {i}") for i in numbers]
        for person, i in zip(people, numbers, strict=True):
            for n in ENROLLED_WITH:
                photo_add(person=person, data=demo_photo(i, n), source=PhotoSource.DEMO)
        run_jobs()
        return people

    return add


@pytest.fixture
def worker_at_hand(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """``jobs.call`` does the worker's part here and now. The list fills with the tasks called."""
    called: list[str] = []

    def call(task: str, kiosk_id: str, probe_id: str, language: str, *, timeout: float) -> dict[str, Any]:
        from faceroster.core.errors import FaceRosterError

        called.append(task)
        try:
            kiosk = Kiosk.objects.select_related("site").get(pk=UUID(kiosk_id))
            with translation.override(language):
                return visit_answer(visit_decide(kiosk=kiosk, frame=probe_take(probe_id)))
        except FaceRosterError as error:
            return {"error": {"code": error.code, "message": error.message, "status": error.status}}

    monkeypatch.setattr(jobs, "call", call)
    return called


@pytest.fixture
def set_demo(settings: Any) -> Callable[[bool], None]:
    """Switch the demo on or off."""

    def switch(on: bool) -> None:
        settings.FACEROSTER = {**settings.FACEROSTER, "DEMO": on}

    return switch
