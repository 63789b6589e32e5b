"""Reason codes as sentences for the one who added the photo."""

from __future__ import annotations

from faceroster import vision

_SENTENCES = {
    "photo.duplicate_person": "This face looks like someone else who is on the roster already.",
    "photo.near_duplicate": "Nearly the same as a photo that is there already, so it would add nothing.",
    "photo.copy_of_other": "This is the same picture as one of someone else who is on the roster already.",
    "photo.not_like_others": "This face does not look like the person's other photos.",
    "photo.already_there": "This very photo is there already.",
    "photo.unreadable": "The stored picture could not be opened. Please add the photo again.",
    "photo.processing_failed": "Checking this photo failed three times. Please try another one.",
    "photo.refused": "Refused in review: the photo shows someone else.",
}


def reason(code: str) -> str:
    """A sentence for ``code``, ours or the face library's."""
    return _SENTENCES.get(code) or vision.explain(code)
