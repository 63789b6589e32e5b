"""A signature that was drawn on a page, as it comes from there."""

from __future__ import annotations

import base64
import binascii

from django.utils.translation import gettext as _

from faceroster.core.errors import InvalidInput

#: As characters; a drawing of lines is far below it.
MOST = 400_000
_START = "data:image/png;base64,"


def drawing_bytes(text: str) -> bytes | None:
    """The PNG of a data URL; None where nothing was drawn. Raises InvalidInput ``consent.unreadable``."""
    if not text:
        return None
    if text.startswith(_START) and len(text) <= MOST:
        try:
            return base64.b64decode(text.removeprefix(_START), validate=True)
        except binascii.Error:
            pass
    raise InvalidInput("consent.unreadable", _("The signature cannot be read. Please draw it once more."))
