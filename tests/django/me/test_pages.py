"""What people see of themselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from faceroster.attendance.models import Correction, Period, Verdict
from faceroster.core.errors import Conflict
from faceroster.me.access import home_of
from faceroster.me.days import days_of, sums_of
from faceroster.me.services import person_account_create
from faceroster.people.models import Person
from faceroster.rosters.models import LeaveKind, LeaveRequest
from faceroster.trust.models import User
from tests.django.me.conftest import NOW, TODAY, at, full_day
from tests.support.rosters import make_punch, make_workday

pytestmark = pytest.mark.django_db

PAGES = [
    "/me/",
    "/me/days/",
    "/me/corrections/",
    "/me/corrections/new/",
    "/me/leave/",
    "/me/calendar/",
    "/me/data/",
    "/me/notices/",
]


def test_the_overview_says_what_is_now_and_how_the_weeks_stand(lived: Person, person_client: Client) -> None:
    text = person_client.get("/me/").text
    assert "You are in since 09:00" in text
    seen = person_client.get("/me/").context["seen"]
    # Monday and Tuesday are over, today is not; Thursday and Friday are only planned.
    assert (seen.week.worked, seen.week.due, seen.week.planned) == (990 + 180, 960, 5 * 480)
    assert (seen.week.balance, seen.month.overtime) == (30, 7 * 15)
    assert [len(entry.plan.shifts) for entry in seen.ahead[:5]] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        (("ahead", "expected_start 12:00", "late_from 12:05"), "begins at 13:00"),
        (("running", "expected_start 08:00", "late_from 08:05"), "expected at 09:00"),
        (("running", "first_in 07:00", "last_out 10:30"), "went out at 11:30"),
        (("present", "first_in 06:00", "last_out 10:00"), "from 07:00 to 11:00"),
        (("leave",), "On leave"),
        (("holiday",), "Holiday"),
    ],
)
def test_each_state_in_words(
    person: Person, person_client: Client, now: datetime, figures: tuple[str, ...], words: str
) -> None:
    status, *times = figures
    instants = {name: at(TODAY, clock) for name, clock in map(str.split, times)}
    make_workday(person, TODAY, status=status, **instants)
    assert words in person_client.get("/me/").text


def test_a_night_shift_is_still_the_evenings(person: Person, person_client: Client, now: datetime) -> None:
    eve = TODAY - timedelta(days=1)
    make_workday(person, eve, status="running", first_in=at(eve, "21:00"), present=True)
    make_workday(person, TODAY, status="ahead")
    assert "in since 22:00" in person_client.get("/me/").text


def test_a_missed_check_out_asks_for_a_word(person: Person, person_client: Client, now: datetime) -> None:
    day = TODAY - timedelta(days=2)
    make_workday(person, day, missed_out=True)
    assert f"/me/corrections/new/?day={day}&amp;direction=out" in person_client.get("/me/").text


def test_a_month_shows_figures_punches_and_a_running_balance(lived: Person, person_client: Client) -> None:
    full_day(lived, date(2026, 2, 27))
    text = person_client.get("/me/days/").text
    for expected in ("8:15", "0:30", "+1:45", "09:00", "17:45"):
        assert expected in text
    days = days_of(lived, first=date(2026, 3, 1), last=TODAY)
    assert [day.day for day in days][:2] == [TODAY, TODAY - timedelta(days=1)]
    assert days[0].balance == 7 * 15, "the day under way does not count yet"
    assert sums_of([day.row for day in days if day.row]).balance == 7 * 15
    february = person_client.get("/me/days/?month=2026-02").text
    assert 'id="d-2026-02-28"' in february
    assert 'id="d-2026-03-01"' not in february


def test_what_a_correction_did_to_a_punch_is_said(
    lived: Person, person_client: Client, manager_user: User
) -> None:
    day = TODAY - timedelta(days=1)
    first, last = lived.punches.filter(day=day).order_by("at")
    changed = Correction.objects.create(
        person=lived, kind="change", day=day, punch=first, at=at(day, "07:30"), reason="early"
    )
    voided = Correction.objects.create(person=lived, kind="void", day=day, punch=last, reason="not me")
    added = Correction.objects.create(
        person=lived, kind="add", day=day, site=first.site, zone="Europe/Berlin", at=at(day, "17:00"),
        direction="out", reason="left later",
    )  # fmt: skip
    for row in (changed, voided, added):
        Verdict.objects.create(correction=row, approved=True, decided_by=manager_user)
    stamps = days_of(lived, first=day, last=day)[0].stamps
    assert [(f"{stamp.at:%H:%M}", stamp.direction, stamp.voided) for stamp in stamps] == [
        ("08:30", "in", False),
        ("17:45", "out", True),
        ("18:00", "out", False),
    ]
    assert stamps[0].was is not None
    text = person_client.get("/me/days/").text
    for words in ("corrected, punched at 09:00", "Does not count", "Added by a correction: “left later”"):
        assert words in text


def test_the_end_of_a_night_lies_with_its_evening(person: Person, now: datetime) -> None:
    eve = TODAY - timedelta(days=2)
    morning = eve + timedelta(days=1)
    make_punch(person, at(eve, "21:00"))
    make_punch(person, at(morning, "05:00"), "out")
    make_workday(person, eve, first_in=at(eve, "21:00"), last_out=at(morning, "05:00"))
    [later, earlier] = days_of(person, first=eve, last=morning)
    assert (len(later.stamps), len(earlier.stamps)) == (0, 2)
    assert earlier.out_later == 1


def test_a_closed_month_says_so(lived: Person, person_client: Client) -> None:
    Period.objects.create(
        department=lived.department,
        first=date(2026, 2, 1),
        last=date(2026, 2, 28),
        status="closed",
        digest="x",
    )
    text = person_client.get("/me/days/?month=2026-02").text
    assert "This month is closed" in text
    assert "/me/corrections/new/" not in text
    assert "This month is closed" not in person_client.get("/me/days/").text


def test_leave_shows_what_is_left(lived: Person, person_client: Client) -> None:
    holiday = LeaveKind.objects.create(name="Holiday", days_per_year=Decimal(28))
    LeaveKind.objects.create(name="Sickness", limited=False)
    LeaveRequest.objects.create(
        person=lived, kind=holiday, first=date(2026, 6, 1), last=date(2026, 6, 5), status="approved"
    )
    found = {entry.kind.name: entry.balance for entry in person_client.get("/me/leave/").context["balances"]}
    assert (found["Holiday"].left, found["Sickness"].left) == (Decimal(23), None)


def test_data_in_numbers(lived: Person, person_client: Client) -> None:
    stored = person_client.get("/me/data/").context["stored"]
    assert (stored.photos, stored.punches, stored.workdays) == (0, 15, 8)


def test_choices_of_mails_are_kept(person_client: Client, person_user: User) -> None:
    person_client.post("/me/notices/", {"on": ["leave_decided", "late", "nonsense"]})
    assert dict(person_user.subscriptions.values_list("event", "on")) == {
        "missed_out": False,
        "correction_decided": False,
        "leave_decided": True,
    }


def test_a_calendar_of_ones_own_has_an_address_that_is_told_once(
    lived: Person, person_client: Client
) -> None:
    shown = person_client.post("/me/calendar/")
    address = shown.context["address"]
    assert address in shown.text
    assert "no-store" in shown["Cache-Control"]
    assert address not in person_client.get("/me/calendar/").text
    path = address.removeprefix("http://testserver")
    assert b"BEGIN:VEVENT" in Client().get(path).content
    assert b"BEGIN:VEVENT" in person_client.get("/me/calendar/shifts.ics").content
    person_client.post("/me/calendar/", {"revoke": "1"})
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_queries_stay_few(
    lived: Person, person_client: Client, page: str, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        Correction.objects.create(
            person=lived,
            kind="void",
            day=TODAY,
            punch=make_punch(lived, NOW - timedelta(minutes=n)),
            reason="x",
        )
    LeaveKind.objects.create(name="Holiday", days_per_year=Decimal(28))
    with django_assert_max_num_queries(24):
        assert person_client.get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["de", "ar"])
def test_pages_need_no_inline_script_or_style(
    lived: Person, person_client: Client, page: str, language: str
) -> None:
    text = person_client.get(page, headers={"accept-language": language}).text
    for nothing in (" style=", "<style", " onclick=", "<script>"):
        assert nothing not in text


def test_where_each_role_begins(
    admin_user: User, staff_user: User, manager_user: User, person_user: User
) -> None:
    assert [home_of(user) for user in (admin_user, staff_user, manager_user)] == ["/reports/today/"] * 3
    assert home_of(person_user) == "/me/"


def test_an_account_is_given_once(
    person: Person, make_person: Any, staff_user: User, admin_user: User
) -> None:
    for _ in range(2):
        assert person_account_create(person=person, user=staff_user).user == staff_user
    with pytest.raises(Conflict, match=r"account\.person_taken"):
        person_account_create(person=person, user=admin_user)
    with pytest.raises(Conflict, match=r"account\.user_taken"):
        person_account_create(person=make_person(), user=staff_user)
    with pytest.raises(Conflict, match=r"account\.left"):
        person_account_create(person=make_person(active=False), user=admin_user)
