"""A manager's word on several timesheets at once. One person's, and closing, attendance.periods does."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from faceroster.attendance import periods
from faceroster.core.errors import InvalidInput
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
) -> int:
    """Approve or send back the period of ``people``: all of them or, when one is refused, none.

    Raises:
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
    decide = periods.timesheet_approve if approved else periods.timesheet_send_back
    for person in Person.objects.filter(pk__in=wanted).order_by("pk"):
        decide(period=period, person=person, user=user, note=note)
    return len(wanted)
