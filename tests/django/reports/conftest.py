"""Punches at given local times, and sheets read back from their pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from faceroster.attendance.models import Punch, PunchSource
from faceroster.attendance.services import punch_record
from faceroster.people.models import Person, Site

#: Wednesday, 15:00 in Berlin.
NOW = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
TODAY = date(2026, 11, 18)


@pytest.fixture
def now(freeze: Callable[[datetime], None]) -> datetime:
    freeze(NOW)
    return NOW


@pytest.fixture
def hit() -> Callable[..., Punch]:
    """``hit(person, "08:58")``: a punch today by the site's clock; ``day`` and ``site`` may differ."""

    def make(person: Person, clock: str, day: date = TODAY, site: Site | None = None, **kwargs: Any) -> Punch:
        site = site or person.department.site
        hours, minutes, seconds = [*map(int, clock.split(":")), 0][:3]
        local = datetime(day.year, day.month, day.day, hours % 24, minutes, seconds, tzinfo=site.zone)
        at = local.astimezone(UTC) + timedelta(days=hours // 24)
        kwargs.setdefault("source", PunchSource.KIOSK)
        return punch_record(person=person, site=site, at=at, **kwargs).punch

    return make


class _Tables(HTMLParser):
    """The cells of every table row, as their text; drawings (svg) are left out, dashes are hyphens."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_cell = False
        self._drawing = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True
        elif tag == "svg":
            self._drawing += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.rows[-1][-1] = " ".join(self.rows[-1][-1].replace("\u2013", "-").split())
            self._in_cell = False
        elif tag == "svg":
            self._drawing -= 1

    def handle_data(self, data: str) -> None:
        if self._in_cell and not self._drawing:
            self.rows[-1][-1] += data


@pytest.fixture
def table() -> Callable[[str], list[list[str]]]:
    """The rows of a page's sheet, without its head."""

    def read(html: str) -> list[list[str]]:
        parser = _Tables()
        parser.feed(html)
        return parser.rows[1:]

    return read


@pytest.fixture
def sheet_csv() -> Callable[[Any], list[dict[str, str]]]:
    """The rows of a streamed CSV response, by column."""

    def read(response: Any) -> list[dict[str, str]]:
        assert response.streaming
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        data = b"".join(response.streaming_content)
        assert data.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))

    return read
