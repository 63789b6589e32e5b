"""What is written once stays: plain SQL is refused too, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management.sql import emit_post_migrate_signal
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from faceroster.attendance import triggers
from faceroster.attendance.models import (
    Correction,
    Finding,
    Period,
    PeriodEvent,
    Redaction,
    Resolution,
    Seal,
    TimesheetEvent,
    Verdict,
)
from faceroster.people.models import Person
from faceroster.rosters.models import Policy, ShiftVersion
from tests.support.rosters import LONG_AGO, make_punch, make_shift

DAY = date(2026, 3, 2)
NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)


def _correction(person: Person) -> Correction:
    return Correction.objects.create(
        person=person, kind="void", day=DAY, punch=make_punch(person, NINE), reason="No."
    )


def _event(person: Person) -> PeriodEvent:
    period, _ = Period.objects.get_or_create(department=person.department, first=DAY, last=DAY)
    return PeriodEvent.objects.create(period=period, kind="closed", digest="d")


MAKERS: dict[str, Callable[[Person], Model]] = {
    "punch": lambda person: make_punch(person, NINE),
    "correction": _correction,
    "verdict": lambda person: Verdict.objects.create(correction=_correction(person), approved=True),
    "resolution": lambda person: Resolution.objects.create(
        finding=Finding.LATE, person=person, day=DAY, reason="Train."
    ),
    "period event": _event,
    "timesheet event": lambda person: TimesheetEvent.objects.create(
        period=_event(person).period, person=person, kind="approved", digest="d"
    ),
    "seal": lambda person: Seal.objects.create(event=_event(person), person=person, day=DAY, row_hash="r"),
    "redaction": lambda person: Redaction.objects.create(event=_event(person), person=person, day=DAY),
    "shift version": lambda person: ShiftVersion.objects.get(shift=make_shift(person.department.site)),
    "policy": lambda person: Policy.objects.create(
        site=person.department.site, number=1, effective_from=LONG_AGO
    ),
}


def _sql(statement: str, *params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def test_every_guarded_table_is_tried_below(person: Person) -> None:
    assert {type(make(person)) for make in MAKERS.values()} == set(triggers.GUARDED)
    assert triggers.missing() == []


@pytest.mark.parametrize("name", MAKERS)
def test_plain_sql_neither_changes_nor_deletes(name: str, person: Person) -> None:
    row = MAKERS[name](person)
    table, key = row._meta.db_table, row._meta.pk.get_db_prep_value(row.pk, connection)
    for what, statement in {
        "changed": f"UPDATE {table} SET id = id WHERE id = %s",
        "deleted": f"DELETE FROM {table} WHERE id = %s",
    }.items():
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            _sql(statement, key)
        assert row.refusal[1].format(what) in str(error.value)
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("name", MAKERS)
def test_no_row_takes_the_place_of_another(name: str, person: Person) -> None:
    row = MAKERS[name](person)
    table = row._meta.db_table
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        _sql(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE id = id")


@pytest.mark.database("postgresql")
def test_a_table_is_not_emptied(person: Person) -> None:
    make_punch(person, NINE)
    connection.check_constraints()
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        _sql("TRUNCATE attendance_punch CASCADE")


def test_lifted_lets_one_table_go_and_puts_its_triggers_back(person: Person) -> None:
    punch, resolution = MAKERS["punch"](person), MAKERS["resolution"](person)
    with triggers.lifted(type(punch)):
        assert _sql("DELETE FROM attendance_punch") == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            _sql("DELETE FROM attendance_resolution")
    make_punch(person, NINE)
    with pytest.raises(IntegrityError), transaction.atomic():
        _sql("DELETE FROM attendance_punch")
    assert Resolution.objects.filter(pk=resolution.pk).exists()


def test_an_error_within_leaves_the_triggers_where_they_were(person: Person) -> None:
    make_punch(person, NINE)

    def fail() -> None:
        with triggers.lifted():
            _sql("DELETE FROM attendance_punch")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert triggers.missing() == []
    assert person.punches.count() == 1


def test_migrating_makes_a_missing_trigger_again(person: Person) -> None:
    triggers.remove(type(make_punch(person, NINE)))
    assert "attendance_punch_no_delete" in triggers.missing()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert triggers.missing() == []


@pytest.mark.database("postgresql")
def test_a_trigger_that_is_switched_off_counts_as_missing(person: Person) -> None:
    _sql("ALTER TABLE attendance_punch DISABLE TRIGGER attendance_punch_no_delete")
    assert triggers.missing() == ["attendance_punch_no_delete"]
    triggers.install()
    assert triggers.missing() == []


@pytest.mark.django_db(transaction=True)
def test_what_a_test_with_transactions_wrote(person: Person) -> None:
    """Its rows are flushed after it; the next test looks."""
    make_punch(person, NINE)


@pytest.mark.django_db(transaction=True)
def test_is_gone_after_it(db: None) -> None:
    assert not Person.objects.exists()
    assert triggers.missing() == []
