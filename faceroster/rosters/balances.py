"""How many days of leave somebody has, has taken and has ahead of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from faceroster.people.models import Person
from faceroster.rosters.clock import today_at
from faceroster.rosters.models import LeaveEntitlement, LeaveKind, LeaveRequest, LeaveStatus
from faceroster.rosters.plans import part_days, plans_of

_COUNTING = (LeaveStatus.APPROVED, LeaveStatus.REQUESTED)


@dataclass(frozen=True, slots=True)
class Balance:
    """Days of one kind in one year. ``entitled`` and ``left`` are None for a kind without a limit.

    ``taken``: approved, up to today. ``planned``: approved and ahead, or waiting for an answer.
    """

    entitled: Decimal | None
    taken: Decimal
    planned: Decimal

    @property
    def left(self) -> Decimal | None:
        return None if self.entitled is None else self.entitled - self.taken - self.planned


def days_taken(requests: Iterable[LeaveRequest]) -> dict[UUID, dict[date, Decimal]]:
    """How much of which days each of ``requests`` takes, by its key: days of work only, halves as 0.5.

    ``request.person`` must be fetched along. A bounded number of queries, however many requests.
    """
    requests = list(requests)
    if not requests:
        return {}
    first, last = min(row.first for row in requests), max(row.last for row in requests)
    people = {row.person_id: row.person for row in requests}
    plans = plans_of(people.values(), first=first, last=last)
    days = sorted({day for _, day in plans})
    return {
        row.pk: {
            day: part_days(row.part)
            for day in days
            if row.first <= day <= row.last and plans[row.person_id, day].worked
        }
        for row in requests
    }


def leave_balance(person: Person, kind: LeaveKind, year: int, *, without: UUID | None = None) -> Balance:
    """What ``person`` has of ``kind`` in the calendar year. ``without``: a request that is not counted."""
    return leave_balances([person], [kind], year, without=without)[person.pk, kind.pk]


def leave_balances(
    people: Sequence[Person], kinds: Sequence[LeaveKind], year: int, *, without: UUID | None = None
) -> dict[tuple[UUID, UUID], Balance]:
    """The same of many at once, by the keys of person and kind."""
    own = {
        (row[0], row[1]): row[2]
        for row in LeaveEntitlement.objects.filter(person__in=people, kind__in=kinds, year=year)
        .order_by()
        .values_list("person_id", "kind_id", "days")
    }
    requests = list(
        LeaveRequest.objects.filter(person__in=people, kind__in=kinds, status__in=_COUNTING)
        .filter(Q(first__year=year) | Q(last__year=year))
        .select_related("person__department__site")
    )
    requests = [row for row in requests if row.pk != without]
    taken: dict[tuple[UUID, UUID], Decimal] = {}
    planned: dict[tuple[UUID, UUID], Decimal] = {}
    days = days_taken(requests)
    for row in requests:
        today = today_at(row.person.department.site)
        for day, share in days[row.pk].items():
            if day.year != year:
                continue
            past = row.status == LeaveStatus.APPROVED and day <= today
            sums = taken if past else planned
            sums[row.person_id, row.kind_id] = sums.get((row.person_id, row.kind_id), Decimal(0)) + share
    balances = {}
    for person in people:
        for kind in kinds:
            key = person.pk, kind.pk
            entitled = own.get(key, kind.days_per_year) if kind.limited else None
            balances[key] = Balance(entitled, taken.get(key, Decimal(0)), planned.get(key, Decimal(0)))
    return balances
