"""Django's system checks: settings of the face library that cannot be are told at start, not at the door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.db import DatabaseError

from faceroster import vision_settings
from faceroster.enrollment import embedders


@register()
def engine_settings(**_: Any) -> list[CheckMessage]:
    return [Error(problem, id="faceroster.E001") for problem in vision_settings.settings_problems()]


@register(Tags.database)
def embedder_in_force(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """`manage.py check --database default` and `migrate` tell when the setting is not what counts."""
    if not databases:
        return []
    try:
        told = embedders.mismatch()
    except DatabaseError:  # before the first migration
        return []
    return [Info(told, id="faceroster.I001")] if told else []
