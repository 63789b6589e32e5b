"""A manager's word on several timesheets at once. One person's, and closing, attendance.periods does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from faceroster.attendance import guards, periods
from faceroster.attendance.models import Workday
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.people.models import Department, Person
from faceroster.reports.selectors import Month
from faceroster.reports.timesheets.selectors import people_of_period
from faceroster.trust.models import User


@transaction.atomic
def timesheets_decide(
    *,
    department: Department,
    month: Month,
    people: Iterable[UUID],
    user: User,
    approved: bool,
    note: str = "",
    shown_at: datetime | None = None,
) -> int:
    """Approve or send back the period of ``people``: all of them or, when one is refused, none.

    ``shown_at``: when the page was made that they were chosen on. What changed since nobody has approved.

    Raises:
        Conflict: ``timesheet.changed``: figures that are to be approved are no longer those that were shown.
        InvalidInput: ``timesheet.nobody``, ``timesheet.unknown_person`` for one who is not on the sheet, or
            ``timesheet.note_missing``: who gets it back must know what is wrong.
        FaceRosterError: what ``attendance.periods`` has against it, such as ``period.closed``.
    """
    wanted = set(people)
    if not wanted:
        raise InvalidInput("timesheet.nobody", _("Select at least one person."))
    if not approved and not note:
        raise InvalidInput("timesheet.note_missing", _("Please say in a note what is wrong."))
    if not wanted <= people_of_period(department, month):
        raise InvalidInput("timesheet.unknown_person", _("Somebody is not on this timesheet any more."))
    period = periods.period_of(department=department, day=month.first)
    if approved and shown_at is not None:
        _refuse_changed(department, month, wanted, shown_at)
    decide = periods.timesheet_approve if approved else periods.timesheet_send_back
    for person in Person.objects.filter(pk__in=wanted).order_by("pk"):
        decide(period=period, person=person, user=user, note=note)
    return len(wanted)


def _refuse_changed(department: Department, month: Month, people: set[UUID], shown_at: datetime) -> None:
    rows = Workday.objects.filter(department=department, day__range=(month.first, month.last))
    changed = rows.filter(person__in=people, computed_at__gt=shown_at).order_by()
    names = changed.values_list("person__name", flat=True).distinct()
    if told := guards.names(names):
        sentence = _("Figures have changed since this page was shown: %(names)s. Please look again.")
        raise Conflict("timesheet.changed", sentence % {"names": told})
