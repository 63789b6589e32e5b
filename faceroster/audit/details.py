"""What may stand in the details of an entry: plain, short values. Nothing biometric and nothing secret.

Refusing is a fault of the program that records and raises :class:`Unfit`, so that a test finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

#: Parts of names that nothing here may be called by.
SECRET = (
    "password", "secret", "token", "pin", "digest", "key", "embedding", "vector", "template", "picture",
    "image", "photo", "crop", "descriptor", "landmarks", "cookie", "session", "wrapped", "code",
)  # fmt: skip
#: Names that hold such a part and are harmless.
_HARMLESS = frozenset({"kiosk_pin_set", "photo_id", "photos", "codes", "postcode", "keyed"})
LONGEST_TEXT = 500
LONGEST_LIST = 100
_FEW_NUMBERS = 8
_DEEPEST = 4


class Unfit(ValueError):
    """This may not stand in the audit log."""


def text_of(text: object, longest: int = LONGEST_TEXT) -> str:
    """``text`` as every database keeps it: no NUL, no half of a character, not too long."""
    clean = str(text).replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def plain(details: Mapping[str, Any]) -> dict[str, Any]:
    """``details`` as they are stored. Raises :class:`Unfit`."""
    return {_name(name): _plain(value, 1) for name, value in details.items()}


def is_secret(name: str) -> bool:
    """Whether a value of that name is never written down."""
    words = set(name.lower().split("_"))
    return name.lower() not in _HARMLESS and any(part in words or part + "s" in words for part in SECRET)


def _name(name: object) -> str:
    if not isinstance(name, str) or is_secret(name):
        raise Unfit(f"{name!r} has no place in the audit log")
    return text_of(name, 60)


def _plain(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise Unfit("details are nested too deeply")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str | Promise):
        return text_of(value)
    if isinstance(value, UUID | date | datetime | time):
        return value.isoformat() if not isinstance(value, UUID) else str(value)
    if isinstance(value, float | Decimal):
        return str(value)  # as text: databases write numbers down each in their own way
    if isinstance(value, Mapping):
        return {_name(name): _plain(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return _list(list(value), depth)
    raise Unfit(f"a {type(value).__name__} has no place in the audit log")


def _list(values: list[Any], depth: int) -> list[Any]:
    if len(values) > LONGEST_LIST:
        raise Unfit("a list of the details is too long")
    if len(values) > _FEW_NUMBERS and all(isinstance(value, float) for value in values):
        raise Unfit("a list of numbers has no place in the audit log")
    return [_plain(value, depth + 1) for value in values]
