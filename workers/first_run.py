"""What a new installation needs before its first start. Every step may run again and then does nothing."""

from __future__ import annotations

import fcntl
import secrets
import time as clock
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.utils import timezone as moments
from tqdm import tqdm

from faceroster.attendance.days import working_day
from faceroster.enrollment import demo
from faceroster.enrollment.models import OPEN_STATUSES, EnrollmentPhoto, PhotoSource
from faceroster.people.models import Person
from faceroster.rosters.models import Shift
from faceroster.rosters.services import assignment_create, pattern_create, shift_create
from faceroster.trust import keyfile
from faceroster.trust.models import Role, SubjectKey, User
from faceroster.trust.purposes import purpose_keys_make

_ADMIN = "admin"


class InUse(Exception):
    """Another process has this home."""


@contextmanager
def home_held(home: Path) -> Iterator[None]:
    """Keep ``home`` for this process: a second one would take the first one's work for lost.

    The lock goes with the process, however that ends, so nothing is left to clean up.

    Raises:
        InUse: another process holds it.
    """
    with (home / "serve.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(str(home)) from error
        yield


def root_key_create(path: Path) -> bool:
    """Write a new root key to ``path`` unless one is there. Whoever loses it loses every photo.

    Raises:
        ImproperlyConfigured: the key is gone but the database holds data sealed under it.
    """
    if path.exists():
        return False
    if SubjectKey.objects.exists():
        raise ImproperlyConfigured(
            f"{path} is missing, and what is in the database can only be opened with it. "
            "Put it back from your backup, or move the database away to start anew."
        )
    keyfile.write(path, keyfile.fresh())
    return True


def database_prepare() -> None:
    """Bring the database up to date and make sure that there is a root key, and the keys that it wraps."""
    call_command("migrate", verbosity=0, interactive=False)
    if path := getattr(settings, "FACEROSTER_ROOT_KEY_FILE", None):
        root_key_create(Path(path))
        purpose_keys_make()


def admin_create() -> str | None:
    """Make the first administrator. Returns the random password, once; None when there is someone already."""
    if User.objects.filter(is_superuser=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser(_ADMIN, "", password, role=Role.ADMINISTRATOR)
    return password


def _demo_mark() -> Path:
    """Written once the demo roster is enrolled: what staff delete from it afterwards stays deleted."""
    return Path(settings.HOME) / "demo-enrolled"


def demo_wanted() -> bool:
    """Whether to enroll the demo roster: asked for, not done yet, and nobody else is on the roster."""
    if not settings.FACEROSTER["DEMO"] or _demo_mark().exists():
        return False
    if not (demo.FOLDER / "roster.json").is_file():
        return False  # an installation may do without the demo's files
    numbers = [entry["employee_number"] for entry in demo.roster()["people"]]
    return not Person.objects.exclude(employee_number__in=numbers).exists()


def demo_shifts_create(people: Iterable[Person]) -> None:
    """Let the departments of ``people`` work from Monday to Friday, unless somebody has planned already."""
    if Shift.objects.exists():
        return
    departments = {person.department for person in people}
    for site in {department.site for department in departments}:
        today = working_day(moments.now(), site)
        monday = today - timedelta(days=today.weekday())
        day = shift_create(
            site=site, name="Day", effective_from=monday, user=None, starts=time(9), ends=time(17, 30)
        )
        weekdays = {number: [day] for number in range(5)}
        week = pattern_create(site=site, name="Monday to Friday", length=7, days=weekdays)
        for department in departments:
            if department.site == site:
                assignment_create(pattern=week, starts_on=monday, department=department)


def demo_enroll(*, timezone: str) -> None:
    """Enroll the demo roster through a running worker, with a progress bar."""
    people = demo.demo_people_create(timezone=timezone)
    demo_shifts_create(person for person, _ in people)
    mine = EnrollmentPhoto.objects.filter(source=PhotoSource.DEMO)
    before = mine.exclude(status__in=OPEN_STATUSES).count()
    for _ in demo.demo_photos_add(people):
        pass
    total = mine.count()
    with tqdm(total=total, initial=before, desc="Enrolling the demo roster", unit="photo") as bar:
        while waiting := mine.filter(status__in=OPEN_STATUSES).count():
            bar.update(max(0, total - waiting - bar.n))
            clock.sleep(0.2)
        bar.update(total - bar.n)
    _demo_mark().touch()
