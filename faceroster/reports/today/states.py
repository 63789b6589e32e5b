"""Where everyone stands at this moment, decided by the database: one of eight states for each person.

A person's row is that of the present working day of their site. A night that began the day before and is
still running goes before it, until the person comes again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, DateTimeField, F, FilteredRelation, Q, QuerySet, Value, When
from django.db.models import TextChoices as Choices
from django.utils.translation import gettext_lazy as _

from faceroster.attendance.days import working_day
from faceroster.attendance.models import DayStatus
from faceroster.people.models import Person, Site

_DAY = timedelta(days=1)
#: Whoever is still in so long after a night's end has forgotten to check out: every shift closes sooner.
_NIGHT_ENDS_WITHIN = timedelta(hours=12)
_NOT_EXPECTED = (DayStatus.HOLIDAY, DayStatus.REST, DayStatus.FREE, DayStatus.NONE)


class State(Choices):
    """In the order in which the page shows them."""

    IN = "in", _("In now")
    LATE = "late", _("Late")
    ABSENT = "absent", _("Absent")
    LEAVE = "leave", _("On leave")
    LEFT = "left", _("Left")
    EXPECTED = "expected", _("Expected later")
    OFF = "off", _("Not expected")
    UNKNOWN = "unknown", _("Not known yet")


def _row_of(name: str, sites: Iterable[Site], now: datetime, back: timedelta) -> FilteredRelation:
    """The workday of each person ``back`` from the present day of its site."""
    days: dict[date, list[Site]] = defaultdict(list)
    for site in sites:
        days[working_day(now, site)].append(site)
    which = Q(workdays__day__isnull=True)  # of nobody, for who has no site
    for day, there in days.items():
        which |= Q(workdays__day=day - back, workdays__site__in=there)
    return FilteredRelation("workdays", condition=which)


def _state_of(row: str, now: datetime) -> list[When]:
    """What a row says, the first that holds."""
    came = Q(**{f"{row}__first_in__isnull": False}) | Q(**{f"{row}__last_out__isnull": False})
    over = Q(**{f"{row}__expected_end__lte": now})
    return [
        When(Q(**{f"{row}__present": True}), then=Value(State.IN)),
        When(came, then=Value(State.LEFT)),
        When(Q(**{f"{row}__status": DayStatus.LEAVE}), then=Value(State.LEAVE)),
        When(Q(**{f"{row}__status__in": _NOT_EXPECTED}), then=Value(State.OFF)),
        When(Q(**{f"{row}__absent": True}) | over, then=Value(State.ABSENT)),
        When(Q(**{f"{row}__late_from__lte": now}), then=Value(State.LATE)),
    ]


def _moment_of(row: str) -> Case:
    """When somebody who is in came, or else when they left. By the row alone: the state in it would put the
    whole of how it is found into the statement once more.
    """
    return Case(
        When(Q(**{f"{row}__present": True}), then=F(f"{row}__first_in")),
        default=F(f"{row}__last_out"),
        output_field=DateTimeField(),
    )


def with_states(people: QuerySet[Person], *, sites: Iterable[Site], now: datetime) -> QuerySet[Any]:
    """``people``, each with ``state``, ``row_id`` (of the workday it follows from, None without one), and
    ``recent`` and ``soon``, by which :data:`ORDER` puts those of one state in order.

    ``sites``: at least all that ``people`` are at. Adds no query.
    """
    sites = list(sites)
    rows = people.annotate(
        present_row=_row_of("present_row", sites, now, timedelta(0)), night=_row_of("night", sites, now, _DAY)
    )
    still_in = Q(night__present=True, night__expected_end__gt=now - _NIGHT_ENDS_WITHIN)
    on_duty = Q(night__status=DayStatus.RUNNING, night__expected_end__gt=now)
    in_night = (still_in | on_duty) & Q(present_row__first_in__isnull=True)
    states = [
        *[When(in_night & when.condition, then=when.result) for when in _state_of("night", now)],
        When(in_night, then=Value(State.EXPECTED)),
        When(present_row__isnull=True, then=Value(State.UNKNOWN)),
        *_state_of("present_row", now),
    ]

    def of_row(field: str) -> Case:
        return Case(When(in_night, then=F(f"night__{field}")), default=F(f"present_row__{field}"))

    rows = rows.annotate(
        state=Case(*states, default=Value(State.EXPECTED), output_field=CharField()), row_id=of_row("pk")
    )
    return rows.annotate(
        recent=Case(When(in_night, then=_moment_of("night")), default=_moment_of("present_row")),
        soon=Case(
            When(state=State.LATE, then=of_row("late_from")),
            When(state=State.EXPECTED, then=of_row("expected_start")),
            output_field=DateTimeField(),
        ),
    )


#: Who came or left last, who is late for longest, who is expected next; else by name.
ORDER = (F("recent").desc(nulls_last=True), F("soon").asc(nulls_last=True), F("name").asc(), F("pk").asc())
