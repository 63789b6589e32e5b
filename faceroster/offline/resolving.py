"""A person's word on an entry: record it after all, or leave it as it is; either way with a reason."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.attendance import guards
from faceroster.attendance.models import PunchSource
from faceroster.attendance.punches import punch_record
from faceroster.core.errors import Conflict, NotAllowed
from faceroster.offline.models import Kind, OfflineEntry, Status
from faceroster.offline.selectors import entries_decided_by
from faceroster.trust.models import User

_SOURCES = {Kind.PIN: PunchSource.PIN, Kind.BADGE: PunchSource.BADGE, Kind.FACE: PunchSource.KIOSK}


@transaction.atomic
def entry_resolve(*, entry_id: UUID, user: User, reason: str, record: bool) -> OfflineEntry:
    """Settle an entry; with ``record`` its punch is recorded, which needs one whose person is known.

    Raises:
        InvalidInput: ``offline.reason_missing``, ``offline.reason_long``.
        NotAllowed: ``offline.not_yours``.
        Conflict: ``offline.settled`` when somebody was first, ``offline.nobody`` when there is nothing to
            record, ``period.closed`` until its period is opened again.
    """
    reason = guards.text_of(reason, code="offline.reason", missing=_("Please give a reason."))
    if not entries_decided_by(user).filter(pk=entry_id).exists():
        raise NotAllowed("offline.not_yours", _("You do not decide about this entry."))
    rows = OfflineEntry.objects.select_for_update(of=("self",)).select_related("site", "kiosk")
    entry = rows.get(pk=entry_id)
    if not entry.open:
        raise Conflict("offline.settled", _("Somebody has settled this already."))
    if record:
        _record(entry)
    entry.resolved_at, entry.resolved_by, entry.reason = timezone.now(), user, reason
    entry.save(update_fields=["status", "punch", "resolved_at", "resolved_by", "reason"])
    return entry


def _record(entry: OfflineEntry) -> None:
    if entry.status != Status.HELD or entry.person_id is None:
        raise Conflict("offline.nobody", _("There is nothing to record. A punch can be added by hand."))
    person = guards.person_lock(entry.person_id)
    guards.must_be_open(person, guards.days_of_moment(person, entry.at, entry.site))
    result = punch_record(
        person=person,
        site=entry.site,
        source=_SOURCES[Kind(entry.kind)],
        at=entry.at,
        kiosk=entry.kiosk,
    )
    entry.punch = result.punch
    entry.status = Status.PUNCHED if result.fresh else Status.REPEATED
