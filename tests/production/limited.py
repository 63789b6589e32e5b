"""The suite's settings with a limit that a test reaches."""

from __future__ import annotations

from faceroster.settings.test import *  # noqa: F403
from faceroster.settings.test import REST_FRAMEWORK

REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(("api", "uploads", "faces"), "50/min")
