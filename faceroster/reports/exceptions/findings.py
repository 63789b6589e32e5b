"""What waits to be looked at, of people's days: found in the database, counted and listed by kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _

from faceroster.attendance.models import Correction, Due, Finding, Resolution, Workday
from faceroster.people.models import Department, Person, Site
from faceroster.people.selectors import people_visible_to


class Tab(TextChoices):
    """The tabs of the page, in this order. All but the corrections are findings of the same name."""

    MISSED_OUT = Finding.MISSED_OUT.value, _("Missed check-outs")
    MISSED_IN = Finding.MISSED_IN.value, _("Missed check-ins")
    LATE = Finding.LATE.value, _("Late")
    EARLY = Finding.EARLY.value, _("Left early")
    ABSENT = Finding.ABSENT.value, _("Absent")
    UNKNOWN_FACE = Finding.UNKNOWN_FACE.value, _("Unknown faces")
    AMBIGUOUS = Finding.AMBIGUOUS.value, _("Not told apart")
    CORRECTION = "correction", _("Corrections waiting")
    CLOSED_PUNCH = Finding.CLOSED_PUNCH.value, _("In a closed period")


OF_DAYS = (Tab.MISSED_OUT, Tab.MISSED_IN, Tab.LATE, Tab.EARLY, Tab.ABSENT)
OF_FACES = (Tab.UNKNOWN_FACE, Tab.AMBIGUOUS)

IS_SO = {
    Tab.MISSED_OUT: Q(missed_out=True),
    Tab.MISSED_IN: Q(missed_in=True),
    Tab.LATE: Q(late_minutes__gt=0),
    Tab.EARLY: Q(early_minutes__gt=0),
    Tab.ABSENT: Q(absent=True),
}


@dataclass(frozen=True)
class Narrow:
    """The days from ``first`` to ``last``, and whose."""

    first: date
    last: date
    department: Department | None = None
    site: Site | None = None


def people_of(user: object, narrow: Narrow) -> QuerySet[Person]:
    people = people_visible_to(user)
    if narrow.department is not None:
        people = people.filter(department=narrow.department)
    if narrow.site is not None:
        people = people.filter(department__site=narrow.site)
    return people


def _days_of(people: QuerySet[Person], narrow: Narrow) -> QuerySet[Workday]:
    whose = people.order_by().values("pk")
    return Workday.objects.filter(day__range=(narrow.first, narrow.last), person__in=whose)


def _unsettled(tab: Tab) -> Q:
    of_day = Resolution.objects.filter(person=OuterRef("person"), day=OuterRef("day"), finding=tab.value)
    return IS_SO[tab] & ~Q(Exists(of_day))


def _pending() -> Exists:
    """About to be computed anew: what was just corrected is not shown as it was before."""
    return Exists(Due.objects.filter(person=OuterRef("person"), day=OuterRef("day")))


def day_counts(people: QuerySet[Person], narrow: Narrow) -> dict[str, int]:
    """How many unsettled findings of each kind there are. One query.

    ``days_pending``: how many days with any are being computed anew.
    """
    some = Q()
    for found in IS_SO.values():
        some |= found
    flags = {
        f"is_{tab.value}": Case(When(_unsettled(tab), then=Value(True)), default=Value(False))
        for tab in OF_DAYS
    }
    rows = _days_of(people, narrow).filter(some).annotate(pending=_pending(), **flags)
    counts: dict[str, Any] = {
        tab.value: Count("pk", filter=Q(pending=False, **{f"is_{tab.value}": True})) for tab in OF_DAYS
    }
    return rows.order_by().aggregate(**counts, days_pending=Count("pk", filter=Q(pending=True)))


def days_with(tab: Tab, people: QuerySet[Person], narrow: Narrow) -> QuerySet[Workday]:
    """Days with an unsettled finding, the newest first."""
    rows = _days_of(people, narrow).filter(_unsettled(tab), ~Q(_pending())).defer("trace")
    return rows.select_related("person__department").order_by("-day", "person__name", "pk")


def corrections_waiting(people: QuerySet[Person], narrow: Narrow) -> QuerySet[Correction]:
    """Asked for and not decided about, the oldest first."""
    waiting = Correction.objects.filter(
        verdict__isnull=True,
        day__range=(narrow.first, narrow.last),
        person__in=people.order_by().values("pk"),
    )
    return waiting.select_related(
        "person__department__site", "requested_by", "punch", "added", "site"
    ).order_by("created_at", "pk")
