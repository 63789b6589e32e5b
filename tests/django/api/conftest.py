"""Callers of the API, and a small company with two departments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.test import Client

from faceroster.attendance.models import Punch, PunchSource, Workday
from faceroster.attendance.services import punch_record
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.people.models import Department, Person, Site
from faceroster.trust.models import Scope, User
from tests.support.rosters import make_workday

Caller = Callable[..., Client]


@pytest.fixture
def caller(api_token: Callable[..., str]) -> Caller:
    """``caller(user, *scopes)``: a client that sends a token; without scopes it has all of them."""

    def make(user: User, *scopes: str, **token: Any) -> Client:
        token_text = api_token(user, *(scopes or Scope.values), **token)
        return Client(headers={"Authorization": f"Token {token_text}"})

    return make


@pytest.fixture
def staff(caller: Caller, staff_user: User) -> Client:
    return caller(staff_user)


@pytest.fixture
def manager(caller: Caller, manager_user: User) -> Client:
    """Manages ``mine.department`` of :class:`Company`."""
    return caller(manager_user)


@pytest.fixture
def administrator(caller: Caller, admin_user: User) -> Client:
    return caller(admin_user)


def photo_row(person: Person, **kwargs: Any) -> EnrollmentPhoto:
    """A photo's row alone: no picture lies behind it."""
    digest = f"{EnrollmentPhoto.objects.count():064}"
    fields: dict[str, Any] = {"width": 640, "height": 480, "digest": digest, "source": PhotoSource.API}
    return EnrollmentPhoto.objects.create(person=person, **{**fields, **kwargs})


@dataclass
class Half:
    """One department and what belongs to it."""

    site: Site
    department: Department
    person: Person
    photo: EnrollmentPhoto
    punch: Punch
    workday: Workday
    kiosk: Kiosk


@dataclass
class Company:
    mine: Half
    theirs: Half


@pytest.fixture
def company(
    department: Department,
    make_department: Callable[..., Department],
    make_person: Callable[..., Person],
) -> Company:
    """``mine`` is the department that ``manager`` manages, ``theirs`` another one at another site."""

    def half(of: Department) -> Half:
        person = make_person(department=of)
        punch = punch_record(person=person, site=of.site, source=PunchSource.API).punch
        kiosk = Kiosk.objects.create(
            name=f"Door of {of.name}", site=of.site, status=KioskStatus.ACTIVE, secret_digest=of.id.hex
        )
        workday = make_workday(person, date(2026, 11, 2), worked_minutes=480)
        return Half(of.site, of, person, photo_row(person), punch, workday, kiosk)

    return Company(half(department), half(make_department()))
