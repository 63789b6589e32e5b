"""Receipts of erasures: what was removed, store by store, signed, and without anything of the person.

The signature is Ed25519 over the receipt as JSON with sorted names and no spaces. The key is one of this
installation, wrapped by the root key; ``manage.py erasures key`` prints its public half, for whoever wants to
check receipts elsewhere.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.core.errors import InvalidInput
from faceroster.privacy.models import Erasure
from faceroster.trust.purposes import purpose_key

VERSION = "faceroster-erasure-1"
_PURPOSE = "erasures"


def _private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(purpose_key(_PURPOSE))


def public_key() -> str:
    """The public half, base64."""
    return base64.b64encode(_private().public_key().public_bytes_raw()).decode()


def canonical(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signed(told: Mapping[str, Any]) -> dict[str, Any]:
    """``told`` with its signature and the key to check it by."""
    signature = base64.b64encode(_private().sign(canonical(told))).decode()
    return {**told, "key": public_key(), "signature": signature}


def signature_problem(given: Mapping[str, Any]) -> str:
    """Why ``given`` is not what this installation signed: a code, empty when it is.

    ``signature.foreign``: signed, but by another installation's key. ``signature.wrong``: changed, or no
    receipt at all.
    """
    told = {name: value for name, value in given.items() if name not in ("key", "signature")}
    try:
        key = base64.b64decode(str(given["key"]), validate=True)
        signature = base64.b64decode(str(given["signature"]), validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, canonical(told))
    except (KeyError, ValueError, InvalidSignature):
        return "signature.wrong"
    return "" if given["key"] == public_key() else "signature.foreign"


def receipt_of(erasure: Erasure) -> dict[str, Any]:
    """Signed, for an erasure whose work is done."""
    assert erasure.erased_at is not None
    return signed(
        {
            "version": VERSION,
            "erasure": str(erasure.pk),
            "label": erasure.label,
            "everything": erasure.everything,
            "cause": erasure.cause,
            "erased_at": erasure.erased_at.isoformat(),
            "finished_at": timezone.now().isoformat(),
            "removed": {name: count for name, count in sorted(erasure.counts.items()) if count},
        }
    )


def receipt_text(receipt: Mapping[str, Any]) -> str:
    """For reading and for printing."""
    lines = [
        _("Receipt of an erasure"),
        "",
        _("The person is from now on called: %(label)s") % {"label": receipt["label"]},
        _("Erased (UTC): %(at)s") % {"at": receipt["erased_at"][:19].replace("T", " ")},
        _("Punches and workdays were erased too.")
        if receipt["everything"]
        else _("Punches and workdays stay without a name until the time to keep them is over."),
        "",
        _("Removed, by store:"),
        *(f"  {name}: {count}" for name, count in receipt["removed"].items()),
        "",
        f"{receipt['version']} {receipt['erasure']}",
        f"Ed25519 {receipt['key']}",
        receipt["signature"],
    ]
    return "\n".join(lines) + "\n"


def receipt_check(text: str) -> dict[str, Any]:
    """A receipt (JSON) as it was given out.

    Raises:
        InvalidInput: ``receipt.unreadable``, ``receipt.wrong`` or ``receipt.foreign``.
    """
    try:
        given = json.loads(text)
    except ValueError as error:
        raise InvalidInput("receipt.unreadable", _("This is no receipt: it is not JSON.")) from error
    if not isinstance(given, dict) or given.get("version") != VERSION:
        raise InvalidInput("receipt.unreadable", _("This is no receipt of an erasure."))
    problem = signature_problem(given)
    if problem == "signature.foreign":
        raise InvalidInput("receipt.foreign", _("This receipt was signed by another installation."))
    if problem:
        raise InvalidInput("receipt.wrong", _("This receipt was changed after it was signed."))
    return given
