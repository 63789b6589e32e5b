"""Secrets for settings: from the environment, from a file it names, or kept in a file of our own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def secret_text(name: str) -> str:
    """The value of ``name``, or of the file that ``name``_FILE points to; "" where neither is set.

    Raises:
        ImproperlyConfigured: the file cannot be read, or both are set and say different things.
    """
    value, path = os.environ.get(name, "").strip(), os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return value
    try:
        kept = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE: {path} cannot be read ({error}).") from None
    if value and value != kept:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set, and differ. Set one of them.")
    return kept


def required_secret(name: str, *, min_length: int = 1) -> str:
    """The same of what production cannot do without.

    Raises:
        ImproperlyConfigured: neither is set, or the value is too short to be one that was made
            for the purpose.
    """
    value = secret_text(name)
    if len(value) < min_length:
        what = f"a secret of at least {min_length} characters" if min_length > 1 else "a value"
        raise ImproperlyConfigured(f"{name} (or {name}_FILE) must be set to {what} (docs/configuration.md).")
    return value


def kept_secret(path: Path) -> str:
    """The secret in ``path``; the first start writes a random one there, readable by its owner only."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value := secrets.token_urlsafe(50))
    return value
