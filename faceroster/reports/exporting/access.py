"""Asking for an export: for everyone who may look, though it is sent as a form."""

from __future__ import annotations

from django.views.decorators.http import require_POST

from faceroster.trust.guards import View, guarded, looks


def viewer_posts(view: View) -> View:
    """POST, for those who may see attendance. Others sign in first, or are refused (403)."""
    return require_POST(guarded(view, looks))
