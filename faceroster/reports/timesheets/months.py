"""Months as addresses write them."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.http import Http404

from faceroster.reports.selectors import Month

#: Months outside of these years are slips of the pen.
_YEARS = range(1990, 2200)


def month_read(text: str) -> Month | None:
    """2026-11 as a month, None for an empty text. Raises Http404 for anything else."""
    if not text:
        return None
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text, re.ASCII) or int(text[:4]) not in _YEARS:
        raise Http404("No such month")
    return Month(int(text[:4]), int(text[5:]))


def month_before(month: Month) -> Month:
    return Month.of(month.first - timedelta(days=1))


def month_after(month: Month, today: date) -> Month | None:
    """The next one, as long as it does not lie more than one ahead of today's."""
    following = Month.of(month.last + timedelta(days=1))
    return following if month <= Month.of(today) else None
