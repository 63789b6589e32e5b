"""What was filled in for a version of a shift and is not stored yet, carried from page to page, signed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core import signing
from django.db.models import Max
from django.utils.translation import gettext as _

from faceroster.core.errors import Conflict, InvalidInput
from faceroster.rosters.forms import VersionForm
from faceroster.rosters.models import Shift
from faceroster.trust.models import User

_SALT = "faceroster.rosters.drafts"
_KEPT = timedelta(days=1)


def draft_sign(*, shift: Shift, form: VersionForm, user: User) -> str:
    """What ``form`` was given, as it was written, for ``user`` and for the shift as it is now."""
    values = {name: form.data[name] for name in form.fields if name in form.data}
    return signing.dumps(
        {"shift": str(shift.pk), "user": str(user.pk), "after": _last_number(shift), "values": values},
        salt=_SALT,
        compress=True,
    )


def draft_read(token: str, *, shift: Shift, user: User) -> dict[str, Any]:
    """The values of :func:`draft_sign`, for the form to check once more.

    Raises:
        InvalidInput: ``draft.invalid``: altered, older than a day, or for another shift or user.
    """
    return dict(_opened(token, shift, user)["values"])


def draft_check(token: str, *, shift: Shift, user: User) -> None:
    """Raises Conflict ``draft.outdated`` where the shift has got another version since."""
    if _opened(token, shift, user)["after"] != _last_number(shift):
        raise Conflict(
            "draft.outdated",
            _("The shift has got another version meanwhile. Look again what would change."),
        )


def _opened(token: str, shift: Shift, user: User) -> dict[str, Any]:
    try:
        found: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=_KEPT)
    except signing.BadSignature:
        found = {}
    if (found.get("shift"), found.get("user")) != (str(shift.pk), str(user.pk)):
        raise InvalidInput(
            "draft.invalid", _("These values can no longer be used. Please fill in the form again.")
        )
    return found


def _last_number(shift: Shift) -> int:
    return shift.versions.aggregate(last=Max("number"))["last"] or 0
