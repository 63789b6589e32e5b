"""What every page of the kiosk says in its head about the files that it is made of."""

from __future__ import annotations

import json

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from faceroster.kiosks.shell import import_map, shell_version

register = template.Library()


@register.simple_tag
def kiosk_version() -> str:
    """See :func:`shell_version`."""
    return shell_version()


@register.simple_tag
def kiosk_import_map() -> SafeString:
    """The import map of the kiosk's scripts; nothing where their addresses have no digest."""
    names = import_map()
    if not names:
        return SafeString("")
    # Addresses of our own files: no "<" can be in them, and json escapes the quotes.
    content = mark_safe(json.dumps({"imports": names}))  # noqa: S308
    return format_html('<script type="importmap">{}</script>', content)
