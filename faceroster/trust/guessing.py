"""How often a password may be wrong: of one user from one address, and from one address at all.

django-axes counts; what differs from it is here. Nobody is ever locked out by what others do elsewhere: a
count belongs to an address, alone or together with a user. One address may be an office, so it has ten times
the tries of one user in it.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from faceroster.trust import addresses
from faceroster.trust.models import User

#: So many times the wrong tries of one user are free for one address.
ADDRESS_FACTOR = 10
_UNKNOWN = "?"


def counted_address(request: HttpRequest) -> str | None:
    """For axes, whose column takes addresses only."""
    return addresses.counted_address(request) or None


def counted_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name of a user that there is; of others a digest, for it may be a password in the wrong field."""
    typed = str((credentials or request.POST).get("username") or "")
    if User.objects.filter(username=typed).exists():
        return typed
    return (
        _UNKNOWN + hmac.digest(settings.SECRET_KEY.encode(), typed.encode(errors="replace"), "sha256").hex()
    )


class Guesses(AxesDatabaseHandler):
    """Counts by user and address and by address, each with its own limit."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """In tries of one user: what axes compares with AXES_FAILURE_LIMIT."""
        pair, address = self.get_user_attempts(request, credentials)
        return max(_sum(pair), _sum(address) // ADDRESS_FACTOR)

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Who signed in is forgiven; the address is not, or an account of one's own would buy new tries."""
        pair, _address = self.filter_user_attempts(request, credentials)
        count, _models = pair.delete()
        return int(count)


def seconds_left(request: HttpRequest, credentials: dict[str, Any] | None) -> int:
    """Seconds until whoever is locked out here may try again; at least one."""
    pair, address = Guesses().get_user_attempts(request, credentials)
    locking = [
        rows
        for rows, limit in ((pair, _limit()), (address, _limit() * ADDRESS_FACTOR))
        if _sum(rows) >= limit
    ]
    ends = [end for rows in locking if (end := _end(rows)) is not None]
    left = (max(ends) - timezone.now()).total_seconds() if ends else 0
    return max(1, round(left + 0.5))


def locks(now: datetime | None = None) -> list[dict[str, Any]]:
    """All that is locked: ``username`` ("" for a whole address), ``address``, ``failures``, ``until``."""
    rows = AccessAttempt.objects.filter(attempt_time__gte=(now or timezone.now()) - _cool_off()).order_by()
    found = []
    for fields, limit in (
        (("username", "ip_address"), _limit()),
        (("ip_address",), _limit() * ADDRESS_FACTOR),
    ):
        groups = rows.values(*fields).annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        for group in groups.filter(failures__gte=limit):
            found.append(
                {
                    "username": group.get("username") or "",
                    "address": group["ip_address"] or "",
                    "failures": group["failures"],
                    "until": group["last"] + _cool_off(),
                }
            )
    return sorted(found, key=lambda lock: lock["until"], reverse=True)


def locks_lift(*, username: str = "", address: str = "") -> int:
    """Forget the wrong tries of ``username``, from ``address``, or of both together; returns how many."""
    rows = AccessAttempt.objects.all()
    if username:
        rows = rows.filter(username=username)
    if address:
        rows = rows.filter(ip_address=addresses.network_of(address))
    count, _models = rows.delete() if username or address else (0, {})
    return int(count)


def shown_name(counted: str) -> str:
    """The name of a lock's user, or three dots for a name that nobody has."""
    return "…" if counted.startswith(_UNKNOWN) else counted


def _limit() -> int:
    return int(settings.AXES_FAILURE_LIMIT)


def _cool_off() -> timedelta:
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    return cool_off


def _sum(rows: QuerySet[Any]) -> int:
    return rows.aggregate(sum=Sum("failures_since_start"))["sum"] or 0


def _end(rows: QuerySet[Any]) -> datetime | None:
    last: datetime | None = rows.aggregate(last=Max("attempt_time"))["last"]
    return None if last is None else last + _cool_off()
