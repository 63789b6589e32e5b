"""Fixtures of the Django suite: on SQLite with the in-process worker, and on PostgreSQL with Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError
from django.db import OperationalError, connection
from django.test import Client, TransactionTestCase
from django.utils import translation

from faceroster.attendance import triggers
from faceroster.audit import anchor
from faceroster.audit import triggers as audit_triggers
from faceroster.consents import triggers as consent_triggers
from faceroster.enrollment import demo, gallery, pipeline, services
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource, PhotoStatus
from faceroster.people.models import Department, Person, Site
from faceroster.trust.models import Role, User
from faceroster.trust.services import api_token_create
from tests.support.consents import signed
from tests.support.pictures import DemoPhoto
from tests.support.services import mark_below, missing_for_production
from tests.support.workers import running_worker

Enrolled = Callable[..., Person]

_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without its servers the production profile is skipped, and says why."""
    reason = missing_for_production() if settings.TEST_PROFILE == "production" else None
    mark_below(Path(__file__).parent, items, skip_reason=reason)
    items[:] = [item for item in items if _has_meaning(item)]


def _has_meaning(item: pytest.Item) -> bool:
    """Not what is about the other database, nor a second time what needs none at all."""
    mark = item.get_closest_marker("database")
    if mark is not None:
        return mark.args[0] == connection.vendor
    if settings.TEST_PROFILE != "production":
        return True
    asked = {"db", "transactional_db", "django_db_setup"} & set(getattr(item, "fixturenames", ()))
    return bool(asked) or item.get_closest_marker("django_db") is not None


@pytest.fixture(autouse=True)
def _clean_slate() -> Iterator[None]:
    """No test sees another's cached throttle, probe or gallery, or goes on in its language."""
    cache.clear()
    anchor.path().unlink(missing_ok=True)
    translation.deactivate()
    yield
    gallery.forget()


@pytest.fixture
def make_site(db: None) -> Callable[..., Site]:
    def make(**kwargs: Any) -> Site:
        kwargs.setdefault("name", f"Site {next(_numbers)}")
        kwargs.setdefault("timezone", "Europe/Berlin")
        return Site.objects.create(**kwargs)

    return make


@pytest.fixture
def make_department(db: None, make_site: Callable[..., Site]) -> Callable[..., Department]:
    def make(**kwargs: Any) -> Department:
        kwargs.setdefault("name", f"Department {next(_numbers)}")
        if "site" not in kwargs:
            kwargs["site"] = make_site()
        return Department.objects.create(**kwargs)

    return make


@pytest.fixture
def make_person(db: None, make_department: Callable[..., Department]) -> Callable[..., Person]:
    """Somebody on the roster whose face may be used; ``consent=False``: nobody has asked them yet."""

    def make(*, consent: bool = True, **kwargs: Any) -> Person:
        number = next(_numbers)
        kwargs.setdefault("employee_number", f"T{number:04}")
        kwargs.setdefault("name", f"Test Person {number}")
        if "department" not in kwargs:
            kwargs["department"] = make_department()
        person = Person.objects.create(**kwargs)
        if consent:
            signed(person)
        return person

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def department(make_department: Callable[..., Department], site: Site) -> Department:
    return make_department(site=site)


@pytest.fixture
def person(make_person: Callable[..., Person], department: Department) -> Person:
    return make_person(department=department)


def _user(name: str, role: Role, **kwargs: Any) -> User:
    return User.objects.create_user(name, password="a long enough password", role=role, **kwargs)


@pytest.fixture
def admin_user(db: None) -> User:
    return _user("alma", Role.ADMINISTRATOR, is_staff=True, is_superuser=True)


@pytest.fixture
def staff_user(db: None) -> User:
    return _user("stella", Role.STAFF, is_staff=True)


@pytest.fixture
def manager_user(department: Department) -> User:
    user = _user("mona", Role.MANAGER)
    department.managers.add(user)
    return user


@pytest.fixture
def person_user(person: Person) -> User:
    """The account of ``person``, who may look after themselves alone."""
    user = _user("petra", Role.PERSON)
    Person.objects.filter(pk=person.pk).update(user=user)
    return user


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin_client(admin_user: User) -> Client:
    return _signed_in(admin_user)


@pytest.fixture
def staff_client(staff_user: User) -> Client:
    return _signed_in(staff_user)


@pytest.fixture
def manager_client(manager_user: User) -> Client:
    return _signed_in(manager_user)


@pytest.fixture
def person_client(person_user: User) -> Client:
    return _signed_in(person_user)


@pytest.fixture
def api_token() -> Callable[..., str]:
    def make(user: User, *scopes: str, **kwargs: Any) -> str:
        return api_token_create(user=user, name="test", scopes=scopes, **kwargs)[1]

    return make


@pytest.fixture(scope="session")
def demo_photo(demo_folder: Path) -> Callable[[int, int], bytes]:
    """JPEG bytes of photo ``n`` (1..6) of the ``i``-th person on the demo roster (from 0)."""
    people = demo.roster()["people"]
    return lambda i, n: (demo_folder / people[i]["photos"][n - 1]).read_bytes()


@pytest.fixture(scope="session")
def stranger_photo(demo_folder: Path) -> Callable[[int, int], bytes]:
    """The same for the strangers, who are on no roster."""
    people = demo.roster()["strangers"]
    return lambda i, n: (demo_folder / people[i]["photos"][n - 1]).read_bytes()


@pytest.fixture
def run_jobs(db: None) -> Callable[[], None]:
    """Bring every queued photo to its end, here and now, without a broker."""

    def run() -> None:
        for photo_id in EnrollmentPhoto.objects.filter(status=PhotoStatus.QUEUED).values_list(
            "pk", flat=True
        ):
            pipeline.photo_process(photo_id=photo_id)

    return run


@pytest.fixture(scope="session")
def _session_worker(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), running_worker():
        yield


@pytest.fixture
def worker(_session_worker: None, transactional_db: None) -> None:
    """A real worker, running: a thread of this process, or a Celery process on the production profile."""


@pytest.fixture
def freeze() -> Iterator[Callable[[datetime], None]]:
    """``freeze(moment)``: django.utils.timezone.now() answers ``moment`` until the test ends."""
    patches: list[Any] = []

    def stop_at(moment: datetime) -> None:
        patch = mock.patch("django.utils.timezone.now", return_value=moment)
        patch.start()
        patches.append(patch)

    yield stop_at
    for patch in reversed(patches):
        patch.stop()


@pytest.fixture
def enrolled(
    make_person: Callable[..., Person], demo_photo: DemoPhoto, run_jobs: Callable[[], None]
) -> Enrolled:
    """``enrolled(i, department=...)``: the demo's i-th person, known by three photos."""

    def enroll(i: int, **kwargs: Any) -> Person:
        person = make_person(**kwargs)
        for n in (1, 2, 3):
            services.photo_add(person=person, data=demo_photo(i, n), source=PhotoSource.API)
        run_jobs()
        statuses = set(EnrollmentPhoto.objects.filter(person=person).values_list("status", flat=True))
        assert PhotoStatus.ACCEPTED in statuses
        return person

    return enroll


@pytest.fixture(scope="session", autouse=True)
def flush_past_triggers() -> Iterator[None]:
    """What empties the tables after a test with transactions may delete what is otherwise never deleted."""
    plain = TransactionTestCase._fixture_teardown

    def flush(self: TransactionTestCase) -> None:
        # A worker that computes meanwhile holds some of the tables and waits for others: one of the two
        # gives way, and may then try again.
        for tries_left in range(9, -1, -1):
            try:
                with triggers.lifted(), audit_triggers.lifted(), consent_triggers.lifted():
                    plain(self)
                return
            except (OperationalError, CommandError) as error:
                if "deadlock" not in f"{error} {error.__cause__}" or not tries_left:
                    raise

    with mock.patch.object(TransactionTestCase, "_fixture_teardown", flush):
        yield
