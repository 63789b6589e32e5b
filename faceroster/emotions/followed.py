"""Switching emotion tagging, in the audit log."""

from __future__ import annotations

from faceroster.audit.actions import Action
from faceroster.audit.following import follow
from faceroster.emotions.models import EmotionSwitch

follow(EmotionSwitch, created=Action.SETTING_CHANGED, fields=("site", "on", "region", "reason"))
