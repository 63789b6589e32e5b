"""What the erasure of a person does to their days; for the erasure and for nothing else.

By default the figures stay, as the law often asks for, and the words go: notes and reasons may name anybody
and anything. ``days_delete`` takes the figures too.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

from django.db import models, transaction

from faceroster.attendance import triggers
from faceroster.attendance.evidence import evidence_of
from faceroster.attendance.models import (
    Correction,
    Due,
    Period,
    PeriodEvent,
    PeriodEventKind,
    PeriodStatus,
    Punch,
    Redaction,
    Resolution,
    Seal,
    TimesheetEvent,
    Verdict,
    Workday,
)
from faceroster.attendance.verification import redacted
from faceroster.people.models import Person

#: In place of a reason that must not be empty.
REDACTED = "…"
_AT_ONCE = 1000
_Days = dict[date, str]


def _rows(model: type[models.Model], **where: Any) -> models.QuerySet[Any]:
    """Past the refusals of the models; the triggers still hold unless they are lifted."""
    return models.QuerySet(model).filter(**where).order_by()


@transaction.atomic
def days_redact(person: Person) -> Counter[str]:
    """Blank every text about the days of ``person``; how many of each kind were.

    What was closed goes on being checked: where the words were part of what was sealed, and nobody had
    tampered with them, the hash of what is left is written down beside the seal.
    """
    before = {event: _sound(event, person) for event in _closings(person)}
    done: Counter[str] = Counter()
    with triggers.lifted(Punch, Correction, Verdict, Resolution, TimesheetEvent):
        for model, field, where, blank in (
            (Punch, "note", {"person": person}, ""),
            (Correction, "reason", {"person": person}, REDACTED),
            (Verdict, "note", {"correction__person": person}, ""),
            (Resolution, "reason", {"person": person}, REDACTED),
            (TimesheetEvent, "note", {"person": person}, ""),
        ):
            rows = _rows(model, **where).exclude(**{field: blank})
            done[model._meta.label_lower] += rows.update(**{field: blank})
    done["attendance.due"] += _rows(Due, person=person).delete()[0]
    for event, sound in before.items():
        left = _evidence(event, person.pk)
        Redaction.objects.bulk_create(
            (
                Redaction(event=event, person=person, day=day, evidence_hash=left.get(day, ""))
                for day, text in sound.items()
                if left.get(day, "") != text
            ),
            batch_size=_AT_ONCE,
        )
    return done


@transaction.atomic
def days_delete(person: Person) -> Counter[str]:
    """Delete punches, corrections, workdays and approvals of ``person``; how many of each kind there were.

    The digest of a closed period still fits: the hashes of the rows that went stay, without a name or a day.
    """
    done: Counter[str] = Counter()
    with triggers.lifted(Punch, Correction, Verdict, Resolution, TimesheetEvent, Seal, Redaction):
        kept = [
            Redaction(event_id=event_id, row_hash=row_hash)
            for event_id, row_hash in _rows(Seal, person=person).values_list("event_id", "row_hash")
        ]
        Redaction.objects.bulk_create(kept, batch_size=_AT_ONCE)
        mine = {"person": person}
        for rows in (
            _rows(Redaction, **mine),
            _rows(Verdict, correction__person=person),
            _rows(Seal, **mine),
            _rows(Correction, **mine, added__isnull=False),
            _rows(Correction, **mine),
            _rows(Resolution, **mine),
            _rows(TimesheetEvent, **mine),
            _rows(Punch, **mine),
            _rows(Workday, **mine),
            _rows(Due, **mine),
        ):
            done[rows.model._meta.label_lower] += rows.count()
            rows._raw_delete(rows.db)
    return done


def _closings(person: Person) -> list[PeriodEvent]:
    """The last closing of every closed period with days of ``person``: what is checked."""
    found = []
    theirs = Seal.objects.filter(person=person).order_by().values("event__period")
    for period in Period.objects.filter(pk__in=theirs, status=PeriodStatus.CLOSED):
        event = period.events.order_by("-created_at").first()
        if event is not None and event.kind == PeriodEventKind.CLOSED:
            found.append(event)
    return found


def _sound(event: PeriodEvent, person: Person) -> _Days:
    """Days whose evidence is what was sealed, or what an earlier erasure left. No other may be blessed."""
    there, blanked = _evidence(event, person.pk), redacted(event)
    sealed = Seal.objects.filter(event=event, person=person).order_by().values_list("day", "evidence_hash")
    wanted = {day: blanked.get((person.pk, day), text) for day, text in sealed}
    return {day: text for day, text in wanted.items() if there.get(day, "") == text}


def _evidence(event: PeriodEvent, person_id: UUID) -> _Days:
    found = evidence_of(event.period, {person_id}, until=event.created_at)
    return {day: text for (_, day), text in found.items()}
