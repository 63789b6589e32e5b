"""What was altered behind the application's back is found, and named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from faceroster.attendance import triggers
from faceroster.attendance.corrections import correction_make
from faceroster.attendance.models import Correction, Due, Period, Punch, Resolution, Seal, Verdict, Workday
from faceroster.attendance.periods import period_close, period_reopen
from faceroster.attendance.resolutions import finding_resolve
from faceroster.attendance.seals import row_hash
from faceroster.attendance.verification import verify_all
from faceroster.people.models import Person
from faceroster.trust.models import User
from tests.support.rosters import make_punch, make_workday
from tests.support.seals import make_period

FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 3)
NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)
CLOSED = datetime(2026, 3, 6, 8, tzinfo=UTC)


@pytest.fixture
def people(person: Person, make_person: Callable[..., Person]) -> tuple[Person, Person]:
    return person, make_person(department=person.department)


@pytest.fixture
def period(people: tuple[Person, Person], admin_user: User, freeze: Callable[[datetime], None]) -> Period:
    """Two people, two days, closed; the first of them with a punch, a correction and a resolution on each."""
    freeze(CLOSED)
    for who in people:
        for n, day in enumerate((FIRST, SECOND)):
            make_workday(who, day, worked_minutes=400 + n)
    for day in (FIRST, SECOND):
        at = NINE + (day - FIRST)
        make_punch(people[0], at)
        correction_make(
            person=people[0],
            user=admin_user,
            reason="Forgot.",
            kind="add",
            day=day,
            at=at + timedelta(hours=8),
            direction="out",
        )
        finding_resolve(finding="late", day=day, reason="Train.", user=admin_user, person=people[0])
    Due.objects.all().delete()  # the rows are as good as any
    period = make_period(people[0].department, FIRST, SECOND)
    period_close(period=period, user=admin_user, despite=True)
    freeze(CLOSED + timedelta(days=1))
    return period


def sql(statement: str, *params: Any) -> int:
    given = [
        value.hex if isinstance(value, UUID) and connection.vendor == "sqlite" else value for value in params
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return int(cursor.rowcount)


def found() -> list[tuple[str, str, date | None]]:
    return [(problem.code, problem.person.split(" ")[0], problem.day) for problem in verify_all()]


def test_nothing_is_wrong_with_what_was_left_alone(
    period: Period, admin_user: User, freeze: Callable[[datetime], None]
) -> None:
    steps: list[tuple[int, int]] = []
    assert verify_all(lambda done, total: steps.append((done, total))) == []
    assert steps == [(1, 1)]
    period_reopen(period=period, user=admin_user, reason="Again.")
    assert found() == []
    Due.objects.all().delete()
    freeze(CLOSED + timedelta(days=2))
    period_close(period=period, user=admin_user, despite=True)
    assert found() == []


@pytest.mark.parametrize(
    "change",
    [
        "worked_minutes = 1",
        "late_minutes = 1",
        "zone = 'UTC'",
        "trace = '[1]'",
        "leave_days = 1",
        "status = 'x'",
    ],
)
def test_an_altered_figure(period: Period, people: tuple[Person, Person], change: str) -> None:
    where = "WHERE person_id = %s AND day = %s"
    assert sql(f"UPDATE attendance_workday SET {change} {where}", people[1].pk, SECOND) == 1
    assert found() == [("row.figures", people[1].employee_number, SECOND)]
    [problem] = verify_all()
    assert str(problem) == (
        f"{period}: {people[1].employee_number} {people[1].name}: 2026-03-03:"
        " the row's figures are not those of closing"
    )


def test_an_altered_figure_with_a_hash_that_fits(period: Period, people: tuple[Person, Person]) -> None:
    row = Workday.objects.get(person=people[0], day=FIRST)
    row.worked_minutes = 999
    changed = (
        "UPDATE attendance_workday SET worked_minutes = 999, row_hash = %s WHERE person_id = %s AND day = %s"
    )
    assert sql(changed, row_hash(row), people[0].pk, FIRST) == 1
    assert found() == [("row.figures", people[0].employee_number, FIRST)]


def test_a_deleted_row(period: Period, people: tuple[Person, Person]) -> None:
    assert sql("DELETE FROM attendance_workday WHERE person_id = %s AND day = %s", people[0].pk, FIRST) == 1
    assert found() == [("row.missing", people[0].employee_number, FIRST)]


@pytest.mark.parametrize("bound", [True, False])
def test_an_inserted_row(
    period: Period, people: tuple[Person, Person], make_person: Callable[..., Person], bound: bool
) -> None:
    ghost = make_person(department=people[0].department)
    Due.objects.all().delete()
    make_workday(ghost, FIRST, period=period if bound else None, row_hash="0" * 64)
    assert found() == [("row.added", ghost.employee_number, FIRST)]


def test_a_row_that_was_let_go(period: Period, people: tuple[Person, Person]) -> None:
    sql(
        "UPDATE attendance_workday SET period_id = NULL WHERE person_id = %s AND day = %s",
        people[0].pk,
        FIRST,
    )
    assert found() == [("row.loose", people[0].employee_number, FIRST)]


def test_two_rows_that_were_swapped(period: Period, people: tuple[Person, Person]) -> None:
    for day in (date(1999, 1, 1), FIRST, SECOND):
        source = {date(1999, 1, 1): FIRST, FIRST: SECOND, SECOND: date(1999, 1, 1)}[day]
        sql(
            "UPDATE attendance_workday SET day = %s WHERE person_id = %s AND day = %s",
            day,
            people[0].pk,
            source,
        )
    number = people[0].employee_number
    assert found() == [("row.figures", number, FIRST), ("row.figures", number, SECOND)]


def test_an_altered_digest_or_hash(period: Period, people: tuple[Person, Person]) -> None:
    sql("UPDATE attendance_period SET digest = %s", "0" * 64)
    sql(
        "UPDATE attendance_workday SET row_hash = %s WHERE person_id = %s AND day = %s",
        "0",
        people[0].pk,
        FIRST,
    )
    assert found() == [("period.digest", "", None), ("row.hash", people[0].employee_number, FIRST)]


def test_a_period_opened_without_a_word(period: Period) -> None:
    sql("UPDATE attendance_period SET status = 'open', digest = ''")
    assert found() == [("period.not_reopened", "", None)]


def test_a_period_closed_without_a_word(person: Person) -> None:
    make_period(person.department, FIRST)
    sql("UPDATE attendance_period SET status = 'closed', digest = 'x'")
    assert found() == [("period.never_closed", "", None)]


def test_altered_seals(period: Period, people: tuple[Person, Person]) -> None:
    with triggers.lifted(Seal):
        sql("DELETE FROM attendance_seal WHERE person_id = %s AND day = %s", people[0].pk, FIRST)
    assert found() == [("seal.digest", "", None), ("row.added", people[0].employee_number, FIRST)]


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Punch, "UPDATE attendance_punch SET at = at, note = 'x' WHERE person_id = %s AND day = %s"),
        (Punch, "UPDATE attendance_punch SET direction = 'out' WHERE person_id = %s AND day = %s"),
        (Correction, "UPDATE attendance_correction SET reason = 'x' WHERE person_id = %s AND day = %s"),
        (
            Verdict,
            "UPDATE attendance_verdict SET approved = NOT approved WHERE correction_id IN"
            " (SELECT id FROM attendance_correction WHERE person_id = %s AND day = %s)",
        ),
        (Resolution, "DELETE FROM attendance_resolution WHERE person_id = %s AND day = %s"),
        (Punch, "DELETE FROM attendance_punch WHERE person_id = %s AND day = %s"),
    ],
)
def test_altered_evidence(period: Period, people: tuple[Person, Person], model: Any, change: str) -> None:
    with triggers.lifted(model):
        assert sql(change, people[0].pk, FIRST) == 1
    assert found() == [("evidence", people[0].employee_number, FIRST)]


def test_a_punch_that_was_slipped_in(period: Period, people: tuple[Person, Person]) -> None:
    punch = make_punch(people[1], NINE)
    assert found() == []  # it came later, and is a finding of its own
    with triggers.lifted(Punch):
        sql("UPDATE attendance_punch SET created_at = %s WHERE id = %s", CLOSED - timedelta(days=1), punch.pk)
    assert found() == [("evidence", people[1].employee_number, FIRST)]


def test_somebody_who_moves_in_later_brings_no_row_along(
    period: Period, person: Person, make_person: Callable[..., Person], freeze: Callable[[datetime], None]
) -> None:
    freeze(CLOSED - timedelta(days=1))
    mover = make_person()
    row = make_workday(mover, FIRST)
    freeze(CLOSED + timedelta(days=2))
    Workday.objects.filter(pk=row.pk).update(department=person.department)
    assert found() == []


def test_a_missing_trigger(period: Period) -> None:
    triggers.remove(Punch)
    assert {problem.code for problem in verify_all()} == {"trigger.missing"}
    assert "attendance_punch_no_update" in str(verify_all()[0])


def test_the_command(period: Period, people: tuple[Person, Person]) -> None:
    out = StringIO()
    call_command("attendance", "verify", stdout=out)
    assert out.getvalue() == "Nothing was altered. Closed periods: 1.\n"
    sql("UPDATE attendance_workday SET worked_minutes = 5")
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("attendance", "verify", stdout=out)
    assert error.value.returncode == 1
    assert len(out.getvalue().splitlines()) == 4
    assert people[1].name in out.getvalue()
