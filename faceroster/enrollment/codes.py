"""Reason codes as sentences for the one who added the photo."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from faceroster import vision
from faceroster.consents.services import MISSING

_SENTENCES = {
    "photo.duplicate_person": _("This face looks like someone else who is on the roster already."),
    "photo.near_duplicate": _("Nearly the same as a photo that is there already, so it would add nothing."),
    "photo.copy_of_other": _("This is the same picture as one of someone else who is on the roster already."),
    "photo.not_like_others": _("This face does not look like the person's other photos."),
    "photo.already_there": _("This very photo is there already."),
    "photo.unreadable": _("The stored picture could not be opened. Please add the photo again."),
    "photo.processing_failed": _("Checking this photo failed three times. Please try another one."),
    MISSING: _("Not looked at: there is no consent. It comes back by itself when the person signs."),
    "photo.refused": _("Refused in review: the photo shows someone else."),
}


def reason(code: str) -> str:
    """A sentence for ``code``, ours or the face library's."""
    return str(_SENTENCES.get(code) or vision.explain(code))
