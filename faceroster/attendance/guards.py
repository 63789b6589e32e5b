"""What every decision about attendance asks first: may this user, and is the day still open?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from faceroster.attendance.days import working_day
from faceroster.attendance.models import (
    Finding,
    Period,
    PeriodEvent,
    PeriodEventKind,
    PeriodStatus,
    Punch,
    Resolution,
    Workday,
)
from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.people.models import Department, Person, Site
from faceroster.people.selectors import departments_managed_by, stays_of
from faceroster.trust.models import User

_DAY = timedelta(days=1)
#: How long after the end of a night shift a punch may still be taken for it.
_NIGHT_CLOSES = timedelta(hours=4)
_NAMED = 8


def person_lock(person_id: UUID) -> Person:
    """The person as they are stored, with department and site; nobody else writes about their days until
    this transaction ends. Punches, corrections, resolutions and closing all take this lock first.
    """
    # no_key: rows that merely refer to a person need not wait.
    rows = Person.objects.select_for_update(no_key=True, of=("self",)).select_related("department__site")
    return rows.get(pk=person_id)


def decides_for(user: User, department: Department) -> bool:
    return departments_managed_by(user).filter(pk=department.pk).exists()


def must_decide(user: User, person: Person, code: str) -> None:
    """Refuse who does not decide for the person's department, and whoever would decide about themselves.

    Raises:
        NotAllowed: ``<code>.not_yours`` or ``<code>.own``.
    """
    must_decide_in(user, person.department, person, code)


def must_decide_in(user: User, department: Department, person: Person, code: str) -> None:
    """The same about days of ``person`` in ``department``, which they may have left since."""
    if not decides_for(user, department):
        raise NotAllowed(f"{code}.not_yours", _("You do not decide for this department."))
    if person.user_id is not None and person.user_id == user.pk:
        raise NotAllowed(f"{code}.own", _("Nobody decides about their own days. Please ask somebody else."))


def text_of(text: str, *, code: str, missing: str, most: int = 300) -> str:
    """``text`` without space around it. Raises InvalidInput ``<code>_missing`` or ``<code>_long``."""
    text = text.strip()
    if not text:
        raise InvalidInput(f"{code}_missing", missing)
    return note_of(text, code=code, most=most)


def note_of(text: str, *, code: str, most: int = 300) -> str:
    """The same for a text that may be empty."""
    text = text.strip()
    if len(text) > most:
        sentence = ngettext(
            "Please write no more than %(count)d character.",
            "Please write no more than %(count)d characters.",
            most,
        )
        raise InvalidInput(f"{code}_long", sentence % {"count": most})
    return text


def names(people: Iterable[str]) -> str:
    """Some names, and how many more there are."""
    all_names = sorted(set(people))
    shown, more = all_names[:_NAMED], len(all_names) - _NAMED
    if more <= 0:
        return ", ".join(shown)
    sentence = ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", more)
    return sentence % {"names": ", ".join(shown), "count": more}


def closed_period(person: Person, days: Collection[date]) -> Period | None:
    """A closed period that one of the person's ``days`` lies in; None while all are open.

    A day with a row lies where the row does: somebody who has changed departments takes no day along. One
    without is judged by the department that the person was in on it.
    """
    rows = Workday.objects.filter(person=person, day__in=days).order_by("day").select_related("period")
    found = {row.day: row.period for row in rows.defer("trace")}
    for period in found.values():
        if period is not None:
            return period
    without = sorted(set(days) - found.keys())
    if not without:
        return None
    stays = stays_of([person], first=without[0])
    closed = Period.objects.filter(status=PeriodStatus.CLOSED)
    for day in without:
        department = stays.department(person, day)
        if period := closed.filter(department=department, first__lte=day, last__gte=day).first():
            return period
    return None


def must_be_open(person: Person, days: Collection[date]) -> None:
    """Raises Conflict ``period.closed`` when one of ``days`` lies in a closed period."""
    if period := closed_period(person, days):
        raise closed_error(period)


def closed_error(period: Period) -> Conflict:
    sentence = _("The period from %(first)s to %(last)s is closed. It must be reopened first.")
    first, last = (date_format(day, "SHORT_DATE_FORMAT") for day in (period.first, period.last))
    return Conflict("period.closed", sentence % {"first": first, "last": last})


def days_of_moment(person: Person, at: datetime, site: Site) -> set[date]:
    """Which days a punch at ``at`` may count for: the site's working day, and the one before if its shift
    ends so late that the punch may be its end.
    """
    day = working_day(at, site)
    before = Workday.objects.filter(person=person, day=day - _DAY, expected_end__gte=at - _NIGHT_CLOSES)
    return {day, day - _DAY} if before.exists() else {day}


def closed_punches(people: QuerySet[Person], *, first: date, last: date) -> list[Punch]:
    """Punches of ``people`` that came after their day was closed and that nobody has settled yet.

    They are stored like any other, and count once the period is reopened. ``first`` and ``last`` are of the
    closed days. Five queries at most. Settling one is ``finding_resolve`` with ``Finding.CLOSED_PUNCH``, the
    punch's person and its ``day``.
    """
    closings: dict[UUID, datetime] = dict(
        PeriodEvent.objects.filter(
            kind=PeriodEventKind.CLOSED,
            period__status=PeriodStatus.CLOSED,
            period__first__lte=last,
            period__last__gte=first,
        )
        .order_by("created_at")
        .values_list("period_id", "created_at")
    )
    if not closings:
        return []
    late = list(
        Punch.objects.filter(
            person__in=people.order_by().values("pk"),
            day__range=(first, last + _DAY),
            created_at__gt=min(closings.values()),
        )
        .select_related("person__department", "site")
        .order_by("at")
    )
    sealed = _sealed_days({punch.person_id for punch in late}, first, last)
    settlements = Resolution.objects.filter(finding=Finding.CLOSED_PUNCH, day__range=(first, last + _DAY))
    settled = {
        (person_id, day): at
        for person_id, day, at in settlements.order_by("created_at").values_list(
            "person_id", "day", "created_at"
        )
    }
    return [
        punch
        for punch in late
        if _closed_before(punch, sealed, closings)
        and settled.get((punch.person_id, punch.day), punch.created_at) <= punch.created_at
    ]


_Sealed = dict[tuple[UUID, date], tuple[UUID | None, datetime | None]]


def _sealed_days(person_ids: Collection[UUID], first: date, last: date) -> _Sealed:
    """Every row of these days: the period that it is sealed in, if it is, and when its shift ends."""
    rows = Workday.objects.filter(person__in=person_ids, day__range=(first - _DAY, last + _DAY)).order_by()
    return {
        (person_id, day): (period_id, ends)
        for person_id, day, period_id, ends in rows.values_list(
            "person_id", "day", "period_id", "expected_end"
        )
    }


def _closed_before(punch: Punch, sealed: _Sealed, closings: dict[UUID, datetime]) -> bool:
    period_id, _ends = sealed.get((punch.person_id, punch.day), (None, None))
    if period_id is None:
        period_id, ends = sealed.get((punch.person_id, punch.day - _DAY), (None, None))
        if ends is None or punch.at > ends + _NIGHT_CLOSES:
            return False
    return period_id in closings and punch.created_at > closings[period_id]
