"""Secrets for settings: from the environment, from a file it names, or kept in a file of our own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def required_secret(name: str, *, min_length: int) -> str:
    """The value of ``name``, or of the file that ``name``_FILE points to.

    Raises:
        ImproperlyConfigured: neither is set, or the value is too short to be one that was made
            for the purpose.
    """
    value = os.environ.get(name, "")
    path = os.environ.get(f"{name}_FILE")
    if not value and path:
        value = Path(path).read_text(encoding="utf-8").strip()
    if len(value) < min_length:
        raise ImproperlyConfigured(
            f"{name} (or {name}_FILE) must be set to a secret of at least {min_length} characters."
        )
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
