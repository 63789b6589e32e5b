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
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from faceroster.attendance.models import Correction, Due, Period, PunchSource
from faceroster.attendance.services import punch_record
from faceroster.enrollment.models import EnrollmentPhoto, ImportRun, ImportStatus, PhotoSource
from faceroster.rosters.models import Holiday, LeaveKind, LeaveRequest
from faceroster.trust.models import User
from tests.django.roles.world import MONTH, Half
from tests.support.rosters import assign, make_shift, make_workday

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


def _shift(half: Half) -> Any:
    return half.made("shift", lambda half: make_shift(half.site, name=f"Shift of {half.name}")).pk


def _assignment(half: Half) -> Any:
    _shift(half)
    return half.made("assignment", lambda half: assign(half.department, half.things["shift"])).pk


def _pattern(half: Half) -> Any:
    _assignment(half)
    return half.things["assignment"].pattern.pk


def _holiday(half: Half) -> Any:
    return Holiday.objects.create(site=half.site, day=_new_day(half), name="A day off").pk


def _new_day(half: Half) -> date:
    """One that has no holiday yet, since some addresses take it away."""
    first = 100 if half.name == "beside" else 0  # two departments may be of one site
    half.things["days"] = half.things.get("days", first) + 1
    return MONTH + timedelta(days=half.things["days"])


def _leave(half: Half) -> Any:
    """Always a new one, far ahead, since some addresses end it."""
    day = _new_day(half) + timedelta(days=365)
    kind, _ = LeaveKind.objects.get_or_create(name="Training", limited=False)
    return LeaveRequest.objects.create(person=half.person, kind=kind, first=day, last=day).pk


def _correction(half: Half) -> Any:
    return Correction.objects.create(
        person=half.person,
        kind="add",
        day=MONTH,
        site=half.site,
        zone=half.site.timezone,
        at=datetime(2026, 11, 1, 8, tzinfo=UTC),
        direction="in",
        reason="Forgot",
    ).pk


def _month(half: Half) -> Any:
    return f"{MONTH:%Y-%m}"


def _day(half: Half) -> Any:
    return MONTH.isoformat()


def _closed_month(half: Half) -> Any:
    last = MONTH + timedelta(days=29)
    half.made(
        "period", lambda half: Period.objects.create(department=half.department, first=MONTH, last=last)
    )
    return _month(half)


def _workday(half: Half) -> Any:
    """Somebody was late. A day that is being computed is not there to be settled."""
    Due.objects.all().delete()
    return half.made("late", lambda half: make_workday(half.person, MONTH, late_minutes=9)).pk


def _nobody(half: Half) -> Any:
    """A user of no half and without a second step: there is nothing to take away."""
    return half.made("nobody", lambda half: User.objects.create_user(f"nobody-{half.name}")).pk


def _plain(text: str) -> Callable[[Half], Any]:
    return lambda half: text


_ENROLL = "staff administrator"
_LOOK = "staff manager administrator"
_DECIDE = "manager administrator"

ADDRESSES: dict[str, Address] = {
    "home": _for("users"),
    "login": _for("everyone"),
    "second_step": _for("everyone"),
    "admin_login": _for("anonymous kiosk staff administrator"),
    "logout": _for("everyone", method="POST"),
    "language": _for("everyone", method="POST"),
    "trust:locks": _for("administrator"),
    "trust:locks_lift": _for("administrator", method="POST"),
    "trust:second_step": _for("users"),
    "trust:second_step_begin": _for("users", method="POST"),
    "trust:second_step_confirm": _for("users", method="POST"),
    "trust:second_step_codes": _for("users", method="POST"),
    "trust:second_step_remove": _for("users", method="POST"),
    "trust:second_steps": _for("administrator"),
    "trust:second_step_reset": _for("administrator", _nobody, method="POST"),
    "kiosks:kiosk": _for("everyone"),
    "kiosks:pair": _for("everyone"),
    "kiosks:state": _for("kiosk"),
    "kiosks:frames": _for("kiosk", method="POST"),
    "kiosks:key": _for("kiosk", method="POST"),
    "kiosks:manifest": _for("everyone"),
    "kiosks:service-worker": _for("everyone"),
    "kiosks:corner": _for("kiosk", method="POST"),
    "arrivals:pin": _for("kiosk", method="POST"),
    "arrivals:badge": _for("kiosk", method="POST"),
    "arrivals:not-me": _for("kiosk", method="POST"),
    "offline:queue": _for("kiosk", method="POST"),
    "coaching:page": _for("everyone"),
    "coaching:code": _for(_ENROLL, _person, method="POST"),
    "consents:person": _for(_ENROLL, _person),
    "consents:sign": _for(_ENROLL, _person, method="POST"),
    "consents:paper": _for(_ENROLL, _person, method="POST"),
    "consents:withdraw": _for(_ENROLL, _person, method="POST"),
    "consents:print": _for(_ENROLL, _person),
    "passes:mine": _for("users"),
    "passes:person": _for(_ENROLL, _person),
    "passes:pin_set": _for(_ENROLL, _person, method="POST"),
    "passes:badge_issue": _for(_ENROLL, _person, method="POST"),
    "passes:badge_revoke": _for(_ENROLL, _person, method="POST"),
    "offline_entries:list": _for(_LOOK),
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
    "reports:board": _for(_LOOK),
    "reports:today": _for(_LOOK, department=_department),
    "reports:today_live": _for(_LOOK, department=_department),
    "reports:today_day": _for(_LOOK, _person, _day),
    "reports:today_correct": _for(_DECIDE, _person, _day, method="POST", kind=_plain("add")),
    "reports:today_excuse": _for(_DECIDE, _person, _day, method="POST"),
    "reports:today_verdict": _for(_DECIDE, _correction, method="POST"),
    "reports:exceptions": _for(_LOOK, department=_department),
    "reports:exceptions_people": _for(_LOOK),
    "reports:exceptions_solve": _for(_DECIDE, method="POST", tab=_plain("late"), row=_workday),
    "reports:timesheets": _for(_LOOK, department=_department),
    "reports:timesheet": _for(_LOOK, _person, _month),
    "reports:timesheets_decide": _for(_DECIDE, method="POST", department=_department, month=_month),
    "reports:timesheets_close": _for(_DECIDE, method="POST", department=_department, month=_month),
    "reports:timesheets_reopen": _for(_DECIDE, method="POST", department=_department, month=_closed_month),
    "reports:exports": _for(_LOOK),
    "reports:export_new": _for(
        _LOOK, method="POST", department=_department, month=_month, format=_plain("csv")
    ),
    "reports:shift_preview": _for("administrator", _shift),
    "reports:shift_apply": _for("administrator", _shift, method="POST"),
    "reports:charts": _for(_LOOK, department=_department),
    "reports:charts_csv": _for(_LOOK, _plain("hours"), department=_department),
    "reports:day": _for(_LOOK, department=_department),
    "reports:day_csv": _for(_LOOK, department=_department),
    "reports:person": _for(_LOOK, _person),
    "reports:emotions": _for(_LOOK, site=_site),
    "rosters:grid": _for(_LOOK, department=_department),
    "rosters:person": _for(_LOOK, _person),
    "rosters:cell": _for(_DECIDE, _person, _day),
    "rosters:calendar": _for(_LOOK, _person),
    "rosters:feed_set": _for(_DECIDE, _person, method="POST"),
    "rosters:shifts": _for(_LOOK),
    "rosters:shift_new": _for("administrator"),
    "rosters:shift": _for("administrator", _shift),
    "rosters:policies": _for(_LOOK),
    "rosters:policy": _for("administrator", _site),
    "rosters:patterns": _for(_LOOK),
    "rosters:pattern_new": _for("administrator", _site),
    "rosters:pattern": _for("administrator", _pattern),
    "rosters:assign": _for(_DECIDE),
    "rosters:assignment_close": _for(_DECIDE, _assignment, method="POST"),
    "rosters:holidays": _for(_LOOK, site=_site),
    "rosters:calendar_choose": _for("administrator", _site, method="POST"),
    "rosters:holidays_take": _for("administrator", _site, method="POST"),
    "rosters:holiday_add": _for("administrator", _site, method="POST"),
    "rosters:holiday_drop": _for("administrator", _site, _holiday, method="POST"),
    "rosters:leave": _for(_LOOK, department=_department),
    "rosters:leave_enter": _for(_DECIDE),
    "rosters:leave_decide": _for(_DECIDE, method="POST", verdict=_plain("approve"), leave=_leave),
    "rosters:leave_withdraw": _for(_DECIDE, _leave, method="POST"),
    "me:home": _for("users"),
    "me:days": _for("users"),
    "me:corrections": _for("users"),
    "me:correction_new": _for("users"),
    "me:leave": _for("users"),
    "me:leave_withdraw": _for("person", _leave, method="POST"),
    "me:calendar": _for("users"),
    "me:calendar_file": _for("users"),
    "me:data": _for("users"),
    "me:consent_withdraw": _for("person", method="POST"),
    "me:notices": _for("users"),
    "privacy:policy": _for("everyone"),
    "privacy:sign": _for("everyone"),
    "privacy:mine": _for("person", method="POST"),
    "privacy:person": _for(_ENROLL, _person),
    "privacy:person_data": _for(_ENROLL, _person, method="POST"),
    "privacy:erasure_new": _for(_ENROLL, _person, method="POST"),
    "privacy:erasures": _for(_ENROLL),
    "privacy:retention": _for("administrator"),
    "lab:look": _for(_ENROLL),
    "lab:look_at": _for(_ENROLL, method="POST"),
    "lab:compare": _for(_ENROLL),
    "lab:compare_these": _for(_ENROLL, method="POST"),
    "lab:emotion_model": _for(_ENROLL),
}

#: Tested where they are made: a picture and an export need a file, a feed its secret, a clip its kiosk, an
#: enrolment at a kiosk its code, a provider its settings.
ELSEWHERE = {
    "provider": "tests/django/trust/test_provider.py",
    "provider_back": "tests/django/trust/test_provider.py",
    "consents:picture": "tests/django/consents/test_pages.py",
    "enrollment:picture": "tests/django/enrollment/test_photo_pages.py",
    "reports:export_run": "tests/django/reports/test_timesheets_access.py",
    "reports:export_progress": "tests/django/reports/test_timesheets_access.py",
    "reports:export_file": "tests/django/reports/test_timesheets_access.py",
    "rosters:feed": "tests/django/rosters/test_feeds.py",
    "reports:today_face": "tests/django/kiosks/test_crops.py",
    "offline_entries:resolve": "tests/django/offline/test_pages.py",
    **dict.fromkeys(
        [
            f"coaching:{name}"
            for name in (
                "begin",
                "consent",
                "frames",
                "skip",
                "go-on",
                "store",
                "progress",
                "try",
                "cancel",
                "done",
            )
        ],
        "tests/django/coaching/test_views.py",
    ),
    "privacy:erasure_decide": "tests/django/privacy/test_pages.py",
    "privacy:receipt": "tests/django/privacy/test_pages.py",
    "kiosks:demo-clip": "tests/django/kiosks/test_demo_camera.py",
}
