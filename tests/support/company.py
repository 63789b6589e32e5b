"""Write a company into a home of its own, before its server starts.

    FACEROSTER_HOME=... python -m tests.support.company demo|story

``demo``: the made-up company of ``manage.py demo_history``, with people who may sign in and things that wait.
``story``: a site, a department and three people, and nothing else. Prints what a test must know as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long enough password"


def write(home: Path, which: str) -> dict[str, Any]:
    """Run this module for ``home`` in a process of its own, for a test's own Django has another database."""
    settings = {"DJANGO_SETTINGS_MODULE": "faceroster.settings.embedded", "FACEROSTER_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.company", which],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def demo(people: int = 40, months: int = 2) -> dict[str, Any]:
    """The made-up company. Returns names of users, and keys of one department, shift, person and day."""
    from django.core.management import call_command

    from faceroster.enrollment.models import ImportRun, ImportStatus
    from faceroster.people.models import Department
    from faceroster.trust.models import Role, User

    call_command("demo_history", people=people, months=months, verbosity=0)
    manager = User.objects.filter(role=Role.MANAGER, managed_departments__isnull=False).first()
    assert manager
    for user in (manager, User.objects.get(username="demo-administrator")):
        user.is_superuser = user.is_staff = user.role == Role.ADMINISTRATOR
        user.set_password(PASSWORD)
        user.save()
    department = Department.objects.filter(managers=manager).order_by("name").first()
    assert department
    person, day = _somebody(department)
    _things_that_wait(person, day)
    User.objects.create_user("office", password=PASSWORD, role=Role.STAFF)
    run = ImportRun.objects.create(table_name="people.csv", status=ImportStatus.CANCELLED)
    return {
        "administrator": "demo-administrator",
        "staff": "office",
        "careful": _with_second_step().username,
        "manager": manager.username,
        "person_user": "somebody",
        "person": str(person.pk),
        "department": str(department.pk),
        "site": str(department.site_id),
        "shift": str(department.site.shifts.order_by("name")[0].pk),
        "day": day.isoformat(),
        "run": str(run.pk),
    }


def _with_second_step() -> Any:
    """Somebody who is asked for a code after the password."""
    from faceroster.trust import second_steps
    from faceroster.trust.models import User

    careful = User.objects.create_user("careful", password=PASSWORD)
    step = second_steps.set_up_begin(user=careful)
    step.confirmed_at = step.created_at
    step.save()
    return careful


def _somebody(department: Any) -> Any:
    """A person of ``department``, with an account and photos, and the last day on which they worked."""
    from faceroster.attendance.models import DayStatus, Workday
    from faceroster.enrollment import demo as demo_people
    from faceroster.enrollment.models import PhotoSource
    from faceroster.enrollment.services import photo_add
    from faceroster.people.models import Person
    from faceroster.trust.models import Role, User

    worked = Workday.objects.filter(department=department, status=DayStatus.PRESENT, present=False)
    row = worked.filter(person__department=department).latest("day", "person_id")
    user = User.objects.create_user("somebody", password=PASSWORD, role=Role.PERSON)
    Person.objects.filter(pk=row.person_id).update(user=user)
    person = Person.objects.get(pk=row.person_id)
    demo_people.demo_consent(person)
    for photo in demo_people.roster()["people"][0]["photos"][:2]:
        photo_add(person=person, data=(demo_people.FOLDER / photo).read_bytes(), source=PhotoSource.DEMO)
    return person, row.day


def _things_that_wait(person: Any, day: Any) -> None:
    """A correction and leave that a person asked for."""
    from django.utils import timezone

    from faceroster.attendance.corrections import correction_request
    from faceroster.attendance.models import Punch
    from faceroster.rosters.leave import leave_request
    from faceroster.rosters.models import LeaveKind

    punch = Punch.objects.filter(person=person, day=day).latest("at")
    correction_request(
        person=person,
        kind="change",
        day=day,
        user=person.user,
        reason="I left a little later, the door was shut",
        punch=punch,
        at=punch.at + timedelta(minutes=10),
        direction=punch.direction,
    )
    monday = timezone.localdate() + timedelta(days=7 - timezone.localdate().weekday())
    kind = LeaveKind.objects.filter(limited=True).first()
    assert kind
    leave_request(
        person=person,
        kind=kind,
        first=monday,
        last=monday + timedelta(days=4),
        user=person.user,
        reason="A week away",
    )


def story() -> dict[str, Any]:
    """An empty house: who works there, who decides, and a token for the punches to come."""
    from faceroster.people.models import Department, Person, Site
    from faceroster.trust.models import Role, Scope, User
    from faceroster.trust.services import api_token_create

    site = Site.objects.create(name="Harbour", timezone="Europe/Berlin")
    department = Department.objects.create(name="Bakery", site=site)
    names = {"day": "Dana Early", "night": "Nils Moon", "late": "Lena Slow"}
    people = {
        key: Person.objects.create(name=name, employee_number=f"B-{number}", department=department)
        for number, (key, name) in enumerate(names.items(), start=1)
    }
    alma = User.objects.create_superuser("alma", "", PASSWORD, role=Role.ADMINISTRATOR)
    department.managers.add(User.objects.create_user("mona", password=PASSWORD, role=Role.MANAGER))
    return {
        "site": str(site.pk),
        "department": str(department.pk),
        "people": {key: str(person.pk) for key, person in people.items()},
        "names": names,
        "administrator": "alma",
        "manager": "mona",
        "token": api_token_create(user=alma, name="door", scopes=[Scope.PUNCHES_WRITE])[1],
    }


def main() -> None:
    django.setup()
    from workers.first_run import database_prepare

    database_prepare()
    print(json.dumps({"demo": demo, "story": story}[sys.argv[1]]()))


if __name__ == "__main__":
    main()
