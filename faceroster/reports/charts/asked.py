"""What an address of the charts asks for: which months, whose days, and how finely they are cut."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from django.http import Http404

from faceroster.people.models import Department, Site
from faceroster.people.selectors import departments_visible_to
from faceroster.reports.access import one
from faceroster.reports.selectors import Month

#: Dates outside of these years are slips of the pen.
_YEARS = range(1990, 2200)
#: The longest stretch of one report.
MOST_MONTHS = 24
#: Up to so many months a report may be cut into days, and up to so many it is cut into weeks by itself.
_DAYS_UP_TO, _WEEKS_UP_TO = 3, 6


class Step(StrEnum):
    """What one bar of a chart stands for."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def start(self, day: date) -> date:
        """The first day of the step that ``day`` lies in."""
        if self is Step.WEEK:
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self is Step.MONTH else day


@dataclass(frozen=True)
class Asked:
    """A report's bounds. ``departments``: all that the viewer may choose from; ``chosen``: those it is about.

    ``all_of_them``: nothing was narrowed and the viewer sees everyone.
    """

    first: Month
    last: Month
    step: Step
    site: Site | None
    department: Department | None
    departments: list[Department]
    chosen: list[Department]
    all_of_them: bool

    @property
    def months(self) -> int:
        return _between(self.first, self.last) + 1

    @property
    def steps(self) -> list[Step]:
        """What the stretch may be cut into."""
        finest = [Step.DAY] if self.months <= _DAYS_UP_TO else []
        return [*finest, Step.WEEK, *([Step.MONTH] if self.months > 1 else [])]

    @property
    def sites(self) -> list[Site]:
        return sorted({one.site for one in self.departments}, key=lambda site: site.name)

    def query(self, *, back: int = 0) -> str:
        """The same question as text of an address, ``back`` stretches earlier."""
        moved = -back * self.months
        named = {"from": str(_moved(self.first, moved)), "to": str(_moved(self.last, moved))}
        for key, row in (("site", self.site), ("department", self.department)):
            if row is not None:
                named[key] = str(row.pk)
        return urlencode({**named, "by": self.step.value})

    @property
    def earlier(self) -> str:
        return self.query(back=1)

    @property
    def later(self) -> str:
        return self.query(back=-1)

    @property
    def year(self) -> str:
        """The twelve months up to the last one."""
        named = {"from": str(_moved(self.last, -11)), "to": str(self.last)}
        for key, row in (("site", self.site), ("department", self.department)):
            if row is not None:
                named[key] = str(row.pk)
        return urlencode(named)


def asked(user: object, given: Mapping[str, str], *, today: date) -> Asked:
    """Read an address; without a word about months it is the present one.

    Raises:
        Http404: a month, a step, a site or a department that does not exist, or not for ``user``.
    """
    visible = departments_visible_to(user)
    departments = list(visible)
    site = _site(departments, given.get("site", ""))
    department = one(visible, given.get("department", ""))
    if department is not None and site not in (None, department.site):
        department = None  # another site was chosen while a department was
    if department is None and len(departments) == 1:
        department = departments[0]
    last = _month(given.get("to", "")) or _month(given.get("from", "")) or Month.of(today)
    first = _month(given.get("from", "")) or last
    if last < first:
        first, last = last, first
    first = max(first, _moved(last, 1 - MOST_MONTHS))
    chosen = [
        row
        for row in departments
        if (department is None or row == department) and (site is None or row.site == site)
    ]
    everyone = bool(getattr(user, "sees_everyone", False)) and len(chosen) == len(departments)
    return Asked(
        first, last, _step(given.get("by", ""), first, last), site, department, departments, chosen, everyone
    )


def _site(departments: list[Department], key: str) -> Site | None:
    if not key:
        return None
    for department in departments:
        if str(department.site_id) == key:
            return department.site
    raise Http404


def _month(text: str) -> Month | None:
    if not text:
        return None
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text, re.ASCII) or int(text[:4]) not in _YEARS:
        raise Http404("No such month")
    return Month(int(text[:4]), int(text[5:]))


def _step(text: str, first: Month, last: Month) -> Step:
    if text and text not in list(Step):
        raise Http404("No such step")
    months = _between(first, last) + 1
    usual = Step.DAY if months == 1 else Step.WEEK if months <= _WEEKS_UP_TO else Step.MONTH
    wanted = Step(text) if text else usual
    impossible = (wanted is Step.DAY and months > _DAYS_UP_TO) or (wanted is Step.MONTH and months == 1)
    return usual if impossible else wanted


def _between(first: Month, last: Month) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _moved(month: Month, by: int) -> Month:
    years, rest = divmod(month.year * 12 + month.month - 1 + by, 12)
    return Month(years, rest + 1)
