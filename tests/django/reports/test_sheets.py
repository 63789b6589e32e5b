"""The day sheet: whose day it was, the figures of the workdays, and an export that says the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from faceroster.attendance.corrections import correction_make
from faceroster.attendance.models import CorrectionKind, DayStatus, Workday
from faceroster.attendance.workdays import workdays_compute
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.people.models import Department, Person, Site
from faceroster.reports.dashboard import dashboard
from faceroster.reports.exports import csv_response, safe_cell
from faceroster.reports.selectors import DaySheet, day_sheet_for
from faceroster.reports.today.bar import hour_ticks
from faceroster.trust.models import User
from tests.django.reports.conftest import NOW, TODAY
from tests.support.rosters import assign, make_shift, make_workday

pytestmark = pytest.mark.django_db

FRIDAY = date(2026, 11, 13)
URL = "/reports/day/"


def compute(people: list[Person], day: date = FRIDAY) -> None:
    workdays_compute(person_ids=[person.pk for person in people], first=day, last=day, now=NOW)


def read(user: User, department: Department, day: date = FRIDAY) -> DaySheet:
    return day_sheet_for(user, department=department, day=day, now=NOW)


@pytest.fixture
def crew(make_person: Any, department: Department, hit: Any) -> list[Person]:
    """A Friday of nine to half past five: late and long, a missed check-out, a whole day off, and no row."""
    people = [make_person(name=name, department=department) for name in ("Ada", "Ben", "Cleo", "Dora")]
    assign(department, make_shift(department.site, overtime_after_minutes=480))
    for person, clocks in zip(
        people, (("09:12:40", "12:01", "12:45", "19:02:10"), ("09:00", "12:00", "13:00"), ()), strict=False
    ):
        for clock in clocks:
            hit(person, clock, day=FRIDAY)
    compute(people[:3])
    return people


def query(department: Department, day: date = FRIDAY) -> str:
    return f"?department={department.pk}&date={day.isoformat()}"


def test_it_shows_the_figures_of_the_workdays(
    staff_client: Client, crew: list[Person], department: Department, table: Any, now: datetime
) -> None:
    page = staff_client.get(URL + query(department)).text
    ada = Workday.objects.get(person=crew[0], day=FRIDAY)
    assert (ada.worked_minutes, ada.break_minutes, ada.overtime_minutes, ada.late_minutes) == (
        546,
        44,
        66,
        12,
    )
    assert table(page) == [
        ["Ada", "09:12", "19:02", "9:06", "0:44", "1:06", "0:12", "", "Present"],
        ["Ben", "09:00", "", "3:00", "", "", "", "", "Present Missed check-out"],
        ["Cleo", "", "", "", "", "", "", "", "Absent"],
        ["Dora", "", "", "", "", "", "", "", "Not known yet"],
    ]
    assert 'class="stat-value">12:06 ' in page  # together
    assert f'href="/reports/today/person/{crew[0].pk}/2026-11-13/"' in page
    assert "date=2026-11-12" in page
    assert "date=2026-11-14" in page


def test_its_export_equals_the_page(
    staff_client: Client,
    crew: list[Person],
    department: Department,
    table: Any,
    sheet_csv: Callable[[Any], list[dict[str, str]]],
    now: datetime,
) -> None:
    def shown_as(minutes: str) -> str:
        return f"{int(minutes) // 60}:{int(minutes) % 60:02}" if minutes and minutes != "0" else ""

    shown = table(staff_client.get(URL + query(department)).text)
    response = staff_client.get(f"{URL}csv/{query(department)}")
    rows = sheet_csv(response)
    lengths = ("worked_minutes", "break_minutes", "overtime_minutes", "late_minutes")
    assert [
        [row["name"], row["first_in"], row["last_out"], *[shown_as(row[name]) for name in lengths], "",
         " ".join(filter(None, (row["status"], row["note"])))]
        for row in rows
    ] == shown  # fmt: skip
    assert {(row["date"], row["department"], row["zone"]) for row in rows} == {
        ("2026-11-13", department.name, "Europe/Berlin")
    }
    assert [row["worked"] for row in rows] == ["9:06", "3:00", "0:00", ""]
    assert "2026-11-13.csv" in response["Content-Disposition"]


def test_who_moved_stays_where_the_day_was(
    admin_user: User, manager_user: User, crew: list[Person], department: Department, make_department: Any
) -> None:
    Person.objects.filter(pk=crew[0].pk).update(department=make_department())
    Person.objects.filter(pk=crew[3].pk).update(active=False)
    compute(crew, TODAY)
    names = {row.person.name: row.linked for row in read(manager_user, department).rows}
    assert names == {"Ada": False, "Ben": True, "Cleo": True}  # their day is for the other manager to open
    assert [row.linked for row in read(admin_user, department).rows] == [True] * 3
    assert "Ada" not in {row.person.name for row in read(admin_user, department, TODAY).rows}
    elsewhere = read(admin_user, crew[0].department.__class__.objects.get(people=crew[0]))
    assert elsewhere.rows == []


def test_the_bar_shows_what_counts_and_what_was_expected(
    admin_user: User, crew: list[Person], department: Department, hit: Any
) -> None:
    bar = read(admin_user, department).rows[1].bar
    assert bar is not None
    assert [(span.kind, span.title) for span in bar.spans] == [("closed", "09:00–12:00")]
    assert [shift.title for shift in bar.shifts] == ["09:00–17:30"]
    correction_make(
        person=crew[1],
        kind=CorrectionKind.ADD,
        day=FRIDAY,
        user=admin_user,
        reason="Forgot",
        at=datetime(2026, 11, 13, 16, 30, tzinfo=UTC),
        direction="out",
        site=department.site,
    )
    compute([crew[1]])
    sheet = read(admin_user, department)
    first, second = sheet.rows[0].bar, sheet.rows[1].bar
    assert first is not None
    assert second is not None
    assert second.spans[-1].title == "13:00–17:30"
    assert [mark.kind for mark in second.marks] == ["", "", "", "corrected"]
    assert first.shifts == second.shifts  # all bars go from one hour to the same other


def test_the_bar_never_contradicts_the_figures(
    admin_user: User, crew: list[Person], department: Department
) -> None:
    first_in = datetime(2026, 11, 13, 7, 0, tzinfo=UTC)
    Workday.objects.filter(person=crew[0]).update(first_in=first_in, expected_start=first_in)  # as of old
    row = read(admin_user, department).rows[0]
    assert row.bar is not None
    assert [span.title for span in row.bar.spans] == ["08:00–19:02"]
    assert [shift.title for shift in row.bar.shifts] == ["08:00–17:30"]


def test_a_night_belongs_to_its_first_day(
    admin_user: User, make_person: Any, department: Department, hit: Any
) -> None:
    person = make_person(department=department)
    assign(person, make_shift(department.site, "Night", "22:00", "06:00"))
    hit(person, "21:55", day=FRIDAY)
    hit(person, "30:05", day=FRIDAY)
    compute([person])
    (row,) = read(admin_user, department).rows
    assert (row.first_in, row.last_out) == ("21:55", "06:05 +1")
    assert row.bar is not None
    assert [span.title for span in row.bar.spans] == ["21:55–06:05"]


def test_who_is_in_is_drawn_up_to_now(
    admin_user: User, person: Person, department: Department, hit: Any
) -> None:
    hit(person, "10:00")
    compute([person], TODAY)
    (row,) = read(admin_user, department, TODAY).rows
    assert row.bar is not None
    assert [(span.kind, span.title) for span in row.bar.spans] == [("open", "10:00–15:00")]
    assert row.notes == ["Still in"]


def test_no_next_day_after_today(admin_user: User, department: Department) -> None:
    assert read(admin_user, department, TODAY).next is None
    assert read(admin_user, department, TODAY - timedelta(days=1)).next == TODAY


def test_queries_do_not_grow_with_the_people(
    staff_client: Client,
    department: Department,
    make_person: Any,
    hit: Any,
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    assign(department, make_shift(department.site))
    people = [make_person(department=department) for _ in range(30)]
    for person in people:
        for clock in ("08:00", "12:00", "12:30", "14:00"):
            hit(person, clock)
    compute(people, TODAY)
    for url in (URL, f"{URL}csv/"):
        with django_assert_max_num_queries(23):  # the file's five of the audit log included
            assert people[29].name.encode() in b"".join(staff_client.get(url))


def test_hours_on_the_bar_follow_the_clock_also_when_it_changes() -> None:
    site = Site(timezone="Europe/Berlin")
    start = datetime(2026, 3, 28, 3, 0, tzinfo=UTC)
    ticks = hour_ticks((start, start + timedelta(hours=23)), site.zone)
    assert [tick.label for tick in ticks] == ["06", "09", "12", "15", "18", "21", "00", "03"]


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("\uff1dHYPERLINK()", "'\uff1dHYPERLINK()"),
        ("O'Connor", "O'Connor"),
        ("08:58-12:01", "08:58-12:01"),
        (7, "7"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(cell: object, safe: str) -> None:
    assert safe_cell(cell) == safe


def test_a_name_cannot_become_a_formula_in_an_export(
    staff_client: Client, make_person: Any, department: Department, sheet_csv: Any
) -> None:
    make_person(name='=HYPERLINK("http://x")', employee_number="@1", department=department)
    (row,) = sheet_csv(staff_client.get(f"{URL}csv/?department={department.pk}"))
    assert (row["name"], row["employee_number"]) == ('\'=HYPERLINK("http://x")', "'@1")


def test_names_are_escaped(staff_client: Client, make_person: Any, department: Department) -> None:
    make_person(name="<script>alert(1)</script>", department=department)
    assert "<script>alert" not in staff_client.get(URL).text


def test_a_file_name_holds_nothing_odd() -> None:
    response = csv_response('Küche; "x"\r\n 2026-11-13', [])
    assert response["Content-Disposition"] == 'attachment; filename="kuche-x-2026-11-13.csv"'


def test_the_admins_first_page_has_its_numbers(
    admin_user: User, crew: list[Person], site: Site, now: datetime
) -> None:
    make_workday(crew[0], TODAY, status=DayStatus.RUNNING, present=True, first_in=NOW - timedelta(hours=6))
    Kiosk.objects.create(site=site, status=KioskStatus.ACTIVE, secret_digest="a", last_seen_at=NOW)
    Kiosk.objects.create(
        site=site, status=KioskStatus.ACTIVE, secret_digest="b", last_seen_at=NOW - timedelta(minutes=6)
    )
    request = RequestFactory().get("/admin/")
    request.user = admin_user
    numbers = {n["label"]: n["value"] for n in dashboard(request, {})["numbers"]}
    assert numbers == {
        "In now": 1,
        "People": 4,
        "Without an accepted photo": 4,
        "Photos to review": 0,
        "Kiosks seen in the last 5 minutes": 1,
    }
    request.user = AnonymousUser()
    assert dashboard(request, {})["numbers"][0]["value"] == 0
