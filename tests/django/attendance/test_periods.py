"""Approving sheets, closing periods and reopening them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from faceroster.attendance import guards, periods, seals, signals, workdays
from faceroster.attendance.corrections import correction_decide, correction_request
from faceroster.attendance.models import (
    Due,
    Period,
    PeriodEvent,
    PeriodStatus,
    Punch,
    Seal,
    TimesheetEvent,
    Workday,
)
from faceroster.attendance.periods import (
    period_close,
    period_of,
    period_reopen,
    timesheet_approve,
    timesheet_send_back,
    timesheet_states,
)
from faceroster.attendance.resolutions import finding_resolve
from faceroster.attendance.verification import verify_all
from faceroster.attendance.workdays import workdays_compute
from faceroster.core.errors import Conflict, FaceRosterError, InvalidInput
from faceroster.people.models import Department, Person
from faceroster.rosters.models import LeaveKind, LeaveRequest
from faceroster.trust.models import Role, User
from tests.support.rosters import assign, make_punch, make_shift, make_workday
from tests.support.seals import make_period

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 4)
DAYS = [FIRST, FIRST + timedelta(days=1), LAST]
AFTER = datetime(2026, 3, 6, 8, tzinfo=UTC)
NINE = datetime(2026, 3, 3, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze: Callable[[datetime], None]) -> None:
    freeze(AFTER)


@pytest.fixture
def period(person: Person) -> Period:
    """Three days, with a row on each for ``person``."""
    for day in DAYS:
        make_workday(person, day, worked_minutes=480)
    return make_period(person.department, FIRST, LAST)


def code_of(call: Callable[[], Any]) -> str:
    with pytest.raises(FaceRosterError) as error:
        call()
    return error.value.code


def approve_all(period: Period, user: User) -> None:
    for person in Person.objects.filter(department=period.department):
        timesheet_approve(period=period, person=person, user=user)


def test_a_month_is_made_once(department: Department) -> None:
    period = period_of(department=department, day=date(2024, 2, 10))
    assert (period.first, period.last) == (date(2024, 2, 1), date(2024, 2, 29))
    assert period_of(department=department, day=date(2024, 2, 29)) == period
    other = make_period(department, date(2024, 3, 16), date(2024, 4, 15))
    assert period_of(department=department, day=date(2024, 4, 1)) == other


def test_closing_seals_every_row(period: Period, person: Person, manager_user: User) -> None:
    heard: list[str] = []

    def listen(period: Period, event: PeriodEvent, **kwargs: Any) -> None:
        heard.append(f"{period.status} {event.digest == period.digest}")

    approve_all(period, manager_user)
    signals.period_closed.connect(listen)
    try:
        event = period_close(period=period, user=manager_user)
    finally:
        signals.period_closed.disconnect(listen)
    assert heard == ["closed True"]
    assert (event.kind, event.rows, event.made_by) == ("closed", 3, manager_user)
    period.refresh_from_db()
    assert (period.status, period.digest) == (PeriodStatus.CLOSED, event.digest)
    rows = Workday.objects.filter(period=period)
    sealed = {(seal.person_id, seal.day): seal.row_hash for seal in Seal.objects.filter(event=event)}
    assert {(row.person_id, row.day): row.row_hash for row in rows} == sealed
    assert len(set(sealed.values())) == 3
    assert code_of(lambda: period_close(period=period, user=manager_user)) == "period.closed"
    assert (
        code_of(lambda: timesheet_approve(period=period, person=person, user=manager_user)) == "period.closed"
    )


def test_an_approved_sheet_stays_so_when_closing_computes_its_empty_days(
    person: Person, department: Department, manager_user: User
) -> None:
    period = make_period(department, FIRST, LAST)
    make_punch(person, NINE, "in")
    make_punch(person, NINE + timedelta(hours=8), "out")
    workdays_compute(person_ids=[person.pk], first=NINE.date(), last=NINE.date(), now=AFTER)
    approve_all(period, manager_user)
    assert Workday.objects.count() == 1
    assert period_close(period=period, user=manager_user).rows == 3
    assert timesheet_states(period)[person.pk].approved


def test_what_closing_finds_can_be_seen_and_approved(
    period: Period, person: Person, manager_user: User, freeze: Callable[[datetime], None]
) -> None:
    """A day without a row, as of somebody who was entered late."""
    Workday.objects.filter(day=DAYS[1]).delete()
    Due.objects.all().delete()
    make_punch(person, NINE, "in")
    make_punch(person, NINE + timedelta(hours=8), "out")
    approve_all(period, manager_user)
    assert code_of(lambda: period_close(period=period, user=manager_user)) == "period.not_approved"
    assert Workday.objects.get(person=person, day=DAYS[1]).worked_minutes == 480
    freeze(AFTER + timedelta(minutes=1))
    approve_all(period, manager_user)
    period_close(period=period, user=manager_user)


def test_days_of_somebody_who_moved_stay_where_they_can_be_sealed(
    period: Period, person: Person, admin_user: User, make_department: Callable[..., Department]
) -> None:
    old, new = person.department, make_department(site=person.department.site)
    person.department = new
    person.save()
    make_workday(person, LAST + timedelta(days=1))
    period_close(period=make_period(new, FIRST, LAST), user=admin_user, despite=True)
    make_punch(person, NINE, "in")
    make_punch(person, NINE + timedelta(hours=4), "out")
    workdays_compute(person_ids=[person.pk], first=FIRST, last=LAST, now=AFTER)
    rows = Workday.objects.filter(person=person, day__range=(FIRST, LAST))
    assert {row.department for row in rows} == {old}
    assert rows.get(day=NINE.date()).worked_minutes == 240
    assert period_close(period=period, user=admin_user, despite=True).rows == 3


def test_the_object_that_is_given_knows_it(period: Period, admin_user: User) -> None:
    period_close(period=period, user=admin_user, despite=True)
    assert (period.status, len(period.digest)) == (PeriodStatus.CLOSED, 64)
    period_reopen(period=period, user=admin_user, reason="Late slips.")
    assert (period.status, period.digest) == (PeriodStatus.OPEN, "")


def test_rows_of_other_days_and_departments_stay_open(
    period: Period, person: Person, admin_user: User, make_person: Callable[..., Person]
) -> None:
    make_workday(person, FIRST - timedelta(days=1))
    make_workday(make_person(), FIRST)
    assert period_close(period=period, user=admin_user, despite=True).rows == 3
    assert Workday.objects.filter(period__isnull=True).count() == 2


def test_who_may_close(
    period: Period, staff_user: User, manager_user: User, make_department: Callable[..., Department]
) -> None:
    stranger = User.objects.create_user("other", password="a long enough password", role=Role.MANAGER)
    make_department().managers.add(stranger)
    for user in (staff_user, stranger):
        assert code_of(lambda user=user: period_close(period=period, user=user)) == "period.not_yours"
    assert (
        code_of(lambda: period_close(period=period, user=manager_user, despite=True)) == "period.not_despite"
    )


def test_a_period_that_is_not_over_stays_open(
    period: Period, manager_user: User, freeze: Callable[[datetime], None]
) -> None:
    approve_all(period, manager_user)
    freeze(datetime(2026, 3, 5, 2, 59, tzinfo=UTC))  # the day begins at four in Berlin
    assert code_of(lambda: period_close(period=period, user=manager_user)) == "period.not_over"
    freeze(datetime(2026, 3, 5, 3, 0, tzinfo=UTC))
    period_close(period=period, user=manager_user)


def test_sheets_that_wait_are_named(period: Period, person: Person, manager_user: User) -> None:
    with pytest.raises(Conflict, match=person.name) as error:
        period_close(period=period, user=manager_user)
    assert error.value.code == "period.not_approved"
    approve_all(period, manager_user)
    Workday.objects.filter(day=FIRST).update(worked_minutes=1)
    assert code_of(lambda: period_close(period=period, user=manager_user)) == "period.not_approved"
    assert not Seal.objects.exists()


def test_corrections_and_leave_that_wait_are_named(
    period: Period, person: Person, manager_user: User, admin_user: User
) -> None:
    approve_all(period, manager_user)
    waiting = correction_request(
        person=person, kind="add", day=DAYS[1], at=NINE, direction="in", reason="Forgot.", user=manager_user
    )
    with pytest.raises(Conflict, match=person.name) as error:
        period_close(period=period, user=admin_user, despite=True)
    assert error.value.code == "period.waiting"
    correction_decide(correction=waiting, user=manager_user, approved=False)
    leave = LeaveRequest.objects.create(
        person=person, kind=LeaveKind.objects.create(name="Rest"), first=LAST, last=LAST + timedelta(days=9)
    )
    assert code_of(lambda: period_close(period=period, user=manager_user)) == "period.waiting"
    LeaveRequest.objects.filter(pk=leave.pk).update(status="refused")
    Due.objects.all().delete()  # nothing changed
    period_close(period=period, user=manager_user)


def test_missing_and_due_rows_are_made_first(
    period: Period, person: Person, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def compute(*, person_ids: Any, first: date, last: date, now: datetime) -> int:
        asked.append((set(person_ids), first, last, now))
        return 0

    monkeypatch.setattr(periods, "workdays_compute", compute)
    Due.objects.all().delete()
    everything = ({person.pk}, FIRST, LAST, AFTER)
    closing: Callable[[], Any] = lambda: period_close(period=period, user=admin_user, despite=True)  # noqa: E731
    closing()
    assert asked == []
    period_reopen(period=period, user=admin_user, reason="Again.")
    assert {due.day for due in Due.objects.all()} == set(DAYS)
    closing()
    assert asked == [everything]
    period_reopen(period=period, user=admin_user, reason="Again.")
    Due.objects.all().delete()
    Workday.objects.filter(day=LAST).delete()
    closing()
    assert asked == [everything] * 2
    period_reopen(period=period, user=admin_user, reason="Again.")
    Due.objects.all().delete()
    make_workday(person, LAST)
    # In the week before: weekly overtime may come to another figure.
    Due.objects.create(person=person, day=FIRST - timedelta(days=5))
    closing()
    assert asked == [everything] * 3


def test_days_that_are_still_under_way_are_named(
    period: Period, person: Person, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periods, "workdays_compute", lambda **kwargs: 0)
    Workday.objects.filter(day=LAST).update(status="running")
    with pytest.raises(Conflict, match=person.name) as error:
        period_close(period=period, user=admin_user, despite=True)
    assert error.value.code == "period.open_days"


def test_reopening_needs_a_reason_and_lets_the_rows_go(period: Period, manager_user: User) -> None:
    assert code_of(lambda: period_reopen(period=period, user=manager_user, reason="x")) == "period.not_closed"
    approve_all(period, manager_user)
    digest = period_close(period=period, user=manager_user).digest
    with pytest.raises(InvalidInput) as error:
        period_reopen(period=period, user=manager_user, reason=" ")
    assert error.value.code == "period.reason_missing"
    event = period_reopen(period=period, user=manager_user, reason="Late slips.")
    assert (event.kind, event.reason, event.digest, event.rows) == ("reopened", "Late slips.", digest, 3)
    assert not Workday.objects.exclude(period=None, row_hash="").exists()
    Due.objects.all().delete()
    assert period_close(period=period, user=manager_user).digest == digest  # nothing has changed


def test_an_approval_holds_while_the_figures_do(
    period: Period, person: Person, manager_user: User, freeze: Callable[[datetime], None]
) -> None:
    assert timesheet_states(period)[person.pk].kind == ""
    timesheet_approve(period=period, person=person, user=manager_user, note=" Fine. ")
    state = timesheet_states(period)[person.pk]
    assert (state.kind, state.by, state.at, state.note) == ("approved", manager_user, AFTER, "Fine.")
    assert state.approved
    Workday.objects.filter(day=FIRST).update(
        inputs_hash="other", shift_names="Renamed", trace=[{"code": "x"}]
    )
    assert timesheet_states(period)[person.pk].approved
    Workday.objects.filter(day=FIRST).update(break_minutes=31)
    state = timesheet_states(period)[person.pk]
    assert (state.kind, state.outdated, state.approved) == ("approved", True, False)
    freeze(AFTER + timedelta(hours=1))
    timesheet_send_back(period=period, person=person, user=manager_user, note="The break?")
    state = timesheet_states(period)[person.pk]
    assert (state.kind, state.outdated, state.note) == ("sent_back", False, "The break?")
    freeze(AFTER + timedelta(hours=2))
    timesheet_approve(period=period, person=person, user=manager_user)
    assert timesheet_states(period)[person.pk].approved


def test_an_approval_outlives_closing(period: Period, person: Person, manager_user: User) -> None:
    approve_all(period, manager_user)
    period_close(period=period, user=manager_user)
    assert timesheet_states(period)[person.pk].approved


def test_who_may_approve(
    period: Period, person: Person, staff_user: User, manager_user: User, make_person: Callable[..., Person]
) -> None:
    def approving(who: Person, user: User) -> Callable[[], TimesheetEvent]:
        return lambda: timesheet_approve(period=period, person=who, user=user)

    assert code_of(approving(person, staff_user)) == "timesheet.not_yours"
    nobody = make_person(department=person.department)
    assert code_of(approving(nobody, manager_user)) == "timesheet.empty"
    Person.objects.filter(pk=person.pk).update(user=manager_user)
    person.refresh_from_db()
    assert code_of(approving(person, manager_user)) == "timesheet.own"


def test_states_take_three_queries(
    period: Period, person: Person, manager_user: User, make_person: Callable[..., Person]
) -> None:
    for _ in range(3):
        make_workday(make_person(department=person.department), FIRST)
    approve_all(period, manager_user)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(timesheet_states(period)) == 4
    assert len(queries) == 3


def test_a_punch_that_comes_too_late_is_a_finding(
    period: Period, person: Person, admin_user: User, freeze: Callable[[datetime], None]
) -> None:
    everybody = Person.objects.all()

    def found() -> list[Punch]:
        return guards.closed_punches(everybody, first=FIRST, last=LAST)

    make_punch(person, NINE)
    assert found() == []
    period_close(period=period, user=admin_user, despite=True)
    freeze(AFTER + timedelta(hours=1))
    late = make_punch(person, NINE + timedelta(hours=8), "out")
    make_punch(person, AFTER)  # of a day that is open
    with CaptureQueriesContext(connection) as queries:
        assert found() == [late]
    assert len(queries) <= 5
    freeze(AFTER + timedelta(hours=2))
    finding_resolve(
        finding="closed_punch", person=person, day=late.day, reason="Paid by hand.", user=admin_user
    )
    assert found() == []
    period_reopen(period=period, user=admin_user, reason="After all.")
    assert found() == []


def test_the_late_end_of_a_closed_night_is_a_finding_too(
    period: Period, person: Person, admin_user: User, freeze: Callable[[datetime], None]
) -> None:
    ends = datetime(2026, 3, 5, 5, tzinfo=UTC)
    Workday.objects.filter(day=LAST).update(expected_end=ends)
    period_close(period=period, user=admin_user, despite=True)
    freeze(AFTER + timedelta(hours=1))
    late = make_punch(person, ends + timedelta(minutes=5), "out")
    make_punch(person, ends + timedelta(hours=6))
    assert guards.closed_punches(Person.objects.all(), first=FIRST, last=LAST) == [late]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_at_once_one_does(period: Period, manager_user: User, admin_user: User) -> None:
    Due.objects.all().delete()
    approve_all(period, manager_user)
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def close(user: User) -> None:
        try:
            gate.wait(timeout=30)
            period_close(period=Period.objects.get(), user=user)
            outcomes.append("closed")
        except FaceRosterError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=close, args=(user,)) for user in (manager_user, admin_user)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["closed", "period.closed"]
    assert PeriodEvent.objects.count() == 1
    assert Seal.objects.count() == 3


def test_closing_with_the_rules_makes_rows_of_everybody(
    person: Person, admin_user: User, make_person: Callable[..., Person]
) -> None:
    """A whole month of two people, computed on closing, reopened after a late punch and closed again."""
    assign(person.department, make_shift(person.department.site))
    make_person(department=person.department, joined_on=date(2026, 2, 16))
    make_person(department=person.department, left_on=date(2026, 1, 31))
    at = datetime(2026, 2, 3, 8, tzinfo=UTC)
    make_punch(person, at)
    make_punch(person, at + timedelta(hours=9), "out")
    period = period_of(department=person.department, day=date(2026, 2, 1))
    event = period_close(period=period, user=admin_user, despite=True)
    assert event.rows == Workday.objects.filter(period=period).count()
    assert Workday.objects.filter(period=period, person=person).count() == 28
    assert Workday.objects.get(person=person, day=at.date()).worked_minutes > 0
    make_punch(person, at + timedelta(days=1))
    sealed = dict(Workday.objects.values_list("pk", "row_hash"))
    workdays_compute(person_ids=[person.pk], first=period.first, last=period.last, now=AFTER)
    assert dict(Workday.objects.values_list("pk", "row_hash")) == sealed
    period_reopen(period=period, user=admin_user, reason="A late slip.")
    assert period_close(period=period, user=admin_user, despite=True).digest != event.digest
    assert Workday.objects.get(person=person, day=date(2026, 2, 4)).first_in == at + timedelta(days=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.database("postgresql")  # on SQLite one transaction at a time writes
def test_closing_while_workdays_are_computed(
    person: Person, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A computation that has read its inputs before closing begins ends first, and is what is sealed."""
    assign(person.department, make_shift(person.department.site))
    period = make_period(person.department, FIRST, LAST)
    days: dict[str, Any] = {"person_ids": [person.pk], "first": FIRST, "last": LAST, "now": AFTER}
    workdays_compute(**days)
    make_punch(person, NINE)
    Due.objects.all().delete()
    reading, closing = threading.Event(), threading.Event()
    plain = workdays.derive

    def slow(*args: Any, **kwargs: Any) -> Any:
        found = list(plain(*args, **kwargs))
        reading.set()
        assert closing.wait(timeout=30)
        return iter(found)

    def compute() -> None:
        try:
            with monkeypatch.context() as patch:
                patch.setattr(workdays, "derive", slow)
                workdays_compute(**days)
        finally:
            connection.close()

    def close() -> None:
        try:
            period_close(period=period, user=admin_user, despite=True)
        finally:
            connection.close()

    threads = [threading.Thread(target=compute), threading.Thread(target=close)]
    threads[0].start()
    assert reading.wait(timeout=30)
    threads[1].start()
    while not _somebody_waits():
        assert threads[1].is_alive()
    closing.set()
    for thread in threads:
        thread.join(timeout=60)
    row = Workday.objects.get(day=NINE.date())
    assert row.first_in == NINE
    assert row.row_hash == seals.row_hash(row)
    assert verify_all() == []


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
        return bool(cursor.fetchone()[0])
