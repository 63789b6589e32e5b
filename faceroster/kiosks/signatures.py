"""A device's signature on each of its requests, which a copied cookie cannot make.

ECDSA over P-256 with SHA-256 (FIPS 186-5), as browsers' WebCrypto makes it with a key that they do not
hand out. The header ``X-FaceRoster-Signature`` is ``v1 TIMESTAMP NONCE SIGNATURE``: milliseconds since 1970,
16 random bytes and the 64 bytes r || s, both in base64url without padding. What is signed: see
:func:`signed_text`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import time
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.translation import gettext as _

from faceroster.core.errors import FaceRosterError, InvalidInput

HEADER = "X-FaceRoster-Signature"
CHALLENGE_HEADER = "X-FaceRoster-Challenge"
#: How far a request's time may lie from the server's, in seconds, either way.
SKEW = 60
#: A request is good for twice the skew; its nonce is remembered a little longer.
_NONCE_SECONDS = 2 * SKEW + 5

_FORM = re.compile(r"v1 (\d{12,15}) ([A-Za-z0-9_-]{22}) ([A-Za-z0-9_-]{86})", re.ASCII)
_CURVE_BYTES = 32


class Unsigned(FaceRosterError):
    """A request that does not show that it comes from the device itself. The code says what is wrong."""

    status = 401


class Replayed(Unsigned):
    """A request that came before, to the letter."""

    status = 409


class TooLarge(FaceRosterError):
    """More than the server takes at once, so that it cannot know who signed it."""

    status = 413


def signed_text(*, method: str, path: str, timestamp: str, nonce: str, body: bytes, challenge: str) -> bytes:
    """What a device signs: six lines. ``path`` is with its query; ``challenge`` that header, or empty."""
    digest = hashlib.sha256(body).hexdigest()
    return "\n".join((method, path, timestamp, nonce, digest, challenge)).encode()


def public_key_read(text: str) -> str:
    """``text`` as it is stored: a P-256 public key, SPKI in base64.

    Raises:
        InvalidInput: ``kiosk.key_invalid``.
    """
    try:
        _key(text)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput("kiosk.key_invalid", _("This is no key that a kiosk can sign with.")) from error
    return text


@lru_cache(maxsize=256)
def _key(text: str) -> ec.EllipticCurvePublicKey:
    """Raises ValueError, also for a sound key of another kind."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a key of P-256")
    return key


def verify(request: HttpRequest, public_key: str) -> None:
    """Let a request through that the holder of ``public_key`` signed, now, and that did not come before.

    Raises:
        Unsigned: ``kiosk.unsigned``, ``kiosk.clock`` or ``kiosk.signature``.
        Replayed: ``kiosk.replayed``.
        TooLarge: ``kiosk.too_large``.
    """
    found = _FORM.fullmatch(request.headers.get(HEADER, ""))
    if found is None:
        raise Unsigned(
            "kiosk.unsigned", _("This request is not signed by the kiosk. Please reload its page.")
        )
    timestamp, nonce, signature = found.groups()
    if abs(int(timestamp) / 1000 - time.time()) > SKEW:
        raise Unsigned("kiosk.clock", _("The kiosk's clock is wrong. Its page corrects itself."))
    text = signed_text(
        method=request.method or "",
        path=request.get_full_path(),
        timestamp=timestamp,
        nonce=nonce,
        body=_body(request),
        challenge=request.headers.get(CHALLENGE_HEADER, ""),
    )
    if not _signs(public_key, signature, text):
        raise Unsigned("kiosk.signature", _("The kiosk's signature is not right. Please pair it again."))
    # Only now: a forger must not be able to use up the nonces of others. The key names whose nonce it is.
    mark = hashlib.sha256(f"{public_key} {nonce}".encode()).hexdigest()[:40]
    if not cache.add(f"kiosk-nonce:{mark}", 1, timeout=_NONCE_SECONDS):
        raise Replayed("kiosk.replayed", _("This request came before. Nothing was done twice."))


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig as error:
        raise TooLarge("kiosk.too_large", _("This is more than a kiosk may send at once.")) from error


def _signs(public_key: str, signature: str, text: bytes) -> bool:
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s = (int.from_bytes(raw[at : at + _CURVE_BYTES]) for at in (0, _CURVE_BYTES))
    try:
        _key(public_key).verify(encode_dss_signature(r, s), text, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
