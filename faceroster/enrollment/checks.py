"""Django's system checks: settings of the face library that cannot be are told at start, not at the door."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from faceroster import vision


@register()
def engine_settings(**_: Any) -> list[CheckMessage]:
    return [Error(problem, id="faceroster.E001") for problem in vision.settings_problems()]
