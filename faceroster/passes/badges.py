"""Issuing badges, revoking them, and whose a QR code is."""

from __future__ import annotations

import hashlib
import re
import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.passes.models import Badge
from faceroster.people.models import Person
from faceroster.trust.models import User

#: Which code is ours, and of which kind.
PREFIX = "FR1:"
_BYTES = 18
_TOKEN = re.compile(r"[A-Za-z0-9_-]{24}")


@transaction.atomic
def badge_issue(*, person: Person, user: User) -> tuple[Badge, str]:
    """A new badge, and the content of its QR code, which cannot be had again. An earlier badge is revoked.

    Raises:
        Conflict: ``badge.inactive`` for somebody who has left.
    """
    # no_key: rows that merely refer to a person need not wait.
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not person.active:
        raise Conflict("badge.inactive", _("%(name)s is not active.") % {"name": person.name})
    badge_revoke(person=person, user=user)
    token = secrets.token_urlsafe(_BYTES)
    badge = Badge.objects.create(person=person, digest=_digest(token), issued_by=user)
    return badge, PREFIX + token


def badge_revoke(*, person: Person, user: User) -> bool:
    """Let the person's badge be good for nothing. False when they have none."""
    valid = Badge.objects.filter(person=person, revoked_at__isnull=True)
    with transaction.atomic():
        revoked = valid.update(revoked_at=timezone.now(), revoked_by=user) > 0
        if revoked:
            record(Action.BADGE_REVOKED, by=user, subject=person)
    return revoked


def badge_person(content: str) -> Person:
    """Whose badge it is that has ``content`` in its QR code.

    Raises:
        InvalidInput: ``badge.unknown`` for any other code.
        NotAllowed: ``badge.revoked`` for one that was revoked, or whose owner has left.
    """
    token = content.removeprefix(PREFIX)
    badge = None
    if content.startswith(PREFIX) and _TOKEN.fullmatch(token):
        # The digest is looked up by an index: how long that takes says nothing of 144 random bits.
        badge = Badge.objects.select_related("person").filter(digest=_digest(token)).first()
    if badge is None:
        raise InvalidInput(
            "badge.unknown", _("This is no badge of ours. Please enter your PIN, or ask staff.")
        )
    if badge.revoked_at is not None or not badge.person.active:
        raise NotAllowed(
            "badge.revoked", _("This badge is not valid any more. Please enter your PIN, or ask staff.")
        )
    return badge.person


def _digest(token: str) -> str:
    """SHA-256 in hex: random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
