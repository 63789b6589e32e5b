"""ZKTeco terminals, 2024: QR codes before the reader carried SQL, and paths of the web pages read files."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.test.client import FakePayload

from faceroster import jobs
from faceroster.attendance.models import Punch
from faceroster.core.errors import InvalidInput
from faceroster.kiosks.models import Kiosk
from faceroster.passes.badges import badge_issue, badge_person
from faceroster.passes.pins import pin_set
from faceroster.people.models import Person
from faceroster.trust.models import User
from faceroster.wsgi import application
from tests.django.passes.test_badges import jpeg, scene
from tests.support.kiosks import DeviceClient, paired_device
from workers import pass_tasks

pytestmark = pytest.mark.django_db

SQL = [
    "' OR '1'='1",
    "FR1:' OR 1=1 --",
    "FR1:x'; DROP TABLE people_person; --",
    "FR1:' UNION SELECT digest FROM passes_badge --",
]
PATHS = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "....//....//etc/passwd",
    "/etc/passwd",
    "..\\..\\windows\\win.ini",
]
#: Where a part of the address once named a file, or might be thought to.
BEFORE = [
    "/static/",
    "/kiosk/demo/",
    "/people/photos/",
    "/rosters/calendar/",
    "/media/",
    "/lab/",
    "/api/v1/photos/",
]


@pytest.fixture
def door(site: Any, monkeypatch: pytest.MonkeyPatch) -> DeviceClient:
    monkeypatch.setattr(jobs, "call", lambda task, *args, timeout: pass_tasks.identify_badge(*args))
    return paired_device(site)[1]


@pytest.mark.parametrize("content", SQL)
def test_a_code_with_sql_is_an_unknown_badge(content: str, person: Person, staff_user: User) -> None:
    badge_issue(person=person, user=staff_user)
    with pytest.raises(InvalidInput) as error:
        badge_person(content)
    assert error.value.code == "badge.unknown"
    assert Person.objects.filter(pk=person.pk).exists()


def test_held_before_a_real_kiosk_it_opens_nothing(
    door: DeviceClient, person: Person, staff_user: User
) -> None:
    badge_issue(person=person, user=staff_user)
    picture = jpeg(scene("FR1:' OR 1=1 --", side=240))
    answer = door.post("/kiosk/badge", picture, content_type="image/jpeg")
    assert answer.json()["error"]["code"] == "badge.unknown"
    assert not Punch.objects.exists()


@pytest.mark.parametrize(
    "number", ["' OR '1'='1", "1' OR 1=1 --", '"; DROP TABLE people_person; --', "%", "_"]
)
def test_sql_as_a_number_is_nobodys(door: DeviceClient, person: Person, number: str) -> None:
    pin_set(person=person, pin="4071", user=None)
    answer = door.post("/kiosk/pin", {"number": number, "pin": "4071"}, content_type="application/json")
    assert answer.status_code == 400
    assert not Punch.objects.exists()
    assert Person.objects.filter(pk=person.pk).exists()


@pytest.mark.parametrize("search", ["' OR '1'='1", "x' UNION SELECT password FROM trust_user --"])
def test_sql_in_a_search_finds_nobody(
    search: str, person: Person, staff_user: User, api_token: Callable[..., str]
) -> None:
    client = Client(headers={"Authorization": f"Token {api_token(staff_user, 'people:read')}"})
    answer = client.get("/api/v1/people/", {"search": search})
    assert answer.status_code == 200
    assert answer.json()["results"] == []


def _raw(path: str) -> tuple[int, bytes]:
    """The answer to a path that no client put in order first."""
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": FakePayload(b""),
        "wsgi.errors": BytesIO(),
        "wsgi.multiprocess": False,
        "wsgi.multithread": True,
        "wsgi.run_once": False,
    }

    def start(status: str, *_: Any) -> Any:
        told.append(status)

    body = b"".join(application(environ, start))
    return int(told[0].split()[0]), body


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("before", BEFORE)
def test_no_path_leads_to_a_file(before: str, path: str) -> None:
    for written in (path, unquote(path)):
        status, body = _raw(before + written)
        assert status in (301, 302, 400, 401, 403, 404, 405), (before, written)
        assert b"root:" not in body


def test_a_kiosk_cannot_be_paired_with_what_is_written_somewhere(site: Any) -> None:
    """No device comes with a password, a default PIN or a service account."""
    kiosk, _ = paired_device(site)
    assert len(Kiosk.objects.get(pk=kiosk.pk).secret_digest) == 64
    assert site.kiosk_pin == ""
    answer = Client().post("/kiosk/corner", {"pin": "0000"}, content_type="application/json")
    assert answer.status_code in (401, 403)
