"""AES-256-GCM for all that is biometric: photos, crops, embeddings, and pictures on their way to a worker.

A sealed blob is ``version (1 byte) || nonce (12) || ciphertext and tag``. The additional data names
what the blob is and whose, so a blob that was swapped, cut or moved elsewhere does not open.
Keys: a root key from outside the database wraps one key per person (:class:`SubjectKey`); keys for
other uses are derived from it with HKDF. SECRET_KEY has no part in this.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from faceroster.core.errors import FaceRosterError

_VERSION = b"\x01"
_NONCE = 12


class SealError(FaceRosterError):
    """A sealed blob that does not open: damaged, swapped, of another person, or its key is destroyed."""

    status = 500


def root_key() -> bytes:
    """The 32-byte root key from FACEROSTER_ROOT_KEY (base64) or the file FACEROSTER_ROOT_KEY_FILE names.

    Raises:
        ImproperlyConfigured: there is none, or it is not 32 bytes in base64.
    """
    text = getattr(settings, "FACEROSTER_ROOT_KEY", "")
    if not text:
        path = Path(getattr(settings, "FACEROSTER_ROOT_KEY_FILE", "") or "/nonexistent")
        if not path.is_file():
            raise ImproperlyConfigured(
                "There is no root key: set FACEROSTER_ROOT_KEY (docs/configuration.md), "
                "or start with `make run` once, which makes one."
            )
        text = path.read_text(encoding="ascii").strip()
    return _decoded(text)


@lru_cache(maxsize=4)
def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_")
    except binascii.Error as error:
        raise ImproperlyConfigured("The root key is not base64.") from error
    if len(key) != 32:
        raise ImproperlyConfigured("The root key must be 32 bytes, base64-encoded.")
    return key


def root_key_id() -> str:
    """A short name of the root key that tells nothing about it."""
    return hashlib.sha256(b"faceroster root key id" + root_key()).hexdigest()[:16]


@lru_cache(maxsize=32)
def _derived(root: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"faceroster/{purpose}".encode()).derive(root)


def derived_key(purpose: str) -> bytes:
    """A 32-byte key for one purpose, derived from the root key (HKDF-SHA256)."""
    return _derived(root_key(), purpose)


def seal(key: bytes, plaintext: bytes, *, context: str) -> bytes:
    """Encrypt ``plaintext`` under a 32-byte ``key``; ``context`` says what it is and is bound to it."""
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, context.encode())


def unseal(key: bytes, blob: bytes, *, context: str) -> bytes:
    """Decrypt what :func:`seal` made with the same key and context.

    Raises:
        SealError: ``sealed.damaged`` when the blob is not exactly that.
    """
    blob = bytes(blob)
    if blob[:1] != _VERSION or len(blob) < 1 + _NONCE + 16:
        raise SealError("sealed.damaged", _("Sealed data is cut short or of an unknown kind."))
    try:
        return AESGCM(key).decrypt(blob[1 : 1 + _NONCE], blob[1 + _NONCE :], context.encode())
    except InvalidTag as error:
        raise SealError(
            "sealed.damaged", _("Sealed data was changed, or does not belong where it lies.")
        ) from error
