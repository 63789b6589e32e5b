"""Exports as files: opened again, their figures are those of the pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook
from pypdf import PdfReader

from faceroster.attendance.models import DayStatus, Period
from faceroster.people.models import Department, Person
from faceroster.reports.exporting import csv_format, pdf_format, xlsx_format
from faceroster.reports.exporting.document import Document, document_of
from faceroster.reports.exporting.tables import hours
from faceroster.reports.selectors import Month
from faceroster.reports.timesheets.selectors import department_sheet, person_sheet
from faceroster.reports.timesheets.sheets import DepartmentSheet
from faceroster.reports.timesheets.wording import minutes_text, signed_text
from faceroster.trust.models import User
from tests.support.rosters import make_workday

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
OCTOBER = Month(2026, 10)
EVIL = '=HYPERLINK("http://x")'


@pytest.fixture(autouse=True)
def _in_november(freeze: Callable[[datetime], None]) -> None:
    freeze(NOW)


@pytest.fixture
def people(person: Person, make_person: Any) -> list[Person]:
    """Three of one department, with a whole October each."""
    found = [
        person,
        make_person(name=EVIL, department=person.department),
        make_person(name="أحمد الخطيب", department=person.department),
    ]
    for number, somebody in enumerate(found):
        for n in range(31):
            start = datetime(2026, 10, 1, 5, 58, 20, tzinfo=UTC) + timedelta(days=n)
            make_workday(
                somebody,
                start.date(),
                shift_names="Day",
                due_minutes=480,
                worked_minutes=450 + number + n,
                break_minutes=30,
                overtime_minutes=n % 3,
                late_minutes=n % 5,
                leave_days=Decimal("0.5") if n == 4 else 0,
                absent=n == 7,
                status=DayStatus.ABSENT if n == 7 else DayStatus.PRESENT,
                first_in=start,
                last_out=start + timedelta(hours=19) if n == 9 else start + timedelta(hours=8),
            )
    return found


@pytest.fixture
def sheet(people: list[Person], department: Department) -> DepartmentSheet:
    return department_sheet(department, OCTOBER)


@pytest.fixture
def document(sheet: DepartmentSheet, manager_user: User) -> Document:
    return document_of(sheet, user=manager_user, now=NOW)


def read_csv(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """What is said about the export, and its rows."""
    assert text.startswith("\ufeff")
    about, _, table = text.removeprefix("\ufeff").partition("\r\n\r\n")
    return dict(csv.reader(io.StringIO(about))), list(csv.DictReader(io.StringIO(table)))


def pdf_text(data: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def test_csv_has_every_day_and_the_totals_of_the_page(document: Document, sheet: DepartmentSheet) -> None:
    about, rows = read_csv("".join(csv_format.lines(document)))
    assert about["seal"] == "Open, not sealed"
    assert about["period"] == "2026-10-01 – 2026-10-31"
    assert about["asked_by"] == "mona"
    assert about["made_at"] == "2026-11-18T15:00:00+01:00"
    assert (about["zone"], about["rules"]) == ("Europe/Berlin", "1")
    days = [row for row in rows if row["row"] == "day"]
    totals = [row for row in rows if row["row"] == "total"]
    assert len(days) == sheet.rows == 93
    for row, person in zip(totals, sheet.people, strict=True):
        assert int(row["worked_minutes"]) == person.totals.worked
        assert int(row["balance_minutes"]) == person.totals.balance < 0
        own = [day for day in days if day["employee_number"] == person.who.number]
        assert sum(int(day["worked_minutes"]) for day in own) == person.totals.worked
        assert sum(Decimal(day["leave_days"]) for day in own) == person.totals.leave_days
        assert sum(int(day["absent_days"]) for day in own) == person.totals.absent == 1
    assert days[0]["first_in"] == "2026-10-01T07:58:20+02:00"
    assert days[-1]["first_in"] == "2026-10-31T06:58:20+01:00"


def test_xlsx_counts_on_with_dates_and_durations(document: Document, sheet: DepartmentSheet) -> None:
    book = load_workbook(io.BytesIO(xlsx_format.write(document)))
    assert book.sheetnames == ["Totals", "Days", "About"]
    totals, days, about = book.worksheets
    for table in (totals, days):
        assert table.freeze_panes == "C3"
        assert "Open, not sealed" in table["A1"].value
    assert {row[0].value: row[1].value for row in about.iter_rows(min_row=2, max_row=9)} == {
        fact.label: fact.value for fact in document.facts()
    }
    head = [cell.value for cell in totals[2]]
    for row, person in zip(
        totals.iter_rows(min_row=3, max_row=5, values_only=True), sheet.people, strict=True
    ):
        cells = dict(zip(head, row, strict=True))
        assert cells["Worked"] == timedelta(minutes=person.totals.worked)
        assert cells["Overtime"] == timedelta(minutes=person.totals.overtime)
        assert cells["Balance (hours)"] == pytest.approx(float(hours(person.totals.balance)))
        assert cells["Leave days"] == 0.5
    assert dict(zip(head, [cell.value for cell in totals[6]], strict=True))["Worked"] == timedelta(
        minutes=sheet.totals.worked
    )
    assert days.max_row == 2 + sheet.rows
    head = [cell.value for cell in days[2]]
    first = dict(zip(head, days[3], strict=True))
    assert first["Day"].value == datetime(2026, 10, 1)
    assert first["First in"].value == datetime(2026, 10, 1, 7, 58)
    assert first["Due"].value == timedelta(hours=8)
    assert first["Due"].number_format == "[h]:mm"
    assert days.column_dimensions["B"].width > 20


@pytest.mark.parametrize("sign", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_no_name_is_a_formula_and_numbers_stay_numbers(
    make_person: Any, department: Department, manager_user: User, sign: str
) -> None:
    make_workday(make_person(name=sign, department=department), date(2026, 10, 1), due_minutes=480)
    document = document_of(department_sheet(department, OCTOBER), user=manager_user, now=NOW)
    _, rows = read_csv("".join(csv_format.lines(document)))
    assert all(row["name"].startswith("'") for row in rows)
    assert rows[-1]["balance_minutes"] == "-480"
    book = load_workbook(io.BytesIO(xlsx_format.write(document)))
    for table in book.worksheets[:2]:
        assert table["B3"].data_type == "s"
        assert table["B3"].value.startswith("'")
    assert book["Totals"]["G3"].value == -8


def test_pdf_has_a_page_for_each_person_to_sign_and_the_totals_of_the_page(
    document: Document, sheet: DepartmentSheet
) -> None:
    told: list[int] = []
    pages = pdf_text(pdf_format.write(document, told.append))
    assert told == [31, 62, 93]
    assert len(pages) == 1 + 3
    for number, page in enumerate(pages, start=1):
        assert "Open, not sealed" in page
        assert "2026-10-01 – 2026-10-31" in page
        assert f"Page {number} of 4" in page
        assert "Europe/Berlin" in page
        assert "mona" in page
    for person in sheet.people:
        assert minutes_text(person.totals.worked) in pages[0]
        assert signed_text(person.totals.balance) in pages[0]
    for page, person in zip(pages[1:], sheet.people, strict=True):
        assert person.who.number in page
        assert minutes_text(person.totals.worked) in page
        assert signed_text(person.totals.balance) in page
        assert "Date and signature" in page
        for day in person.days:
            assert minutes_text(day.worked) in page
        assert "02:58 +1" in page


def test_names_in_arabic_and_hebrew_are_shaped_and_not_empty_boxes(
    people: list[Person], department: Department, manager_user: User
) -> None:
    people[0].name = "דוד כהן"
    for person in (people[0], people[2]):
        document = document_of(person_sheet(person, department, OCTOBER), user=manager_user, now=NOW)
        paper = pdf_format.paper_of(document)
        paper.output()
        assert not any(font.missing_glyphs for font in paper.fonts.values())
    with translation.override("ar"):
        assert len(pdf_text(pdf_format.write(document))) == 1


def test_a_closed_periods_digest_stands_in_every_format_and_on_every_page(
    admin_user: User, admin_client: Client, people: list[Person], department: Department
) -> None:
    sent = {"department": str(department.pk), "month": "2026-10", "despite": "1"}
    admin_client.post(reverse("reports:timesheets_close"), sent)
    digest = Period.objects.get().digest
    assert digest
    document = document_of(department_sheet(department, OCTOBER), user=admin_user, now=NOW)
    about, _ = read_csv("".join(csv_format.lines(document)))
    assert digest in about["seal"]
    book = load_workbook(io.BytesIO(xlsx_format.write(document)))
    assert all(digest in table["A1"].value for table in book.worksheets[:2])
    assert all(digest in page for page in pdf_text(pdf_format.write(document)))


@pytest.mark.parametrize("written_as", ["csv", "xlsx", "pdf"])
def test_one_persons_month_comes_at_once_and_nobody_else_is_in_it(
    manager_client: Client, people: list[Person], department: Department, written_as: str
) -> None:
    asked = {"department": str(department.pk), "month": "2026-10", "format": written_as}
    response = manager_client.post(reverse("reports:export_new"), {**asked, "person": str(people[0].pk)})
    assert response.status_code == 200
    name = f"timesheet-{people[0].employee_number.lower()}-2026-10.{written_as}"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Cache-Control"] == "no-store"
    data = b"".join(response)
    sheet = person_sheet(people[0], department, OCTOBER)
    if written_as == "csv":
        _, rows = read_csv(data.decode())
        assert {row["employee_number"] for row in rows} == {people[0].employee_number}
        assert rows[-1]["worked_minutes"] == str(sheet.totals.worked)
    elif written_as == "xlsx":
        book = load_workbook(io.BytesIO(data))
        assert book["Totals"].max_row == 3
        assert book["Totals"]["E3"].value == timedelta(minutes=sheet.totals.worked)
    else:
        (page,) = pdf_text(data)
        assert minutes_text(sheet.totals.worked) in page
        assert people[1].employee_number not in page
