"""Timesheets: figures of the pages, and what a manager does on them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from faceroster.attendance.models import DayStatus, Period, PeriodStatus, TimesheetEvent
from faceroster.people.models import Department, Person
from faceroster.reports.selectors import Month
from faceroster.reports.timesheets.selectors import department_sheet, person_sheet
from faceroster.reports.timesheets.sheets import SheetState
from faceroster.trust.models import User
from tests.support.rosters import make_workday

pytestmark = pytest.mark.django_db

OCTOBER = Month(2026, 10)


@pytest.fixture(autouse=True)
def _in_november(freeze: Callable[[datetime], None]) -> None:
    freeze(datetime(2026, 11, 18, 14, 0, tzinfo=UTC))


@pytest.fixture
def make_month() -> Callable[..., None]:
    """``make_month(person)``: all of October, weekends off, with one day of each kind."""

    def make(person: Person, *, short: int = 0) -> None:
        for n in range(31):
            day = date(2026, 10, 1) + timedelta(days=n)
            if day.weekday() >= 5:
                make_workday(person, day, status=DayStatus.REST)
                continue
            start = datetime(2026, 10, day.day, 7, 0, tzinfo=UTC)
            figures: dict[str, Any] = {
                "due_minutes": 480,
                "worked_minutes": 480,
                "break_minutes": 30,
                "first_in": start,
                "last_out": start + timedelta(minutes=510),
                "shift_names": "Day",
            }
            if day.day == 1:
                figures |= {"late_minutes": 12, "worked_minutes": 468}
            if day.day == 2:
                figures |= {"overtime_minutes": 45, "worked_minutes": 525}
            if day.day == 5:
                figures = {"due_minutes": 480, "status": DayStatus.ABSENT, "absent": True}
            if day.day == 6:
                figures = {
                    "due_minutes": 480,
                    "credited_minutes": 480,
                    "status": DayStatus.LEAVE,
                    "leave_days": Decimal(1),
                }
            if day.day == 7:
                figures |= {"missed_out": True, "filled": True, "corrected": True, "last_out": None}
            if day.day == 8:
                figures |= {"worked_minutes": 480 - short, "weekly_overtime_minutes": 10}
            make_workday(person, day, **figures)

    return make


def row_of(html: str, person: Person) -> str:
    found = re.search(rf'<tr [^>]*data-number="{person.employee_number}">.*?</tr>', html, re.DOTALL)
    assert found
    return found[0]


def total(row: str, label: str) -> str:
    found = re.search(rf'data-label="{label}">([^<]*)<', row)
    assert found
    return found[1]


def test_totals_count_each_kind_of_day(person: Person, department: Department, make_month: Any) -> None:
    make_month(person)
    totals = department_sheet(department, OCTOBER).people[0].totals
    assert totals.due == 22 * 480
    assert totals.worked == 20 * 480 - 12 + 45
    assert totals.balance == totals.worked + 480 - totals.due == -480 + 33
    assert (totals.overtime, totals.weekly_overtime, totals.late) == (45, 10, 12)
    assert (totals.absent, totals.leave_days, totals.missed) == (1, Decimal(1), 1)


def test_a_day_that_is_not_over_counts_in_no_total(person: Person, department: Department) -> None:
    make_workday(person, date(2026, 11, 17), due_minutes=480, worked_minutes=400)
    make_workday(person, date(2026, 11, 18), due_minutes=480, worked_minutes=200, status=DayStatus.RUNNING)
    make_workday(person, date(2026, 11, 19), due_minutes=480, status=DayStatus.AHEAD)
    totals = person_sheet(person, department, Month(2026, 11)).totals
    assert (totals.due, totals.worked, totals.balance, totals.unfinished) == (480, 400, -80, 2)


def test_the_matrix_says_in_signs_and_words_what_each_day_was(
    staff_client: Client, person: Person, make_month: Any
) -> None:
    make_month(person)
    row = row_of(staff_client.get("/reports/timesheets/?month=2026-10").text, person)
    cells = re.findall(r'<td class="d[^>]*>.*?</td>', row)
    assert len(cells) == 31
    plain = [re.sub(r"<[^>]*>", "", cell) for cell in cells]
    assert plain[:8] == ["7:48!", "8:45", "–", "–", "A", "L", "8:00?*", "8:00"]
    assert 'title="Present, 12 minutes late"' in cells[0]
    assert 'title="Absent"' in cells[4]
    assert "Missed check-out, filled in by rule, Corrected" in cells[6]
    assert total(row, "Worked") == "160:33"
    assert total(row, "Balance") == "\u22127:27"
    assert total(row, "Late") == "0:12"


def test_the_persons_page_sums_up_weeks_and_agrees_with_the_matrix(
    staff_client: Client, person: Person, department: Department, make_month: Any
) -> None:
    make_month(person)
    text = staff_client.get(reverse("reports:timesheet", args=[person.pk, "2026-10"])).text
    sheet = person_sheet(person, department, OCTOBER)
    assert 'data-figure="worked">160:33<' in text
    assert 'data-figure="balance">\u22127:27<' in text
    assert len(sheet.weeks) == 5
    assert sum(week.totals.worked for week in sheet.weeks) == sheet.totals.worked
    assert text.count('<tr class="week">') == 5
    assert "09:00" in text
    assert "Missed check-out, filled in by rule" in text


def test_a_week_begins_where_the_sites_policy_says(person: Person, department: Department) -> None:
    from faceroster.rosters.models import Policy

    Policy.objects.create(site=department.site, number=1, effective_from=date(2026, 1, 1), week_starts_on=6)
    for day in (3, 4, 10, 11):
        make_workday(person, date(2026, 10, day), worked_minutes=60)
    weeks = person_sheet(person, department, OCTOBER).weeks
    assert [[day.day.day for day in week.days] for week in weeks] == [[3], [4, 10], [11]]


def test_a_person_who_moved_has_their_days_where_they_were_worked(
    manager_client: Client, person: Person, department: Department, make_department: Any
) -> None:
    make_workday(person, date(2026, 10, 1), worked_minutes=60)
    person.department = make_department(name="Elsewhere")
    person.save()
    make_workday(person, date(2026, 10, 2), worked_minutes=120)
    sheet = department_sheet(department, OCTOBER)
    assert [(row.who.id, row.totals.worked) for row in sheet.people] == [(person.pk, 60)]
    page = manager_client.get(reverse("reports:timesheet", args=[person.pk, "2026-10"]))
    assert 'data-figure="worked">1:00<' in page.text
    assert "Elsewhere" not in page.text
    other = f"?department={person.department_id}"
    url = reverse("reports:timesheet", args=[person.pk, "2026-10"])
    assert manager_client.get(url + other).status_code == 404
    assert manager_client.get(reverse("reports:timesheet", args=[person.pk, "2026-09"])).status_code == 404


def test_looking_makes_no_period(staff_client: Client, person: Person) -> None:
    assert staff_client.get("/reports/timesheets/?month=2026-10").status_code == 200
    assert not Period.objects.exists()


@pytest.mark.parametrize("month", ["2026-13", "x", "0001-01", "9999-12", "2026-1"])
def test_months_that_do_not_exist_are_not_found(staff_client: Client, person: Person, month: str) -> None:
    assert staff_client.get(f"/reports/timesheets/?month={month}").status_code == 404
    assert staff_client.get(f"/reports/timesheets/{person.pk}/{month}/").status_code == 404


def form(department: Department, **more: Any) -> dict[str, Any]:
    return {"department": str(department.pk), "month": "2026-10", **more}


def test_a_manager_approves_several_at_once_and_sees_when_one_has_changed_since(
    manager_client: Client, department: Department, make_person: Any, make_month: Any
) -> None:
    first, second, third = [make_person(department=department) for _ in range(3)]
    for somebody in (first, second, third):
        make_month(somebody)
    url = reverse("reports:timesheets_decide")
    people = [str(first.pk), str(second.pk)]
    response = manager_client.post(url, form(department, people=people, verdict="approve"), follow=True)
    assert "2 timesheets are approved." in response.text
    back = form(department, people=[str(third.pk)], verdict="send_back", note="Friday is wrong")
    manager_client.post(url, back)
    first.workdays.filter(day=date(2026, 10, 2)).update(worked_minutes=1)
    states = {row.who.id: row.state for row in department_sheet(department, OCTOBER).people}
    assert states == {
        first.pk: SheetState.OUTDATED,
        second.pk: SheetState.APPROVED,
        third.pk: SheetState.SENT_BACK,
    }
    text = manager_client.get("/reports/timesheets/?month=2026-10").text
    assert "Changed since approval" in row_of(text, first)
    assert "Approved" in row_of(text, second)
    said = manager_client.get(reverse("reports:timesheet", args=[third.pk, "2026-10"])).text
    assert "Friday is wrong" in said


def test_nobody_approves_figures_that_they_were_not_shown(
    manager_client: Client,
    department: Department,
    make_person: Any,
    make_month: Any,
    freeze: Callable[[datetime], None],
) -> None:
    still, changed = make_person(department=department), make_person(department=department, name="Ari Moved")
    seen = timezone.now() - timedelta(minutes=1)
    for somebody in (still, changed):
        make_month(somebody)
        somebody.workdays.update(computed_at=seen)
    text = manager_client.get("/reports/timesheets/?month=2026-10").text
    [shown_at] = set(re.findall(r'name="shown_at" value="([^"]+)"', text))
    changed.workdays.filter(day=date(2026, 10, 2)).update(
        worked_minutes=1, computed_at=seen + timedelta(minutes=2)
    )
    url, both = reverse("reports:timesheets_decide"), [str(still.pk), str(changed.pk)]
    given = form(department, people=both, verdict="approve", shown_at=shown_at)
    refused = manager_client.post(url, given, follow=True)
    assert "Figures have changed since this page was shown: Ari Moved." in refused.text
    assert not TimesheetEvent.objects.exists()
    manager_client.post(url, {**given, "people": [str(still.pk)]})
    assert TimesheetEvent.objects.get().person == still
    freeze(timezone.now() + timedelta(minutes=5))
    page = manager_client.get(reverse("reports:timesheet", args=[changed.pk, "2026-10"])).text
    [shown_at] = re.findall(r'name="shown_at" value="([^"]+)"', page)
    manager_client.post(url, form(department, people=both[1:], verdict="approve", shown_at=shown_at))
    assert TimesheetEvent.objects.count() == 2


def test_only_those_can_be_selected_about_whom_the_reader_can_decide(
    manager_client: Client, manager_user: User, department: Department, make_person: Any, make_month: Any
) -> None:
    """Or whoever selects everyone would be refused for all of them."""
    own, other, without_days = (
        make_person(department=department, user=user) for user in (manager_user, None, None)
    )
    for somebody in (own, other):
        make_month(somebody)
    text = manager_client.get("/reports/timesheets/?month=2026-10").text
    boxes = re.findall(r'name="people" value="([^"]+)"', text)
    assert boxes == [str(other.pk)]
    assert without_days.name in text
    note = re.search(r'<input id="decide-note"[^>]*>', text)
    assert note, "without a note nothing is sent back, and the browser says so before the ticks are lost"
    assert " required" in note[0]
    assert re.search(r'value="approve" formnovalidate>', text)
    words = "Your word on this month"
    assert words in manager_client.get(reverse("reports:timesheet", args=[other.pk, "2026-10"])).text
    assert words not in manager_client.get(reverse("reports:timesheet", args=[own.pk, "2026-10"])).text


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"people": [], "verdict": "approve"}, "Select at least one person."),
        ({"people": ["mine"], "verdict": "send_back"}, "Please say in a note what is wrong."),
        ({"people": ["mine", "theirs"], "verdict": "approve"}, "Somebody is not on this timesheet any more."),
    ],
)
def test_what_cannot_be_decided_is_said_and_nothing_is_half_done(
    manager_client: Client,
    person: Person,
    make_person: Any,
    make_month: Any,
    more: dict[str, Any],
    sentence: str,
) -> None:
    make_month(person)
    stranger = make_person()
    make_month(stranger)
    keys = {"mine": str(person.pk), "theirs": str(stranger.pk)}
    sent = form(person.department, **{**more, "people": [keys[key] for key in more["people"]]})
    response = manager_client.post(reverse("reports:timesheets_decide"), sent, follow=True)
    assert sentence in response.text
    assert not TimesheetEvent.objects.exists()


def test_a_period_is_closed_with_its_digest_on_the_page_and_reopened_with_a_reason(
    manager_client: Client, person: Person, department: Department, make_month: Any
) -> None:
    make_month(person)
    sent = form(department, people=[str(person.pk)], verdict="approve")
    manager_client.post(reverse("reports:timesheets_decide"), sent)
    response = manager_client.post(reverse("reports:timesheets_close"), form(department), follow=True)
    assert "The period is closed and sealed." in response.text
    period = Period.objects.get()
    assert period.status == PeriodStatus.CLOSED
    for url in ("/reports/timesheets/?month=2026-10", f"/reports/timesheets/{person.pk}/2026-10/"):
        text = manager_client.get(url).text
        assert period.digest in text
        assert 'name="verdict"' not in text
    again = manager_client.post(reverse("reports:timesheets_decide"), sent, follow=True)
    assert 'class="message error"' in again.text
    reopen = reverse("reports:timesheets_reopen")
    assert 'class="message error"' in manager_client.post(reopen, form(department), follow=True).text
    sent = form(department, reason="A correction came late")
    assert "The period is open again." in manager_client.post(reopen, sent, follow=True).text
    assert "A correction came late" in manager_client.get("/reports/timesheets/?month=2026-10").text


def test_an_unapproved_period_closes_only_when_an_administrator_insists(
    admin_client: Client, manager_client: Client, person: Person, department: Department, make_month: Any
) -> None:
    make_month(person)
    url = reverse("reports:timesheets_close")
    assert 'name="despite"' not in manager_client.get("/reports/timesheets/?month=2026-10").text
    assert 'name="despite"' in admin_client.get("/reports/timesheets/?month=2026-10").text
    manager_client.post(url, form(department, despite="1"))
    admin_client.post(url, form(department))
    assert not Period.objects.filter(status=PeriodStatus.CLOSED).exists()
    admin_client.post(url, form(department, despite="1"))
    assert Period.objects.filter(status=PeriodStatus.CLOSED).exists()


def test_pages_need_few_queries_however_many_people_there_are(
    manager_client: Client,
    manager_user: User,
    department: Department,
    make_person: Any,
    make_month: Any,
    django_assert_max_num_queries: Any,
) -> None:
    people = [make_person(department=department) for _ in range(4)]
    for somebody in people:
        make_month(somebody)
    sent = form(department, people=[str(row.pk) for row in people], verdict="approve")
    manager_client.post(reverse("reports:timesheets_decide"), sent)
    with django_assert_max_num_queries(16):
        manager_client.get("/reports/timesheets/?month=2026-10")
    with django_assert_max_num_queries(18):
        manager_client.get(f"/reports/timesheets/{people[0].pk}/2026-10/")


def test_words_of_others_cannot_break_out_of_the_page(staff_client: Client, make_person: Any) -> None:
    person = make_person(name="<script>alert(1)</script>")
    make_workday(person, date(2026, 10, 1), worked_minutes=60, shift_names="<b>Night</b>")
    for url in (
        f"/reports/timesheets/?month=2026-10&department={person.department_id}",
        f"/reports/timesheets/{person.pk}/2026-10/",
    ):
        text = staff_client.get(url).text
        assert "<script>alert" not in text
        assert "<b>Night" not in text
        assert " style=" not in text
        assert "<script>" not in text


def test_one_may_only_be_sent_back_to_a_timesheet(manager_client: Client, department: Department) -> None:
    for there in ("https://evil.example/reports/timesheets/", "//evil.example", "/admin/"):
        sent = form(department, people=[], verdict="approve", next=there)
        response = manager_client.post(reverse("reports:timesheets_decide"), sent)
        assert response["Location"].startswith("/reports/timesheets/?department=")
