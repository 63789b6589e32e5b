"""Minutes and days as a person reads them."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils import formats

from faceroster.attendance.models import Correction, Workday
from faceroster.attendance.traces import sentences

register = template.Library()


@register.filter
def hours(minutes: int) -> str:
    """8:04 for 484 minutes."""
    return f"{abs(minutes) // 60}:{abs(minutes) % 60:02}"


@register.filter
def balance(minutes: int) -> str:
    """With its sign; it is put so that it stays on the left where people write from the right."""
    sign = "\u2212" if minutes < 0 else "+" if minutes > 0 else ""
    return f"\u2066{sign}{hours(minutes)}\u2069"


@register.filter
def days(number: Decimal | None) -> str:
    """1, or 0.5 as the language writes it; nothing for None."""
    if number is None:
        return ""
    return formats.number_format(number, 0 if number == number.to_integral_value() else 1)


@register.filter
def trace_lines(row: Workday | None) -> list[str]:
    """Why a day's figures are what they are, line by line."""
    return sentences(row.trace) if row is not None else []


@register.filter
def zone_of(correction: Correction) -> str:
    """In which zone the times of a correction are told: its own, else that of what it corrects."""
    target = correction.punch or correction.added
    return correction.zone or (target.zone if target is not None else "UTC")
