"""Words of the pages of rosters."""

from __future__ import annotations

from decimal import Decimal
from math import ceil

from django import template
from django.forms import BoundField
from django.utils.translation import gettext as _

from faceroster.rosters.leave import days_text
from faceroster.rosters.models import ShiftVersion
from faceroster.rosters.shifts import shift_minutes

register = template.Library()
register.filter("days", days_text)


@register.filter
def for_plural(days: Decimal) -> int:
    """The whole number by which a language chooses between day and days."""
    return ceil(days)


@register.filter
def hours(minutes: int | Decimal | None) -> str:
    """Minutes as hours and minutes: 7:30."""
    if minutes is None:
        return ""
    whole, rest = divmod(int(minutes), 60)
    return f"{whole}:{rest:02}"


@register.filter
def due(version: ShiftVersion) -> int:
    """The minutes due of a shift that is worked as planned."""
    if version.target_minutes is not None:
        return version.target_minutes
    length = shift_minutes(version)
    takes = length > version.break_after_minutes and not version.break_paid
    return length - (version.break_minutes if takes else 0)


@register.filter
def overnight(version: ShiftVersion) -> bool:
    return version.ends <= version.starts


@register.filter
def in_minutes(field: BoundField) -> str:
    """The unit of a field that counts minutes, empty for others."""
    if field.name == "target_minutes":  # says so itself
        return ""
    return _("minutes") if field.name.endswith(("_minutes", "_daily_after", "_weekly_after")) else ""


@register.filter
def is_tick(field: BoundField) -> bool:
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not hasattr(field.field, "choices")
