"""Tickets: what a kiosk got from the server in place of a guess, and hands back together with a PIN.

A ticket says who may answer it without telling the page: it is sealed, bound to its kiosk, good for a
minute, for three tries and for one success. That it was answered is stored with what came of it: where the
punch is lost, the ticket is not.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.core.errors import Conflict, InvalidInput
from faceroster.kiosks.limits import TooMany, attempt_add, attempts_count
from faceroster.kiosks.models import Decision, Kiosk, SpentTicket
from faceroster.trust import sealing

_PURPOSE = "kiosk-tickets"

LIFE = timedelta(seconds=60)
#: How often a ticket may be opened: a PIN may be mistyped, not searched for.
TRIES = 3
#: Far longer than any ticket lives, should a clock be set back.
_FORGET_AFTER = timedelta(days=1)


class Why(StrEnum):
    """Why a PIN is asked for."""

    LOOK_ALIKE = "look_alike"
    NOT_ME = "not_me"
    NOT_LIVE = "not_live"


@dataclass(frozen=True, slots=True)
class Ticket:
    """An opened ticket. ``people``: who may answer it; empty where it takes a number as well as a PIN.

    ``decision``: the one that it came of, if one was stored.
    """

    key: str
    why: Why
    people: tuple[UUID, ...]
    decision: UUID | None


def ticket_make(kiosk: Kiosk, why: Why | str, people: list[UUID], decision: Decision | None) -> str:
    """A new ticket for this kiosk, to be given to its page as it is."""
    rest: dict[str, Any] = {
        "key": secrets.token_urlsafe(12),
        "why": Why(why).value,
        "people": [str(person) for person in people],
        "decision": str(decision.pk) if decision else None,
        "until": (timezone.now() + LIFE).timestamp(),
    }
    blob = sealing.seal_passing(_PURPOSE, json.dumps(rest).encode(), context=_context(kiosk))
    return base64.urlsafe_b64encode(blob).decode().rstrip("=")


def ticket_open(kiosk: Kiosk, token: str) -> Ticket:
    """The ticket that this kiosk was given. Call :func:`ticket_spend` once its PIN was right.

    Raises:
        InvalidInput: ``ticket.invalid`` for what is no ticket of this kiosk.
        Conflict: ``ticket.expired`` after a minute, ``ticket.used`` after a success.
        TooMany: ``ticket.too_many`` at the fourth try.
    """
    rest = _unsealed(kiosk, token)
    if rest["until"] < timezone.now().timestamp():
        raise Conflict("ticket.expired", _("That took too long. Please look into the camera again."))
    ticket = Ticket(
        key=rest["key"],
        why=Why(rest["why"]),
        people=tuple(UUID(person) for person in rest["people"]),
        decision=UUID(rest["decision"]) if rest["decision"] else None,
    )
    if SpentTicket.objects.filter(key=ticket.key).exists():
        raise _used()
    if attempt_add(_tries(ticket.key), seconds=_seconds()) > TRIES:
        raise TooMany("ticket.too_many", _("Too many tries. Please look into the camera again."))
    return ticket


def ticket_lasts(kiosk: Kiosk, token: str) -> bool:
    """Whether a ticket of this kiosk has tries left. To ask costs none."""
    return attempts_count(_tries(_unsealed(kiosk, token)["key"])) < TRIES


def ticket_spend(ticket: Ticket) -> None:
    """The ticket was answered: from now on nobody can do so again.

    Belongs into the transaction of what the answer does. Of two at once the second waits for the first, and
    goes on only where that came to nothing.

    Raises:
        Conflict: ``ticket.used`` when another request was first.
    """
    try:
        with transaction.atomic():
            SpentTicket.objects.create(key=ticket.key)
    except IntegrityError as error:
        raise _used() from error


def tickets_prune(*, now: datetime) -> int:
    """Forget answered tickets that have been too old for long; returns how many."""
    return SpentTicket.objects.filter(spent_at__lt=now - _FORGET_AFTER).delete()[0]


def _unsealed(kiosk: Kiosk, token: str) -> dict[str, Any]:
    try:
        blob = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        rest: dict[str, Any] = json.loads(sealing.unseal_passing(_PURPOSE, blob, context=_context(kiosk)))
    except (ValueError, sealing.SealError) as error:
        raise InvalidInput(
            "ticket.invalid", _("This question was not asked here. Please look into the camera again.")
        ) from error
    return rest


def _used() -> Conflict:
    return Conflict("ticket.used", _("That was answered already. Please look into the camera again."))


def _tries(key: str) -> str:
    return f"ticket|{key}"


def _seconds() -> int:
    return int(LIFE.total_seconds())


def _context(kiosk: Kiosk) -> str:
    return f"ticket|{kiosk.pk}"
