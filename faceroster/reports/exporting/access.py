"""Asking for an export: for everyone who may look, though it is sent as a form."""

from __future__ import annotations

from django.views.decorators.http import require_POST

from faceroster.reports.access import View, guarded
from faceroster.trust.models import Role


def viewer_posts(view: View) -> View:
    """POST, for those who may see attendance. Others sign in first, or are refused (403)."""
    return require_POST(guarded(view, lambda user: user.sees_everyone or user.role == Role.MANAGER))
