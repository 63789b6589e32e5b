"""Switching a site's classifier, in the audit log."""

from __future__ import annotations

from faceroster.audit.actions import Action
from faceroster.audit.following import follow
from faceroster.classifiers.models import ClassifierSwitch

follow(ClassifierSwitch, created=Action.SETTING_CHANGED, fields=("site", "classifier", "why"))
