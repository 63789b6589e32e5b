"""How often a PIN may be wrong, and how long one then waits.

Of one person: five wrong PINs in ten minutes, or twenty in a day, mean a wait that doubles with each further
one, from one minute to fifteen. Only their PIN waits: face and badge do not.

Of one kiosk: after twenty wrong PINs in ten minutes it takes one in thirty seconds. So a prankster makes it
slow, which is no more than twenty in ten minutes again, and shuts nobody out.

Whoever tries is written down as wrong before the PIN is looked at, under a lock, and crossed out if it was
right. So a thousand tries at once are no more than five.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from faceroster.core.errors import FaceRosterError
from faceroster.passes.models import Tries
from faceroster.trust.purposes import purpose_key

WINDOW = 10 * 60.0
DAY = 24 * 3600.0
PERSON_FREE, PERSON_FREE_A_DAY = 5, 20
KIOSK_FREE, KIOSK_PACE = 20, 30.0
_FIRST_WAIT, _LONGEST_WAIT = 60.0, 15 * 60.0
_KEPT = 100


class TooManyTries(FaceRosterError):
    """Wrong too often; ``seconds`` from now it may be tried again."""

    status = 429

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        sentence = ngettext(
            "Too many wrong tries. Please wait %(seconds)d second, or use your face or your badge.",
            "Too many wrong tries. Please wait %(seconds)d seconds, or use your face or your badge.",
            seconds,
        )
        super().__init__("pass.too_many", sentence % {"seconds": seconds})


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose wrong tries are counted: of a person (or a number that nobody has), or of a kiosk."""

    kind: str
    name: str

    @property
    def digest(self) -> str:
        """What is stored. Keyed, so that mistyped numbers cannot be read out of the table."""
        return hmac.digest(
            purpose_key("pass-tries"), f"{self.kind}|{self.name}".encode(errors="replace"), "sha256"
        ).hex()

    def wait(self, wrong: Sequence[float], now: float) -> float:
        """Seconds until the next try, 0 for none. ``wrong``: moments of the wrong tries, oldest first."""
        return (kiosk_wait if self.kind == "kiosk" else person_wait)(wrong, now)


def of_person(person_id: UUID) -> Subject:
    return Subject("person", str(person_id))


def of_number(number: str) -> Subject:
    """A number that nobody has: it is told to wait as one that somebody has would be.

    ``number``: already in the one form that all its spellings share.
    """
    return Subject("number", number)


def of_kiosk(kiosk_id: UUID) -> Subject:
    return Subject("kiosk", str(kiosk_id))


def person_wait(wrong: Sequence[float], now: float) -> float:
    """See the head of this file."""
    recent = sum(moment > now - WINDOW for moment in wrong)
    today = sum(moment > now - DAY for moment in wrong)
    over = max(recent - PERSON_FREE, today - PERSON_FREE_A_DAY)
    if over < 0:
        return 0.0
    wait = min(_FIRST_WAIT * 2.0 ** min(over, 10), _LONGEST_WAIT)
    return max(0.0, wrong[-1] + wait - now)


def kiosk_wait(wrong: Sequence[float], now: float) -> float:
    """See the head of this file."""
    if sum(moment > now - WINDOW for moment in wrong) < KIOSK_FREE:
        return 0.0
    return max(0.0, wrong[-1] + KIOSK_PACE - now)


@transaction.atomic
def tries_take(subjects: Sequence[Subject]) -> float:
    """Count one try of each of ``subjects`` as wrong; returns its moment, for :func:`tries_forgive`.

    Raises:
        TooManyTries: ``pass.too_many``; then nothing is counted.
    """
    now = timezone.now().timestamp()
    rows = []
    for subject in sorted(set(subjects), key=lambda subject: subject.digest):  # one order, no deadlock
        Tries.objects.get_or_create(subject=subject.digest)
        row = Tries.objects.select_for_update().get(subject=subject.digest)
        rows.append((subject, row))
    wait = max(subject.wait(row.wrong, now) for subject, row in rows)
    if wait > 0:
        raise TooManyTries(max(1, round(wait + 0.5)))
    for _subject, row in rows:
        today = [moment for moment in row.wrong if moment > now - DAY]
        row.wrong = [*today[1 - _KEPT :], now]
        row.save(update_fields=["wrong", "updated_at"])
    return now


@transaction.atomic
def tries_forgive(moment: float, *, right: Sequence[Subject], others: Sequence[Subject] = ()) -> None:
    """The try of ``moment`` was right: all is forgotten of ``right``, and this one try of ``others``."""
    forgotten = {subject.digest for subject in right}
    digests = sorted(forgotten | {subject.digest for subject in others})
    for row in Tries.objects.select_for_update().filter(subject__in=digests).order_by("subject"):
        if row.subject in forgotten:
            row.wrong = []
        elif moment in row.wrong:
            row.wrong.remove(moment)
        row.save(update_fields=["wrong", "updated_at"])


def tries_prune(*, now: datetime) -> int:
    """Delete what is a day old; returns how many rows."""
    return Tries.objects.filter(updated_at__lt=now - timedelta(seconds=DAY)).delete()[0]
