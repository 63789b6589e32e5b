"""What every page of the kiosk says in its head about the files that it is made of."""

from __future__ import annotations

import json

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from faceroster.kiosks.shell import import_map, shell_version

register = template.Library()


@register.simple_tag
def kiosk_version() -> str:
    """See :func:`shell_version`."""
    return shell_version()


@register.simple_tag(takes_context=True)
def kiosk_import_map(context: Context) -> SafeString:
    """The import map of the kiosk's scripts; nothing where their addresses have no digest.

    The one script that stands in a page itself: it is let through by the response's own nonce.
    """
    names = import_map()
    if not names:
        return SafeString("")
    # Addresses of our own files: no "<" can be in them, and json escapes the quotes.
    content = mark_safe(json.dumps({"imports": names}))  # noqa: S308
    nonce = context["request"].csp_nonce
    return format_html('<script type="importmap" nonce="{}">{}</script>', nonce, content)
