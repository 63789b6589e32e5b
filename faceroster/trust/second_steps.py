"""Setting up, checking and taking away the second step of signing in (TOTP, RFC 6238, by django-otp).

The secret is sealed under a key of this purpose, which the root key wraps, and bound to its user. A code
counts once. After wrong codes a user waits longer and longer, up to a quarter of an hour, wherever they come
from: whoever guesses codes knows the password already.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import secrets
import time
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from faceroster.core.errors import Conflict, InvalidInput
from faceroster.trust import purposes, sealing
from faceroster.trust.models import RecoveryCode, Role, SecondStep, SecondStepDue, User
from faceroster.trust.signals import second_step_changed

logger = logging.getLogger(__name__)

RECOVERY_CODES = 10
_STEP_SECONDS, _DIGITS, _TOLERANCE = 30, 6, 1
_LONGEST_WAIT = timedelta(minutes=15)
_BEGUN_FOR = timedelta(minutes=30)
_ISSUER = "FaceRoster"


class TooEarly(InvalidInput):
    """So many codes were wrong that the next one waits."""

    status = 429

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(
            "second_step.wait",
            _("Too many wrong codes. Please wait %(seconds)d seconds.") % {"seconds": seconds},
        )


def _key() -> bytes:
    return purposes.purpose_key("second-steps")


def _context(user_id: int) -> str:
    return f"second-step|{user_id}"


def secret_seal(user_id: int, secret: bytes) -> bytes:
    """``secret`` as it is stored; it opens for this user only."""
    return sealing.seal(_key(), secret, context=_context(user_id))


def secret_open(step: SecondStep) -> bytes:
    """Raises SealError as :func:`sealing.unseal` does."""
    return sealing.unseal(_key(), bytes(step.sealed_secret), context=_context(step.user_id))


def has_second_step(user: User) -> bool:
    return SecondStep.objects.filter(user=user, confirmed_at__isnull=False).exists()


def must_have(user: User) -> bool:
    """Whether the settings make a second step a must for this user's role."""
    if settings.FACEROSTER_SECOND_STEP == "everyone":
        return True
    wide = user.is_superuser or user.role in (Role.ADMINISTRATOR, Role.STAFF)
    return settings.FACEROSTER_SECOND_STEP == "staff" and wide


def due_of(user: User) -> SecondStepDue:
    """Until when ``user`` may go on without; the time begins with the first question."""
    due_at = timezone.now() + timedelta(days=settings.FACEROSTER_SECOND_STEP_GRACE_DAYS)
    return SecondStepDue.objects.get_or_create(user=user, defaults={"due_at": due_at})[0]


@transaction.atomic
def set_up_begin(*, user: User) -> SecondStep:
    """A fresh secret, not in force before :func:`set_up_confirm`.

    Raises:
        Conflict: ``second_step.there``.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if has_second_step(user):
        raise Conflict("second_step.there", _("You have set up a second step already."))
    SecondStep.objects.filter(user=user).delete()
    return SecondStep.objects.create(user=user, sealed_secret=secret_seal(user.pk, os.urandom(20)))


def set_up_begun(user: User) -> SecondStep | None:
    """What :func:`set_up_begin` made within the last half hour and nobody confirmed."""
    since = timezone.now() - _BEGUN_FOR
    return SecondStep.objects.filter(user=user, confirmed_at__isnull=True, created_at__gte=since).first()


def shown_secret(step: SecondStep) -> str:
    """For whoever cannot read the QR code: base32 in groups of four."""
    text = base64.b32encode(secret_open(step)).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def qr_of(step: SecondStep) -> str:
    """The QR code that an authenticator app reads, as an SVG element."""
    values = {
        "secret": base64.b32encode(secret_open(step)).decode(),
        "issuer": _ISSUER,
        "digits": _DIGITS,
        "period": _STEP_SECONDS,
    }
    address = f"otpauth://totp/{_ISSUER}:{quote(step.user.get_username())}?{urlencode(values)}"
    return str(segno.make(address, error="m", micro=False).svg_inline(omitsize=True, border=4, light="#fff"))


@transaction.atomic
def set_up_confirm(*, user: User, code: str) -> list[str]:
    """Put the secret in force that ``code`` is from. Returns the recovery codes, which are shown this once.

    Raises:
        InvalidInput: ``second_step.not_begun``, ``second_step.wrong_code``.
    """
    step = set_up_begun(user)
    if step is None:
        raise InvalidInput("second_step.not_begun", _("This took too long. Please begin again."))
    matched = _matching_step(step, code)
    if matched is None:
        raise InvalidInput("second_step.wrong_code", _("This code is wrong, or its time is over."))
    step.last_step, step.confirmed_at = matched, timezone.now()
    step.save(update_fields=["last_step", "confirmed_at"])
    SecondStepDue.objects.filter(user=user).delete()
    codes = _recovery_codes_make(user)
    second_step_changed.send(sender=SecondStep, user=user, how="set", by=user)
    return codes


def check(*, user: User, code: str) -> str | None:
    """Take a code of the app or a recovery code: "app", "recovery", or None when it is neither.

    Raises:
        TooEarly: ``second_step.wait``.
    """
    with transaction.atomic():
        step = SecondStep.objects.select_for_update().filter(user=user, confirmed_at__isnull=False).first()
        if step is None:
            return None
        _wait(step)
        plain = "".join(code.split()).replace("-", "")
        how = _taken(step, plain)
        if how is None:
            step.throttle_increment(commit=True)
        else:
            step.throttle_reset(commit=True)
        return how


def _taken(step: SecondStep, code: str) -> str | None:
    if code.isdecimal():
        matched = _matching_step(step, code)
        if matched is None:
            return None
        step.last_step = matched
        step.save(update_fields=["last_step"])
        return "app"
    digest = _digest(step.user_id, code)
    unused = RecoveryCode.objects.filter(user_id=step.user_id, digest=digest, used_at__isnull=True)
    if not unused.update(used_at=timezone.now()):
        return None
    second_step_changed.send(sender=SecondStep, user=step.user, how="recovery_used", by=step.user)
    return "recovery"


def _wait(step: SecondStep) -> None:
    if not step.throttling_failure_count or step.throttling_failure_timestamp is None:
        return
    seconds = min(2 ** min(step.throttling_failure_count - 1, 20), _LONGEST_WAIT.total_seconds())
    ends: datetime = step.throttling_failure_timestamp + timedelta(seconds=seconds)
    left = (ends - timezone.now()).total_seconds()
    if left > 0 and step.throttling_failure_count >= 3:  # a slip or two costs nothing
        raise TooEarly(round(left + 0.5))


def _matching_step(step: SecondStep, code: str) -> int | None:
    """The time step that ``code`` is of, when it was not used up before."""
    if len(code) != _DIGITS or not code.isascii() or not code.isdecimal():
        return None
    totp = TOTP(secret_open(step), step=_STEP_SECONDS, digits=_DIGITS)
    totp.time = time.time()
    return totp.t() if totp.verify(int(code), _TOLERANCE, step.last_step + 1) else None


def _digest(user_id: int, code: str) -> str:
    return hashlib.sha256(f"recovery|{user_id}|{code.upper()}".encode(errors="replace")).hexdigest()


def _recovery_codes_make(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = [base64.b32encode(secrets.token_bytes(10)).decode() for _number in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user.pk, code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def recovery_codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()


def recovery_codes_renew(*, user: User, code: str) -> list[str]:
    """New ones in the place of all old ones, against a code. Raises as :func:`remove` does."""
    with transaction.atomic():
        _proven(user, code)
        return _recovery_codes_make(user)


def remove(*, user: User, code: str) -> None:
    """Take one's own second step away, against a code.

    Raises:
        Conflict: ``second_step.required``.
        InvalidInput: ``second_step.wrong_code``.
        TooEarly: ``second_step.wait``.
    """
    if must_have(user):
        raise Conflict("second_step.required", _("Your role must have a second step here."))
    _proven(user, code)
    with transaction.atomic():
        _forget(user)
        second_step_changed.send(sender=SecondStep, user=user, how="removed", by=user)


def _proven(user: User, code: str) -> None:
    if check(user=user, code=code) is None:
        raise InvalidInput("second_step.wrong_code", _("This code is wrong, or its time is over."))


def reset(*, user: User, by: User | None) -> bool:
    """Take somebody's second step away who lost it, and tell them. False when there was none.

    Who must have one sets up a new one at the next page that they open: there is no second time to wait.
    """
    with transaction.atomic():
        if not _forget(user):
            return False
        SecondStepDue.objects.update_or_create(user=user, defaults={"due_at": timezone.now()})
        second_step_changed.send(sender=SecondStep, user=user, how="reset", by=by)
        transaction.on_commit(lambda: _tell_reset(user), robust=True)
    return True


def _forget(user: User) -> bool:
    RecoveryCode.objects.filter(user=user).delete()
    count, _models = SecondStep.objects.filter(user=user).delete()
    return bool(count)


def _tell_reset(user: User) -> None:
    if not user.email:
        return
    with translation.override(user.language or settings.LANGUAGE_CODE):
        subject = _("Your second step was reset")
        text = _(
            "An administrator reset the second step of your FaceRoster account %(name)s. If you did not ask "
            "for that, tell them at once."
        ) % {"name": user.get_username()}
    try:
        send_mail(subject, text, None, [user.email])
    except OSError:
        logger.warning("The mail about a reset second step of user %s could not be sent", user.pk)
