"""What somebody works on one day instead of their pattern."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from faceroster.core.errors import InvalidInput
from faceroster.people.models import Person
from faceroster.rosters import guards
from faceroster.rosters.assigning import check_active, check_apart, versions_on
from faceroster.rosters.clock import today_at
from faceroster.rosters.models import RosterException, Shift
from faceroster.rosters.shifts import checked
from faceroster.rosters.signals import plan_changed
from faceroster.trust.models import User


@transaction.atomic
def roster_exception_set(
    *, person: Person, day: date, shifts: Sequence[Shift] | None, user: User | None, note: str = ""
) -> list[RosterException]:
    """What ``person`` works on ``day`` instead of their pattern: ``shifts``, none of them for a day off, and
    None to follow the pattern again.

    Raises:
        InvalidFields: ``roster.invalid``. NotAllowed: ``roster.own``.
        InvalidInput: ``shift.inactive``, ``shift.not_yet``, ``roster.overlap``, or ``roster.reason_missing``
            for a day that is over: its figures change.
    """
    locked = Person.objects.select_for_update(no_key=True, of=("self",)).select_related("department__site")
    person = locked.get(pk=person.pk)
    guards.refuse_own(person, user, "roster")
    if day < today_at(person.department.site) and not note.strip():
        raise InvalidInput("roster.reason_missing", _("That day is over. Please say why it changes."))
    before = list(RosterException.objects.filter(person=person, day=day))
    kept = {row.shift_id for row in before}
    wanted: list[Shift | None] = [] if shifts is None else [*dict.fromkeys(shifts)] or [None]
    rows = [RosterException(person=person, day=day, shift=shift, note=note, made_by=user) for shift in wanted]
    if shifts:
        check_active(shift for shift in shifts if shift.pk not in kept)
        versions = versions_on(shifts, day)
        for shift in shifts:
            if versions[shift.pk].effective_from > day:
                raise InvalidInput(
                    "shift.not_yet",
                    _("The shift “%(shift)s” is not in force yet on that day.") % {"shift": shift.name},
                )
        check_apart([(0, version) for version in versions.values()])
    if kept == {row.shift_id for row in rows} and {row.note for row in before} == {row.note for row in rows}:
        return before
    RosterException.objects.filter(pk__in=[row.pk for row in before]).delete()
    for row in rows:
        checked(row, "roster.invalid")
        row.save()
    if kept != {row.shift_id for row in rows}:
        plan_changed.send(
            RosterException, person_ids=[person.pk], site_id=None, department_id=None, first=day, last=day
        )
    return rows
