"""What the hashes are of, so that they stay what they are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from faceroster.attendance import seals
from faceroster.attendance.models import Period, Workday
from faceroster.people.models import Person
from tests.support.rosters import make_workday
from tests.support.seals import make_period

DAY = date(2026, 3, 2)

#: When one of these changes, every closed period fails to verify: see seals._VERSION.
KNOWN_ROW = "8769f838355e26db17f94d73476bbe01186fa44cf8b285efa77c09a7b854ddd0"
KNOWN_PERIOD = "81ec55e5adb02508b2286a50848327332950d3d48b423a4e4df2c976fdad0718"


def known_row() -> Workday:
    key = UUID(int=7)
    return Workday(
        person_id=key,
        department_id=key,
        site_id=key,
        zone="Europe/Berlin",
        day=DAY,
        status="present",
        first_in=datetime(2026, 3, 2, 8, tzinfo=UTC),
        worked_minutes=480,
        leave_days=Decimal("0.5"),
        trace=[{"code": "worked", "values": {"minutes": 480, "name": "Früh"}}],
        rules_version=1,
        inputs_hash="abc",
    )


def test_a_known_row_has_a_known_hash() -> None:
    assert seals.row_hash(known_row()) == KNOWN_ROW
    period = Period(department_id=UUID(int=7), first=DAY, last=DAY)
    assert seals.period_digest(period, ["b", "a"]) == KNOWN_PERIOD
    assert seals.period_digest(period, ["a", "b"]) == KNOWN_PERIOD


@pytest.mark.parametrize("name", seals.FIGURES)
def test_every_figure_counts(name: str) -> None:
    row = known_row()
    other = {
        "day": date(2026, 3, 3),
        "leave_days": Decimal(1),
        "trace": [],
        **dict.fromkeys(("person_id", "department_id", "site_id"), UUID(int=8)),
        **dict.fromkeys(
            ("first_in", "last_out", "expected_start", "expected_end", "late_from"), datetime.now(UTC)
        ),
    }
    value = getattr(row, name)
    setattr(row, name, other.get(name, not value if isinstance(value, bool) else f"{value}1"))
    assert seals.row_hash(row) != KNOWN_ROW


def test_every_column_is_a_figure_or_left_out_for_a_reason() -> None:
    columns = {field.attname for field in Workday._meta.concrete_fields}
    assert columns - set(seals.FIGURES) == {"id", "created_at", "computed_at", "period_id", "row_hash"}


def test_a_row_is_hashed_as_it_is_stored(person: Person) -> None:
    berlin = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Europe/Berlin"))
    row = make_workday(person, DAY, first_in=berlin, trace=[{"b": 1, "a": [0.5, None]}])
    stored = Workday.objects.all()
    assert seals.row_hashes(stored) == {(person.pk, DAY): seals.row_hash(row)}
    row.refresh_from_db()
    assert seals.row_hashes(stored) == {(person.pk, DAY): seals.row_hash(row)}


def test_a_sheet_is_the_same_however_its_rows_are_computed(person: Person) -> None:
    period = make_period(person.department, DAY)
    row = make_workday(person, DAY, worked_minutes=480)
    digest = seals.timesheet_digest(period, person.pk)
    row.delete()
    make_workday(person, DAY, worked_minutes=480)
    assert seals.timesheet_digest(period, person.pk) == digest
    assert seals.timesheet_digest(make_period(person.department, date(2026, 4, 1)), person.pk) == ""
