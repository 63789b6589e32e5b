"""From an empty roster to a sealed month, in a browser, and what is exported is what the page shows."""

from __future__ import annotations

import io
import os
import sqlite3
import subprocess
import sys
import time
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from tests.conftest import ROOT
from tests.e2e.conftest import Server, make_run
from tests.support import company, staff

ZONE = ZoneInfo("Europe/Berlin")
#: By whom, day of the week (0 is Monday), when they came, when they went: past 24:00 on the morning after.
PUNCHES = [
    ("day", 0, "08:00", "16:30"),
    ("day", 1, "08:00", None),  # the check-out is missed
    ("day", 2, "08:00", "18:00"),
    ("day", 3, "07:58", "16:30"),
    ("day", 4, "08:00", "16:30"),
    ("late", 0, "08:21", "16:30"),
    *[("late", day, "08:00", "16:30") for day in (1, 2, 3, 4)],
    ("night", 0, "21:57", "30:04"),
    ("night", 1, "22:00", "30:30"),
]
#: What is to come of it: worked, overtime and late, in hours.
FIGURES = {
    "Dana Early": ("41:30", "1:30", ""),
    "Lena Slow": ("39:39", "", "0:21"),
    "Nils Moon": ("15:34", "0:34", ""),
}


@dataclass
class Tale:
    """The house that the story is told in, and the past month that it tells of."""

    server: Server
    made: dict[str, Any]
    monday: date

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def month(self) -> str:
        return f"{self.monday:%Y-%m}"

    @property
    def timesheets(self) -> str:
        return f"{self.url}/reports/timesheets/?department={self.made['department']}&month={self.month}"

    @property
    def exceptions(self) -> str:
        days = f"first={self.monday}&last={self.monday + timedelta(days=6)}"
        return f"{self.url}/reports/exceptions/?{days}&tab="

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """``manage.py`` with the house's data, as whoever looks after the server types it."""
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env={
                **os.environ,
                "FACEROSTER_HOME": str(self.server.home),
                "DJANGO_SETTINGS_MODULE": "faceroster.settings.embedded",
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def tale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tale]:
    home = tmp_path_factory.mktemp("story")
    made = company.write(home, "story")
    last_month = datetime.now(ZONE).date().replace(day=1) - timedelta(days=1)
    first = last_month.replace(day=1)
    monday = first + timedelta(days=-first.weekday() % 7)
    with make_run(home, demo=False) as server:
        yield Tale(server, made, monday)


def _save(page: Any, button: str) -> None:
    page.get_by_role("button", name=button).click()
    page.wait_for_load_state()
    errors = page.locator(".errorlist, .message.error").all_inner_texts()
    assert not errors, errors


def _make_shift(page: Any, tale: Tale, name: str, starts: str, ends: str, overtime_after: int) -> None:
    page.goto(f"{tale.url}/rosters/shifts/")
    page.get_by_role("link", name="New shift").click()
    page.fill("input[name=name]", name)
    page.fill("input[name=effective_from]", f"{tale.monday.replace(day=1)}")
    page.fill("input[name=starts]", starts)
    page.fill("input[name=ends]", ends)
    page.fill("input[name=overtime_after_minutes]", str(overtime_after))
    _save(page, "Make the shift")


def _make_pattern(page: Any, tale: Tale, name: str, shift: str, days: int) -> None:
    page.goto(f"{tale.url}/rosters/patterns/new/{tale.made['site']}/")
    page.fill("input[name=name]", name)
    for day in range(days):
        page.select_option(f"select[name=day_{day}_0]", label=shift)
    _save(page, "Save")


def _assign(page: Any, tale: Tale, pattern: str, *, person: str = "") -> None:
    page.goto(f"{tale.url}/rosters/patterns/")
    page.get_by_role("link", name="Assign a pattern").click()
    if person:
        page.select_option("select[name=person]", value=tale.made["people"][person])
    page.select_option("select[name=pattern]", label=pattern)
    page.fill("input[name=starts_on]", f"{tale.monday}")
    page.fill("input[name=ends_on]", f"{tale.monday + timedelta(days=4)}")
    _save(page, "Assign")


def _roster(browser: Callable[..., Any], tale: Tale) -> None:
    """The administrator's part."""
    page = browser()
    staff.sign_in_as(page, tale.url, tale.made["administrator"], company.PASSWORD)
    _make_shift(page, tale, "Day", "08:00", "16:30", 480)
    _make_shift(page, tale, "Night", "22:00", "06:00", 450)
    assert "overnight" in page.locator("main").inner_text()
    _make_pattern(page, tale, "Days", "Day", 5)
    _make_pattern(page, tale, "Nights", "Night", 2)
    _assign(page, tale, "Days")
    _assign(page, tale, "Nights", person="night")
    page.goto(f"{tale.url}/rosters/?department={tale.made['department']}&from={tale.monday}")
    cells = page.locator("tr", has_text="Nils Moon").locator("td").all_inner_texts()
    assert ["Night" in cell for cell in cells] == [True, True] + [False] * 5
    page.context.browser.close()


def _moment(tale: Tale, day: int, clock: str) -> str:
    hours, minutes = map(int, clock.split(":"))
    there = tale.monday + timedelta(days=day + hours // 24)
    return datetime(there.year, there.month, there.day, hours % 24, minutes, tzinfo=ZONE).isoformat()


def _punch(page: Any, tale: Tale) -> None:
    """The week's punches come in from a program at the door."""
    for who, day, *clocks in PUNCHES:
        for clock in filter(None, clocks):
            given = {"person": tale.made["people"][who], "site": tale.made["site"]}
            answer = page.request.post(
                f"{tale.url}/api/v1/punches/",
                headers={"Authorization": f"Token {tale.made['token']}"},
                data={**given, "at": _moment(tale, day, clock)},
            )
            assert answer.status == 201, answer.text()


def _until(page: Any, address: str, selector: str, text: str) -> Any:
    """Load ``address`` until the worker is done: until ``selector`` says ``text`` there."""
    deadline = time.monotonic() + 90
    while True:
        page.goto(address)
        found = page.locator(selector, has_text=text)
        if found.count() and "being computed" not in page.locator("main").inner_text():
            return found
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        page.wait_for_timeout(300)


def _settle(page: Any, tale: Tale, tab: str, name: str, reason: str, button: str) -> None:
    """One step: choose the row, say why, done."""
    row = _until(page, tale.exceptions + tab, "li.finding", name)
    assert row.count() == 1
    row.get_by_role("checkbox").check()
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_text("1 is settled.").wait_for()
    assert "Nothing to do here" in page.locator("#exceptions").inner_text()


def _figures(row: Any) -> dict[str, str]:
    return {
        str(cell.get_attribute("data-label")): cell.inner_text().strip()
        for cell in row.locator("td[data-label]").all()
    }


def _row(page: Any, name: str) -> dict[str, str]:
    """The totals of one person in the matrix, by the word above each."""
    return _figures(page.locator(".ts-matrix tbody tr", has_text=name))


def _hours(length: Any) -> str:
    """A spreadsheet's duration as pages write it; none is empty."""
    minutes = round(length.total_seconds() / 60) if length else 0
    return f"{minutes // 60}:{minutes % 60:02}" if minutes else ""


def _download(page: Any, button: str) -> tuple[str, io.BytesIO]:
    with page.expect_download() as started:
        page.get_by_role("button", name=button, exact=True).click()
    return started.value.suggested_filename, io.BytesIO(Path(started.value.path()).read_bytes())


def _table(sheet: Any) -> list[dict[str, Any]]:
    _about, heads, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


@dataclass(frozen=True)
class Shown:
    """What the pages say: totals by name and the word above them, and of each name its days."""

    digest: str
    totals: dict[str, dict[str, str]]
    together: dict[str, str]
    days: dict[str, list[tuple[date, dict[str, str]]]]


def _read_pages(page: Any, tale: Tale) -> Shown:
    page.goto(tale.timesheets)
    digest = page.locator(".ts-seal.closed .ts-seal-text > p .ts-digest").inner_text()
    assert len(digest) == 64
    totals = {name: _row(page, name) for name in FIGURES}
    together = _figures(page.locator(".ts-matrix tfoot"))
    days = {}
    for key, name in tale.made["names"].items():
        page.goto(f"{tale.url}/reports/timesheets/{tale.made['people'][key]}/{tale.month}/")
        worked = page.locator("[data-figure=worked]").inner_text()
        assert worked == totals[name]["Worked"] == FIGURES[name][0]
        lines = page.locator("tr.day").all()
        days[name] = [
            (date.fromisoformat(str(line.get_attribute("data-day"))), _figures(line)) for line in lines
        ]
        assert len(lines) == monthrange(tale.monday.year, tale.monday.month)[1]
    return Shown(digest, totals, together, days)


def _check_xlsx(data: io.BytesIO, shown: Shown) -> None:
    """The workbook says of everybody, and of every day, what the pages say."""
    totals, days, about = load_workbook(data).worksheets
    assert any(shown.digest in str(cell.value) for row in about.iter_rows() for cell in row)
    found = {row["Name"]: row for row in _table(totals) if row["Name"] in FIGURES}
    assert found.keys() == FIGURES.keys()
    for name, row in found.items():
        assert row["State"] == "Approved"
        for label in ("Worked", "Overtime", "Late"):
            assert _hours(row[label]) == shown.totals[name][label], f"{label} of {name}"
    rows = _table(days)
    for name, lines in shown.days.items():
        mine = [row for row in rows if row["Name"] == name]
        for row, (day, figures) in zip(mine, lines, strict=True):
            assert row["Day"].date() == day
            for label in ("Worked", "Overtime", "Late"):
                assert _hours(row[label]) == figures[label], f"{label} of {name}, {day}"
    assert shown.together["Worked"] == _hours(sum((row["Worked"] for row in rows), timedelta())) == "96:43"


def _check_pdf(data: io.BytesIO, shown: Shown) -> None:
    """So does the document, with a page to sign for each."""
    summary, *sheets = [sheet.extract_text() for sheet in PdfReader(data).pages]
    assert len(sheets) == len(FIGURES)
    for text in (summary, *sheets):
        assert shown.digest in text
    for name, text in zip(sorted(FIGURES), sheets, strict=True):
        total = next(line for line in summary.splitlines() if name in line).split(name)[1].split()
        of = shown.totals[name]
        none = "0:00"
        assert total[:6] == [
            *(of["Due"], of["Worked"], of["Balance"]),
            *(of["Overtime"] or none, of["Weekly overtime"] or none, of["Late"] or none),
        ]
        assert f"{name} (B-" in text
        assert "Date and signature" in text
        lines = {" ".join(line.split()[:2]): line.split() for line in text.splitlines()}
        for day, figures in shown.days[name]:
            line = lines[f"{day:%a} {day.day}"]
            wanted = [figures[label] for label in ("Worked", "Break", "Overtime", "Late", "Left early")]
            times = [word for word in line if ":" in word]
            at_door = 2 if figures["First in"] else 0
            assert times[at_door:] == [word for word in wanted if word], f"{name}, {day}"


def test_a_week_becomes_a_sealed_month(tale: Tale, browser: Callable[..., Any]) -> None:
    _roster(browser, tale)
    page = browser()
    _punch(page, tale)

    staff.sign_in_as(page, tale.url, tale.made["manager"], company.PASSWORD)
    page.goto(f"{tale.url}/reports/today/")
    assert page.locator("#count-all").inner_text() == "3"
    _settle(page, tale, "missed_out", "Dana Early", "She left on time, the camera was off", "Settle")
    _settle(page, tale, "late", "Lena Slow", "The train stood still", "Excuse")

    _until(page, tale.timesheets, ".ts-matrix tr", FIGURES["Dana Early"][0])
    for name, (worked, overtime, late) in FIGURES.items():
        row = _row(page, name)
        assert (row["Worked"], row["Overtime"], row["Late"]) == (worked, overtime, late), name
    page.get_by_label("Select everyone").check()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.wait_for_load_state()
    assert page.locator(".ts-matrix tbody .ts-state.approved").count() == 3
    page.get_by_text("Close the period").click()
    page.get_by_role("button", name="Close and seal").click()
    page.locator(".ts-seal.closed").wait_for()

    shown = _read_pages(page, tale)
    page.goto(tale.timesheets)
    for button, check in (("XLSX", _check_xlsx), ("PDF", _check_pdf)):
        name, data = _download(page, button)
        assert name.endswith(f".{button.lower()}")
        check(data, shown)
    _check_what_is_found_out(tale)


def _check_what_is_found_out(tale: Tale) -> None:
    """Nothing was altered; then somebody gives themselves an hour, past every service."""
    fine = tale.manage("attendance", "verify")
    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert "Nothing was altered. Closed periods: 1." in fine.stdout
    key = tale.made["people"]["late"].replace("-", "")
    with sqlite3.connect(tale.server.home / "faceroster.sqlite3", timeout=20) as database:
        changed = database.execute(
            "UPDATE attendance_workday SET worked_minutes = worked_minutes + 60"
            " WHERE person_id = ? AND day = ?",
            (key, f"{tale.monday}"),
        )
        assert changed.rowcount == 1
    found = tale.manage("attendance", "verify")
    assert found.returncode == 1
    assert "Lena Slow" in found.stdout or f"{tale.monday}" in found.stdout, found.stdout
