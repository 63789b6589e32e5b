"""AES-256-GCM for all that is biometric: photos, crops, embeddings, and pictures on their way to a worker.

A sealed blob is ``version (1 byte) || nonce (12) || ciphertext and tag``. The additional data names
what the blob is and whose, so a blob that was swapped, cut or moved elsewhere does not open.
Keys: a root key from outside the database wraps one key per person (:class:`SubjectKey`) and one per purpose
(:class:`PurposeKey`); what lives for minutes only is sealed under keys that are derived from it with HKDF.
SECRET_KEY has no part in this.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from contextlib import suppress
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


def root_keys() -> dict[str, bytes]:
    """The root keys that open something, by their ids: the one in force first, and the one before it.

    In force is what FACEROSTER_ROOT_KEY_FILE holds, read anew whenever the file changes, or else
    FACEROSTER_ROOT_KEY (base64). The one before it counts while a rotation lasts: the file of the same name
    with ``.previous`` behind it, FACEROSTER_ROOT_KEY_PREVIOUS_FILE or FACEROSTER_ROOT_KEY_PREVIOUS.

    Raises:
        ImproperlyConfigured: there is none, or one is not 32 bytes in base64.
    """
    file = root_key_file()
    text = _text_of(file) or getattr(settings, "FACEROSTER_ROOT_KEY", "")
    if not text:
        raise ImproperlyConfigured(
            "There is no root key: set FACEROSTER_ROOT_KEY (docs/configuration.md), "
            "or start with `make run` once, which makes one."
        )
    before = (
        _text_of(previous_file())
        or _text_of(getattr(settings, "FACEROSTER_ROOT_KEY_PREVIOUS_FILE", None))
        or getattr(settings, "FACEROSTER_ROOT_KEY_PREVIOUS", "")
    )
    return {key_id(key): key for key in map(decoded, filter(None, (text, before)))}


def root_key_file() -> Path | None:
    """The file that the root key is read from; None where it comes from the environment."""
    name = getattr(settings, "FACEROSTER_ROOT_KEY_FILE", None)
    return Path(name) if name else None


def previous_file() -> Path | None:
    """Where the root key before the present one is kept until nothing needs it."""
    file = root_key_file()
    return file.with_name(f"{file.name}.previous") if file else None


def root_key() -> bytes:
    """The 32 bytes of the root key in force. Raises ImproperlyConfigured."""
    return next(iter(root_keys().values()))


def root_key_id() -> str:
    """A short name of the root key in force that tells nothing about it."""
    return next(iter(root_keys()))


def key_id(root: bytes) -> str:
    return hashlib.sha256(b"faceroster root key id" + root).hexdigest()[:16]


def _text_of(path: Path | str | None) -> str:
    """What ``path`` holds now; "" where there is no such file."""
    if not path:
        return ""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return _read(Path(path), status.st_mtime_ns, status.st_ino, status.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, changed: int, inode: int, size: int) -> str:
    return path.read_text(encoding="ascii").strip()


@lru_cache(maxsize=4)
def decoded(text: str) -> bytes:
    """A root key as it is written in files and settings. Raises ImproperlyConfigured."""
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_")
    except binascii.Error as error:
        raise ImproperlyConfigured("The root key is not base64.") from error
    if len(key) != 32:
        raise ImproperlyConfigured("The root key must be 32 bytes, base64-encoded.")
    return key


@lru_cache(maxsize=64)
def derived_key(root: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose, derived from a root key (HKDF-SHA256)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"faceroster/{purpose}".encode()).derive(root)


def seal_passing(purpose: str, plaintext: bytes, *, context: str) -> bytes:
    """Seal what lives for minutes at most, such as a frame on its way to a worker.

    Its key is derived from the root key: nothing is stored for it, and nothing looked up. What lasts
    belongs under :func:`purposes.purpose_key` or a person's key instead.
    """
    return seal(derived_key(root_key(), purpose), plaintext, context=context)


def unseal_passing(purpose: str, blob: bytes, *, context: str) -> bytes:
    """Open what :func:`seal_passing` made, also a moment ago under the root key before.

    Raises:
        SealError: ``sealed.damaged``.
    """
    in_force, *before = root_keys().values()
    for root in before:
        with suppress(SealError):
            return unseal(derived_key(root, purpose), blob, context=context)
    return unseal(derived_key(in_force, purpose), blob, context=context)


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
