"""Day sheet and month, and that their exports say the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from faceroster.attendance.models import Direction, PunchSource
from faceroster.kiosks.models import Decision, Kiosk, KioskStatus, Outcome
from faceroster.people.models import Department, Person, Site
from faceroster.reports.dashboard import dashboard
from faceroster.reports.exports import csv_response, safe_cell
from faceroster.reports.selectors import Month, day_sheet_for, month_sheet_for
from faceroster.reports.timeline import hour_ticks
from faceroster.trust.models import User
from tests.django.reports.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db

FRIDAY = date(2026, 11, 13)


@pytest.fixture
def crew(make_person: Any, department: Department, hit: Any) -> list[Person]:
    """Four people and a Friday: a whole day, a missed check-out, a night, nobody seen."""
    people = [make_person(name=name, department=department) for name in ("Ada", "Ben", "Cleo", "Dora")]
    for person, clocks in zip(
        people,
        (("08:58:40", "12:01", "12:45", "17:02:10"), ("09:00", "12:00", "13:00"), ("18:00", "24:40"), ()),
        strict=True,
    ):
        for clock in clocks:
            hit(person, clock, day=FRIDAY)
    return people


def test_the_day_sheet_has_everyone_and_their_figures(
    staff_client: Client, crew: list[Person], department: Department, table: Any, now: datetime
) -> None:
    page = staff_client.get(f"/reports/day/?department={department.pk}&date=2026-11-13")
    assert table(page.text) == [
        ["Ada", "08:58", "17:02", "7:20", "", ""],
        ["Ben", "09:00", "", "3:00", "", "missed check-out"],
        ["Cleo", "18:00", "00:40+1", "6:40", "", ""],
        ["Dora", "", "", "", "", "not seen"],
    ]
    assert 'class="stat-value">17:00 ' in page.text  # together
    assert 'href="?department=' in page.text
    assert "date=2026-11-12" in page.text
    assert "date=2026-11-14" in page.text


def test_the_day_sheets_export_equals_the_page(
    staff_client: Client,
    crew: list[Person],
    department: Department,
    table: Any,
    sheet_csv: Callable[[Any], list[dict[str, str]]],
    now: datetime,
) -> None:
    query = f"?department={department.pk}&date=2026-11-13"
    shown = table(staff_client.get(f"/reports/day/{query}").text)
    response = staff_client.get(f"/reports/day/csv/{query}")
    rows = sheet_csv(response)
    assert [
        [row["name"], row["first_in"], row["last_out"].replace(" ", ""), row["worked"], "", row["note"]]
        for row in rows
    ] == shown
    assert {(row["date"], row["department"], row["zone"]) for row in rows} == {
        ("2026-11-13", department.name, "Europe/Berlin")
    }
    assert [row["worked_minutes"] for row in rows] == ["440", "180", "400", ""]
    assert rows[0]["spans"] == "08:58-12:01; 12:45-17:02"
    assert "2026-11-13.csv" in response["Content-Disposition"]


def test_the_month_and_its_export_agree(
    staff_client: Client,
    crew: list[Person],
    hit: Any,
    table: Any,
    sheet_csv: Callable[[Any], list[dict[str, str]]],
    now: datetime,
) -> None:
    ada = crew[0]
    hit(ada, "09:00")
    page = staff_client.get(f"/reports/person/{ada.pk}/?month=2026-11").text
    shown, rows = table(page), sheet_csv(staff_client.get(f"/reports/person/{ada.pk}/csv/?month=2026-11"))
    assert len(shown) == len(rows) == 18  # up to today
    for cells, row in zip(shown, rows, strict=True):
        assert cells[0].split()[0] == str(int(row["date"][-2:]))
        spans = [span.strip() for span in row["spans"].split(";") if span]
        assert cells[2].replace(" still in", "").split() == spans
        assert cells[3] == row["worked"]
    assert shown[12][2] == "08:58-12:01 12:45-17:02"
    assert (rows[17]["spans"], rows[17]["note"]) == ("09:00-", "still in")
    total = sum(int(row["worked_minutes"] or 0) for row in rows)
    assert f'id="month-worked" class="stat-value">{total // 60}:{total % 60:02} ' in page


def test_each_punch_says_where_it_comes_from(
    staff_client: Client, person: Person, site: Site, staff_user: User, hit: Any, now: datetime
) -> None:
    kiosk = Kiosk.objects.create(name="Front door", site=site, status=KioskStatus.ACTIVE, secret_digest="s")
    decision = Decision.objects.create(
        kiosk=kiosk,
        site=site,
        outcome=Outcome.ACCEPTED,
        person=person,
        score=6.4123,
        threshold=3.66,
        margin=1,
        score_kind="llr",
        gallery_version=1,
    )
    hit(person, "08:00", kiosk=kiosk, decision=decision)
    hit(person, "12:00", source=PunchSource.MANUAL, user=staff_user, note="Lunch with a client")
    hit(person, "13:00", source=PunchSource.API, user=staff_user)
    text = staff_client.get(f"/reports/person/{person.pk}/").text
    assert "Kiosk “Front door”, recognised with a score of 6.41, 3.66 was needed" in text
    assert "By hand, entered by stella: “Lunch with a client”" in text
    assert "Sent by a program for stella" in text


def test_a_punch_elsewhere_is_shown_in_that_places_zone(
    staff_client: Client, person: Person, make_site: Any, hit: Any, now: datetime
) -> None:
    hit(person, "08:00")
    hit(person, "10:00", site=make_site(timezone="Europe/Lisbon"))  # 11:00 in Berlin
    text = staff_client.get(f"/reports/person/{person.pk}/").text
    assert '>10:00</time> <span class="zone" title="Europe/Lisbon">Lisbon</span>' in text
    assert ">3:00<" in text


def test_who_left_stays_on_the_days_they_were_here(
    staff_user: User, crew: list[Person], department: Department
) -> None:
    Person.objects.filter(pk__in=[crew[0].pk, crew[3].pk]).update(active=False)
    then = day_sheet_for(staff_user, department=department, day=FRIDAY, now=NOW)
    since = day_sheet_for(staff_user, department=department, day=TODAY, now=NOW)
    assert [row.person.name for row in then.rows] == ["Ada", "Ben", "Cleo"]
    assert [row.person.name for row in since.rows] == ["Ben", "Cleo"]


def test_no_next_day_after_today_and_no_next_month_after_this(
    staff_user: User, person: Person, department: Department
) -> None:
    sheet = day_sheet_for(staff_user, department=department, day=TODAY, now=NOW)
    assert (sheet.previous, sheet.next) == (TODAY - timedelta(days=1), None)
    month = month_sheet_for(person, month=Month(2026, 11), now=NOW)
    assert (str(month.previous), month.next) == ("2026-10", None)
    december = month_sheet_for(person, month=Month(2025, 12), now=NOW)
    assert (str(december.next), len(december.rows)) == ("2026-01", 31)


def test_a_month_that_has_not_begun_is_empty(staff_client: Client, person: Person, now: datetime) -> None:
    text = staff_client.get(f"/reports/person/{person.pk}/?month=2026-12").text
    assert "This month has not begun" in text


def test_the_bar_shows_spans_and_punches_at_their_place(
    staff_user: User, department: Department, make_person: Any, hit: Any
) -> None:
    person = make_person(department=department)
    for clock in ("10:00", "16:00", "27:00"):
        hit(person, clock, day=FRIDAY)
    (row,) = day_sheet_for(staff_user, department=department, day=FRIDAY, now=NOW).rows
    (span,) = row.timeline.stretches  # the day goes from 04:00 to 04:00
    assert (span.x, span.width, span.state) == ("25.00%", "25.00%", "closed")
    assert [mark.x for mark in row.timeline.marks] == ["25.00%", "50.00%", "95.83%"]
    assert row.timeline.marks[2].title == "In 03:00 +1"


def test_an_open_span_reaches_up_to_now(staff_user: User, person: Person, hit: Any) -> None:
    hit(person, "10:00")
    (row,) = day_sheet_for(staff_user, department=person.department, day=TODAY, now=NOW).rows
    assert (row.timeline.stretches[0].width, row.timeline.stretches[0].state) == ("20.83%", "open")


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
    (row,) = sheet_csv(staff_client.get(f"/reports/day/csv/?department={department.pk}"))
    assert (row["name"], row["employee_number"]) == ('\'=HYPERLINK("http://x")', "'@1")


def test_a_file_name_holds_nothing_odd() -> None:
    response = csv_response('Küche; "x"\r\n 2026-11-13', [])
    assert response["Content-Disposition"] == 'attachment; filename="kuche-x-2026-11-13.csv"'


def test_the_admins_first_page_has_its_numbers(
    admin_user: User, crew: list[Person], hit: Any, site: Site, now: datetime
) -> None:
    hit(crew[0], "08:00")
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


def test_in_and_out_by_hand_may_contradict_and_nothing_breaks(
    staff_client: Client, person: Person, staff_user: User, hit: Any, table: Any, now: datetime
) -> None:
    manual = {"source": PunchSource.MANUAL, "user": staff_user, "note": "x"}
    hit(person, "08:00", direction=Direction.OUT, **manual)
    hit(person, "09:00", direction=Direction.IN, **manual)
    hit(person, "10:00", direction=Direction.IN, **manual)
    shown = table(staff_client.get(f"/reports/person/{person.pk}/").text)[-1]
    assert shown[2] == "?-08:00 missed check-in 09:00-? missed check-out 10:00- still in"
