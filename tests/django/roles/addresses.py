"""Every address of the pages, and who may come there.

A line says how to write the address for one half of the company, how it is called, and who gets in:

* ``everyone``: no sign-in is needed;
* ``users``: whoever is signed in;
* ``staff``, ``manager``, ``administrator``, ``person``: by role; a manager only for their own half unless it
  says ``manager*``, and a person for the own one.

Whoever is not named is sent to sign in, refused (403), or told that there is no such thing (404).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from faceroster.attendance.models import PunchSource
from faceroster.attendance.services import punch_record
from faceroster.enrollment.models import EnrollmentPhoto, ImportRun, ImportStatus, PhotoSource
from tests.django.roles.world import Half

Arguments = Callable[[Half], list[Any]]


@dataclass(frozen=True)
class Address:
    """``data``: what is sent along; nothing that anything accepts, unless there is no harm in it."""

    who: frozenset[str]
    arguments: Arguments = field(default=lambda half: [])
    method: str = "GET"
    query: Callable[[Half], dict[str, Any]] = field(default=lambda half: {})


def _for(
    who: str, *arguments: Callable[[Half], Any], method: str = "GET", **query: Callable[[Half], Any]
) -> Address:
    return Address(
        frozenset(who.split()),
        lambda half: [argument(half) for argument in arguments],
        method,
        lambda half: {name: make(half) for name, make in query.items()},
    )


def _department(half: Half) -> Any:
    return half.department.pk


def _site(half: Half) -> Any:
    return half.site.pk


def _person(half: Half) -> Any:
    return half.person.pk


def _photo(half: Half) -> Any:
    """Always a new one, since some addresses delete it."""
    return EnrollmentPhoto.objects.create(
        person=half.person, width=640, height=480, digest=uuid4().hex * 2, source=PhotoSource.API
    ).pk


def _punch(half: Half) -> Any:
    def make(half: Half) -> Any:
        return punch_record(person=half.person, site=half.site, source=PunchSource.API).punch

    return half.made("punch", make).pk


def _run(half: Half) -> Any:
    """One that has ended: nothing of it is read from the file store any more."""
    run = ImportRun.objects.create(table_name="people.csv", status=ImportStatus.CANCELLED)
    return half.made("run", lambda _: run).pk


def _plain(text: str) -> Callable[[Half], Any]:
    return lambda half: text


_ENROLL = "staff administrator"
_LOOK = "staff manager administrator"

ADDRESSES: dict[str, Address] = {
    "home": _for("everyone"),
    "login": _for("everyone"),
    "logout": _for("everyone", method="POST"),
    "language": _for("everyone", method="POST"),
    "kiosks:kiosk": _for("everyone"),
    "kiosks:pair": _for("everyone"),
    "kiosks:state": _for("kiosk"),
    "kiosks:frames": _for("kiosk", method="POST"),
    "enrollment:photos": _for(_ENROLL, _person),
    "enrollment:photo_add": _for(_ENROLL, _person, method="POST"),
    "enrollment:photo_delete": _for(_ENROLL, _photo, method="POST"),
    "enrollment:photo_keep": _for("administrator", _photo, method="POST"),
    "enrollment:photo_refuse": _for(_ENROLL, _photo, method="POST"),
    "enrollment:review": _for(_ENROLL),
    "enrollment:import": _for(_ENROLL),
    "enrollment:import_example": _for(_ENROLL),
    "enrollment:import_run": _for(_ENROLL, _run),
    "enrollment:import_start": _for(_ENROLL, _run, method="POST"),
    "enrollment:import_cancel": _for(_ENROLL, _run, method="POST"),
    "enrollment:import_progress": _for(_ENROLL, _run),
    "classifiers:sites": _for(_ENROLL),
    "classifiers:site": _for(_ENROLL, _site),
    "classifiers:progress": _for(_ENROLL, _site),
    "classifiers:train": _for(_ENROLL, _site, method="POST"),
    "classifiers:stop": _for(_ENROLL, _site, method="POST"),
    "classifiers:switch": _for("administrator", _site, method="POST"),
    "reports:board": _for(_LOOK, department=_department),
    "reports:board_live": _for(_LOOK, department=_department),
    "reports:day": _for(_LOOK, department=_department),
    "reports:day_csv": _for(_LOOK, department=_department),
    "reports:person": _for(_LOOK, _person),
    "reports:person_csv": _for(_LOOK, _person),
    "reports:emotions": _for(_LOOK, site=_site),
    "lab:look": _for(_ENROLL),
    "lab:look_at": _for(_ENROLL, method="POST"),
    "lab:compare": _for(_ENROLL),
    "lab:compare_these": _for(_ENROLL, method="POST"),
    "lab:emotion_model": _for(_ENROLL),
}

#: Tested where they are made: a picture needs a file to be served, a clip its kiosk.
ELSEWHERE = {
    "enrollment:picture": "tests/django/enrollment/test_photo_pages.py",
    "kiosks:demo-clip": "tests/django/kiosks/test_demo_camera.py",
}
