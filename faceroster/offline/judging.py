"""From a stored entry to its punch, or to a row that tells a person why there is none. Runs in a worker."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from faceroster import jobs
from faceroster.attendance import guards
from faceroster.attendance.punches import punch_record
from faceroster.core.errors import FaceRosterError
from faceroster.offline.claims import Claim
from faceroster.offline.faces import by_face
from faceroster.offline.limits import KEPT_FOR
from faceroster.offline.models import SERIOUS, Flag, Kind, OfflineEntry, Status
from faceroster.offline.passing import by_badge, by_pin
from faceroster.offline.storing import JUDGE

logger = logging.getLogger(__name__)

_AT_ONCE = 5
_ATTEMPTS = 3
#: A worker that has not come back by then is lost.
_LOST_AFTER = timedelta(seconds=180)
#: What could not be told just now is looked at again.
_LATER = timedelta(seconds=60)
#: Errors that say so: too many tries, or a part that does not answer.
_NOT_NOW = (429, 503)

#: Says whose punch an entry is; stores nothing but what counts wrong PINs. Raises SealError when the payload
#: does not open, and errors of status 429 or 503 when it cannot be told now.
Reader = Callable[[OfflineEntry], Claim]
_READERS: dict[str, Reader] = {Kind.PIN: by_pin, Kind.BADGE: by_badge, Kind.FACE: by_face}


def entries_judge(queue_id: UUID) -> int:
    """Judge the first that wait in a queue, in the order in which they were taken. Returns how many.

    The rest is left to another task: somebody at a door may be waiting for this worker.

    Running it twice, or beside itself, does no harm: an entry has one worker at a time, and is judged once.
    """
    judged = 0
    for _turn in range(_AT_ONCE):
        entry = _next(queue_id)
        if entry is None:
            return judged
        judged += _judge(entry)
    jobs.enqueue(JUDGE, str(queue_id))
    return judged


def _next(queue_id: UUID) -> OfflineEntry | None:
    """Claim the first that waits. None too while another worker has it: the order must stay."""
    now = timezone.now()
    waiting = OfflineEntry.objects.filter(
        Q(retry_at__isnull=True) | Q(retry_at__lte=now), queue=queue_id, status=Status.WAITING
    )
    entry = waiting.select_related("site", "kiosk").order_by("counter", "created_at").first()
    if entry is None:
        return None
    free = waiting.filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - _LOST_AFTER), pk=entry.pk)
    if not free.update(claimed_at=now, attempts=F("attempts") + 1):
        return None
    entry.claimed_at, entry.attempts = now, entry.attempts + 1
    return entry


def _judge(entry: OfflineEntry) -> bool:
    """Whether it was judged; if not it is tried again later, or given up and shown to a person."""
    try:
        _settle(entry.pk, _READERS[entry.kind](entry))
    except FaceRosterError as error:
        if error.status in _NOT_NOW:
            _release(entry, attempts=entry.attempts - 1, seconds=getattr(error, "seconds", 0))
            return False
        _end(entry.pk, Status.FAILED, error.code)  # such as a payload that does not open
    except Exception:
        logger.exception("Offline entry %s could not be judged", entry.pk)
        if entry.attempts < _ATTEMPTS:
            _release(entry, attempts=entry.attempts)
            return False
        _end(entry.pk, Status.FAILED, "offline.broken")
    return True


def _release(entry: OfflineEntry, *, attempts: int, seconds: int = 0) -> None:
    """``seconds``: how long it is of no use to try again."""
    later = timezone.now() + max(_LATER, timedelta(seconds=seconds))
    OfflineEntry.objects.filter(pk=entry.pk, status=Status.WAITING).update(
        claimed_at=None, retry_at=later, attempts=attempts
    )


def _end(entry_id: UUID, status: Status, code: str) -> None:
    OfflineEntry.objects.filter(pk=entry_id, status=Status.WAITING).update(
        status=status, code=code, judged_at=timezone.now(), attention=True, sealed=None
    )


@transaction.atomic
def _settle(entry_id: UUID, claim: Claim) -> None:
    """Punch and entry together, or neither."""
    entry = (
        OfflineEntry.objects.select_for_update(of=("self",)).select_related("site", "kiosk").get(pk=entry_id)
    )
    if entry.status != Status.WAITING:
        return
    flags = {Flag(flag) for flag in entry.flags} | claim.flags
    entry.person, entry.code, entry.status = claim.person, claim.code, Status.REFUSED
    if claim.person is not None:
        entry.status, entry.code = _outcome(entry, claim, flags)
    entry.flags = [flag.value for flag in Flag if flag in flags]
    recorded = entry.status in (Status.PUNCHED, Status.REPEATED)
    entry.attention = not recorded or bool(SERIOUS & flags)
    entry.sealed, entry.judged_at = None, timezone.now()
    entry.save()


def _outcome(entry: OfflineEntry, claim: Claim, flags: set[Flag]) -> tuple[Status, str]:
    """Record the punch unless a person has to decide first; adds to ``flags`` why."""
    assert claim.person is not None
    person = guards.person_lock(claim.person.pk)  # no period closes meanwhile
    if Flag.TOO_OLD in flags:
        return Status.HELD, "offline.too_old"
    if guards.closed_period(person, guards.days_of_moment(person, entry.at, entry.site)):
        flags.add(Flag.CLOSED)
        return Status.HELD, "offline.closed"
    if not claim.sure:
        return Status.HELD, claim.code
    result = punch_record(
        person=person,
        site=entry.site,
        source=claim.source,
        at=entry.at,
        kiosk=entry.kiosk,
        decision=claim.explain() if claim.explain else None,
    )
    entry.punch = result.punch
    return (Status.PUNCHED if result.fresh else Status.REPEATED), ""


def entries_sweep() -> int:
    """Have what was lost judged again, and delete what has been kept for too long. Returns how many."""
    now = timezone.now()
    waiting = OfflineEntry.objects.filter(status=Status.WAITING)
    hopeless = list(
        waiting.filter(claimed_at__lt=now - _LOST_AFTER, attempts__gte=_ATTEMPTS).values_list("pk", flat=True)
    )
    for entry_id in hopeless:
        _end(entry_id, Status.FAILED, "offline.broken")
    old = list(waiting.filter(created_at__lt=now - KEPT_FOR).values_list("pk", flat=True))
    for entry_id in old:
        _end(entry_id, Status.FAILED, "offline.kept_too_long")
    unseen = Q(claimed_at__isnull=True, retry_at__isnull=True, created_at__lt=now - timedelta(seconds=15))
    lost = Q(claimed_at__lt=now - _LOST_AFTER)
    queues = waiting.filter(unseen | lost | Q(claimed_at__isnull=True, retry_at__lte=now))
    again = list(queues.order_by().values_list("queue", flat=True).distinct())
    for queue_id in again:
        jobs.enqueue(JUDGE, str(queue_id))
    return len(hopeless) + len(old) + len(again)
