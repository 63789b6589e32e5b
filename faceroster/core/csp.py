"""The Content-Security-Policy of each page, and what the admin's framework needs of it.

Alpine.js, which the admin (django-unfold) is built with, reads its expressions with ``new Function``. Pages
in that look may therefore evaluate (``unsafe-eval``); none runs what stands in the page (``unsafe-inline``).
"""

from __future__ import annotations

from typing import Any

from csp.constants import UNSAFE_EVAL
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

_MARK = "_in_admin_look"


def admin_look(request: HttpRequest) -> dict[str, Any]:
    """What Unfold asks for each page that it draws: lets it evaluate, and leaves out its inline colours.

    Those are in ``static/css/admin-colors.css``.
    """
    setattr(request, _MARK, True)
    return {"colors": None}


class ContentSecurityPolicy(CSPMiddleware):
    """The policy of the settings, for pages in the admin's look with ``unsafe-eval``."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if getattr(request, _MARK, False):
            parts.update = {**(parts.update or {}), "script-src": [UNSAFE_EVAL]}
        return parts
