"""How a browser becomes a kiosk: by a code that staff approve, or by an operator's invitation."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.kiosks import limits
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.selectors import kiosk_of_secret, secret_digest
from faceroster.people.models import Site
from faceroster.trust.models import User

logger = logging.getLogger(__name__)

#: No letter or digit that looks like another one: 0 and O, 1, I and L are left out.
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 6
CODE_LIFE = timedelta(minutes=10)
INVITATION_SECONDS = 15 * 60

_PENDING_PER_ADDRESS = 10
_PENDING_AT_MOST = 500
_WRONG_CODES = 10
_LIMIT_SECONDS = 10 * 60
_SALT = "faceroster.kiosks.invitation"


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser that asks: the secret from its cookie if it has one, its address and its own name."""

    secret: str | None
    address: str
    user_agent: str


def pairing_begin(*, visitor: Visitor, invited: bool = False) -> tuple[Kiosk, str]:
    """The kiosk of this browser and its secret; a new pending one if it has none that it may keep.

    ``invited``: by an operator's invitation, which is good once by itself; others are counted by address.

    Raises:
        TooMany: ``kiosk.too_many_pending`` when one address, or everyone together, asks too often.
    """
    kiosk = kiosk_of_secret(visitor.secret)
    if kiosk is not None and visitor.secret and kiosk.status != KioskStatus.REVOKED:
        return code_renew(kiosk=kiosk), visitor.secret
    now = timezone.now()
    Kiosk.objects.filter(status=KioskStatus.PENDING, pairing_expires_at__lt=now - CODE_LIFE).delete()
    if not invited:
        _refuse_too_many(visitor)
    secret = secrets.token_urlsafe(32)
    # NUL is nothing that PostgreSQL takes.
    agent = visitor.user_agent.replace("\0", "")[:255]
    kiosk = Kiosk(secret_digest=secret_digest(secret), user_agent=agent)
    return _with_fresh_code(kiosk), secret


def _refuse_too_many(visitor: Visitor) -> None:
    tries = limits.attempt_add(f"kiosk-pending:{visitor.address}", seconds=_LIMIT_SECONDS)
    waiting = Kiosk.objects.filter(status=KioskStatus.PENDING).count()
    if tries > _PENDING_PER_ADDRESS or waiting >= _PENDING_AT_MOST:
        raise limits.TooMany(
            "kiosk.too_many_pending", _("Too many browsers asked to be a kiosk. Please wait ten minutes.")
        )


def code_renew(*, kiosk: Kiosk) -> Kiosk:
    """Give a pending kiosk a new code when its old one has run out; leave any other as it is."""
    if kiosk.status != KioskStatus.PENDING or not _expired(kiosk):
        return kiosk
    return _with_fresh_code(kiosk)


def _expired(kiosk: Kiosk) -> bool:
    return kiosk.pairing_expires_at is None or kiosk.pairing_expires_at <= timezone.now()


_CODE_FIELDS = ("pairing_code", "pairing_expires_at")


def _with_fresh_code(kiosk: Kiosk) -> Kiosk:
    for _attempt in range(10):
        kiosk.pairing_code = "".join(secrets.choice(CODE_ALPHABET) for _position in range(CODE_LENGTH))
        kiosk.pairing_expires_at = timezone.now() + CODE_LIFE
        try:
            with transaction.atomic():
                # Of a row that is there only the code: staff may be approving it this very moment.
                kiosk.save(update_fields=None if kiosk._state.adding else _CODE_FIELDS)
        except IntegrityError:
            continue  # another browser shows this very code: one in 887 million
        return kiosk
    raise RuntimeError("no free pairing code in ten draws")


def kiosk_waiting(*, code: str, user: User) -> Kiosk:
    """The pending kiosk that shows ``code`` (spaces, dashes and case do not matter).

    Raises:
        TooMany: ``kiosk.too_many_guesses`` after ten wrong codes of one user in ten minutes.
        InvalidInput: ``kiosk.code_unknown``.
        Conflict: ``kiosk.code_expired``.
    """
    name = f"kiosk-code:{user.pk}"
    # Counted before it is looked at: many tries at once are no more than these.
    if limits.attempt_add(name, seconds=_LIMIT_SECONDS) > _WRONG_CODES:
        raise limits.TooMany("kiosk.too_many_guesses", _("Too many wrong codes. Please wait ten minutes."))
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    kiosk = Kiosk.objects.filter(status=KioskStatus.PENDING, pairing_code=plain).first()
    if kiosk is None:
        raise InvalidInput(
            "kiosk.code_unknown", _("No kiosk shows this code. Please compare it with the kiosk's screen.")
        )
    limits.attempt_undo(name)
    if _expired(kiosk):
        raise Conflict(
            "kiosk.code_expired", _("This code is older than ten minutes. The kiosk's page shows a new one.")
        )
    return kiosk


@transaction.atomic
def kiosk_approve(*, code: str, name: str, site: Site, user: User) -> Kiosk:
    """Make the browser that shows ``code`` a kiosk of ``site``.

    Raises:
        InvalidInput: ``kiosk.name_missing``; and whatever :func:`kiosk_waiting` raises.
    """
    name = name.strip()
    if not name:
        raise InvalidInput("kiosk.name_missing", _("Please give the kiosk a name, such as “Main entrance”."))
    return _activate(kiosk_waiting(code=code, user=user), name=name, site=site, user=user)


def _activate(
    kiosk: Kiosk, *, name: str, site: Site, user: User | None = None, invitation: str | None = None
) -> Kiosk:
    # Only a row that is still pending changes: of two approvals at once, the second finds no such code.
    changed = Kiosk.objects.filter(pk=kiosk.pk, status=KioskStatus.PENDING).update(
        status=KioskStatus.ACTIVE,
        name=name[:100],
        site=site,
        paired_by=user,
        paired_at=timezone.now(),
        pairing_code="",
        pairing_expires_at=None,
        invitation=invitation,
    )
    if not changed:
        raise InvalidInput("kiosk.code_unknown", _("This code has just been used."))
    paired = Kiosk.objects.select_related("site").get(pk=kiosk.pk)
    how = "invitation" if invitation else "pairing"
    record(Action.KIOSK_PAIRED, by=user, subject=paired, details={"how": how, "site": site.name})
    return paired


@transaction.atomic
def kiosk_revoke(*, kiosk: Kiosk, user: User) -> Kiosk:
    """Take a kiosk's right away: its next request is refused. Revoking twice does nothing more.

    Raises:
        Conflict: ``kiosk.pending``; a browser that was never approved has nothing to lose.
    """
    if kiosk.status == KioskStatus.PENDING:
        raise Conflict("kiosk.pending", _("This kiosk was never paired. It can simply be deleted."))
    paired = Kiosk.objects.filter(pk=kiosk.pk).exclude(status=KioskStatus.REVOKED)
    if paired.update(status=KioskStatus.REVOKED):
        record(Action.KIOSK_REVOKED, by=user, subject=kiosk)
    logger.info("Kiosk %s was revoked by user %s", kiosk.pk, user.pk)
    kiosk.status = KioskStatus.REVOKED
    return kiosk


def kiosk_invitation(site: Site) -> str:
    """A signed token that pairs one browser with ``site`` without a code: 15 minutes, once.

    For the operator who starts the server: whoever has it makes a kiosk of their browser.
    """
    return signing.dumps({"site": str(site.pk), "once": secrets.token_urlsafe(16)}, salt=_SALT)


@transaction.atomic
def invitation_accept(*, token: str, visitor: Visitor) -> tuple[Kiosk, str]:
    """Make this browser a kiosk by an invitation; a browser that is one already stays what it is.

    Raises:
        InvalidInput: ``kiosk.invitation_invalid`` or ``kiosk.invitation_expired``.
        Conflict: ``kiosk.invitation_used``.
    """
    try:
        content = signing.loads(token, salt=_SALT, max_age=INVITATION_SECONDS)
    except signing.SignatureExpired as error:
        raise InvalidInput(
            "kiosk.invitation_expired",
            _("This link is older than 15 minutes. Start the server again for one."),
        ) from error
    except signing.BadSignature as error:
        raise InvalidInput("kiosk.invitation_invalid", _("This link is damaged or not from here.")) from error
    site = Site.objects.filter(pk=content["site"]).first()
    if site is None:
        raise InvalidInput("kiosk.invitation_invalid", _("The site of this link is gone."))
    kiosk, secret = pairing_begin(visitor=visitor, invited=True)
    if kiosk.status == KioskStatus.ACTIVE:
        return kiosk, secret
    number = Kiosk.objects.filter(site=site).count() + 1
    try:
        with transaction.atomic():
            kiosk = _activate(
                kiosk, name=f"{site.name} kiosk {number}", site=site, invitation=content["once"]
            )
    except IntegrityError as error:
        raise Conflict("kiosk.invitation_used", _("This link has already made a kiosk.")) from error
    return kiosk, secret
