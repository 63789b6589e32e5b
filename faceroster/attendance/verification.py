"""Whether closed periods still are what they were when they were closed. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from faceroster.attendance import seals, triggers
from faceroster.attendance.evidence import evidence_of
from faceroster.attendance.models import (
    Period,
    PeriodEvent,
    PeriodEventKind,
    PeriodStatus,
    Redaction,
    Seal,
    Workday,
)
from faceroster.people.models import Person

#: Called with the number of periods done and of all.
Progress = Callable[[int, int], None]

_SENTENCES = {
    "trigger.missing": "the trigger {detail} is gone; manage.py migrate makes it again",
    "period.never_closed": "is marked closed, but nothing says that anybody closed it",
    "period.not_reopened": "was closed and is open, but nothing says that anybody reopened it",
    "period.digest": "its digest is not the one that it was closed with",
    "seal.digest": "the hashes that were written down at closing no longer give the digest of closing",
    "row.missing": "the row is gone",
    "row.loose": "the row is no longer bound to the period",
    "row.added": "the row was not there at closing",
    "row.figures": "the row's figures are not those of closing",
    "row.hash": "the row's own hash was altered, its figures were not",
    "evidence": "punches, corrections or resolutions of the day are not those of closing",
}


@dataclass(frozen=True)
class Problem:
    """What does not fit. ``code`` is stable; ``str()`` is a line: period, person, day and what differs."""

    code: str
    period: str = ""
    person: str = ""
    day: date | None = None
    detail: str = ""

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.code].format(detail=self.detail)

    def __str__(self) -> str:
        day = f"{self.day:%Y-%m-%d}" if self.day else ""
        return ": ".join(part for part in (self.period, self.person, day, self.sentence) if part)


def verify_all(progress: Progress | None = None) -> list[Problem]:
    """Check the triggers and every period, one after the other.

    A punch that came after closing is no problem but a finding (``guards.closed_punches``).
    """
    found = [Problem("trigger.missing", detail=name) for name in triggers.missing()]
    periods = Period.objects.select_related("department__site").order_by("department__name", "first")
    total = periods.count()
    for done, period in enumerate(periods.iterator(chunk_size=200), start=1):
        found += verify_period(period)
        if progress:
            progress(done, total)
    return found


def verify_period(period: Period) -> list[Problem]:
    """Compare the rows of ``period`` with what its last closing wrote down. In order of people and days."""
    event = period.events.order_by("-created_at").first()
    closed = event is not None and event.kind == PeriodEventKind.CLOSED
    if period.status != PeriodStatus.CLOSED:
        return [Problem("period.not_reopened", str(period))] if closed else []
    if event is None or not closed:
        return [Problem("period.never_closed", str(period))]
    return _verify_closed(period, event)


def _verify_closed(period: Period, event: PeriodEvent) -> list[Problem]:
    found = []
    if period.digest != event.digest:
        found.append(Problem("period.digest", str(period)))
    sealed = {
        (person_id, day): (row, evidence)
        for person_id, day, row, evidence in Seal.objects.filter(event=event)
        .order_by()
        .values_list("person_id", "day", "row_hash", "evidence_hash")
    }
    redactions = Redaction.objects.filter(event=event)
    # Of rows that an erasure took away whole, the hashes are left.
    gone = redactions.filter(person__isnull=True).values_list("row_hash", flat=True)
    if seals.period_digest(period, [*(row for row, _ in sealed.values()), *gone]) != event.digest:
        found.append(Problem("seal.digest", str(period)))
    wrong = sorted(
        [*_rows(period, event, sealed), *_evidence(period, event, sealed)], key=lambda pair: pair[1][1]
    )
    names = {
        person.pk: f"{person.employee_number} {person.name}"
        for person in Person.objects.filter(pk__in={key for _, (key, _) in wrong})
    }
    rows = [Problem(code, str(period), names.get(key, str(key)), day) for code, (key, day) in wrong]
    return found + sorted(rows, key=lambda problem: (problem.person, problem.day or date.min))


_Sealed = dict[seals.Key, tuple[str, str]]


def _rows(period: Period, event: PeriodEvent, sealed: _Sealed) -> Iterator[tuple[str, seals.Key]]:
    there = Workday.objects.filter(period=period)
    hashes = seals.row_hashes(there)
    own = {
        (person_id, day): text
        for person_id, day, text in there.order_by().values_list("person_id", "day", "row_hash")
    }
    loose = _loose(period, event)
    for key in hashes.keys() - sealed.keys():
        yield "row.added", key
    for key in loose - sealed.keys():
        yield "row.added", key
    for key, (row, _) in sealed.items():
        if key not in hashes:
            yield ("row.loose" if key in loose or _is_somewhere(key) else "row.missing"), key
        elif hashes[key] != row:
            yield "row.figures", key
        elif own[key] != row:
            yield "row.hash", key


def _loose(period: Period, event: PeriodEvent) -> set[seals.Key]:
    """Rows that have come into the period's days and are not bound to it.

    Those that were there at closing belonged to another department then: their person has moved since.
    """
    rows = Workday.objects.filter(
        department=period.department_id,
        day__range=(period.first, period.last),
        period__isnull=True,
        created_at__gt=event.created_at,
    )
    return set(rows.order_by().values_list("person_id", "day"))


def _is_somewhere(key: tuple[UUID, date]) -> bool:
    return Workday.objects.filter(person=key[0], day=key[1]).exists()


def _evidence(period: Period, event: PeriodEvent, sealed: _Sealed) -> Iterator[tuple[str, seals.Key]]:
    there = evidence_of(period, {person_id for person_id, _ in sealed}, until=event.created_at)
    blanked = redacted(event)
    for key, (_, evidence) in sealed.items():
        if there.get(key, "") != blanked.get(key, evidence):
            yield "evidence", key


def redacted(event: PeriodEvent) -> dict[seals.Key, str]:
    """Of days from which an erasure took words: the hash of the evidence that is left."""
    rows = Redaction.objects.filter(event=event, person__isnull=False).order_by("pk")
    return {
        (person_id, day): evidence
        for person_id, day, evidence in rows.values_list("person_id", "day", "evidence_hash")
        if person_id is not None and day is not None
    }
