"""The root key's file: written whole or not at all, for its owner only. The one before lies beside it."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from faceroster.trust import sealing


def fresh() -> bytes:
    return os.urandom(32)


def write(path: Path, key: bytes) -> None:
    """Put ``key`` into ``path``. Killed in between it leaves what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(base64.urlsafe_b64encode(key).decode())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    _to_disk(path.parent)


def replace(key: bytes) -> None:
    """Put ``key`` in force. The one until now is kept as the one before: processes accept both from here on.

    Raises:
        ImproperlyConfigured: the root key comes from the environment, where nothing can be written.
    """
    path, before = sealing.root_key_file(), sealing.previous_file()
    if path is None or before is None:
        raise ImproperlyConfigured("The root key comes from the environment. See docs/keys.md.")
    write(before, sealing.root_key())
    write(path, key)


def destroy_previous() -> bool:
    """Overwrite and remove the file of the key before. False when there is none."""
    before = sealing.previous_file()
    if before is None or not before.is_file():
        return False
    with before.open("r+b") as file:
        file.write(bytes(before.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    before.unlink()
    _to_disk(before.parent)
    return True


def _to_disk(folder: Path) -> None:
    """A new name in a folder outlives a power cut only once the folder itself is written."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
