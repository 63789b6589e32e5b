"""Days: the figures stay without a name unless everything goes; what is more than figures goes always."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from faceroster.attendance.erasing import days_delete, days_redact
from faceroster.attendance.models import Punch, Resolution
from faceroster.kiosks.erasing import decisions_forget
from faceroster.offline.forgetting import entries_forget
from faceroster.offline.models import OfflineEntry
from faceroster.privacy.stores import Case, Counts
from faceroster.rosters.models import (
    Assignment,
    CalendarFeed,
    LeaveEntitlement,
    LeaveRequest,
    RosterException,
)


def offline(case: Case) -> Counts:
    done = Counter({"offline.offlineentry, name taken out": entries_forget(case.person)})
    if case.everything:
        OfflineEntry.objects.filter(punch__person=case.person).update(punch=None)
    return done


def days(case: Case) -> Counts:
    return days_delete(case.person) if case.everything else days_redact(case.person)


def recognitions(case: Case) -> Counts:
    """After the days: what a punch or a settled exception still points at stays as a bare row."""
    kept: set[UUID] = set()
    for rows in (
        Punch.objects.filter(person=case.person),
        Resolution.objects.filter(decision__person=case.person),
    ):
        kept.update(rows.filter(decision__isnull=False).order_by().values_list("decision_id", flat=True))
    return decisions_forget(case.person, kept=kept, nameless=case.everything)


def plans(case: Case) -> Counts:
    """Leave and rosters are part of the figures; their words are not."""
    mine = {"person": case.person}
    done = Counter({"rosters.calendarfeed": CalendarFeed.objects.filter(**mine).delete()[0]})
    if case.everything:
        for model in (LeaveEntitlement, LeaveRequest, Assignment, RosterException):
            done[model._meta.label_lower] = model.objects.filter(**mine).delete()[0]
        return done
    leave = LeaveRequest.objects.filter(**mine)
    done["rosters.leaverequest, words blanked"] = leave.exclude(reason="", answer="").update(
        reason="", answer=""
    )
    done["rosters.leaveentitlement, words blanked"] = (
        LeaveEntitlement.objects.filter(**mine).exclude(note="").update(note="")
    )
    done["rosters.rosterexception, words blanked"] = (
        RosterException.objects.filter(**mine).exclude(note="").update(note="")
    )
    return done
