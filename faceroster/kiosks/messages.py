"""What the kiosk says: short sentences that are read from two metres away."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What one frame came to. ``punched`` and ``already`` are said by attendance, which knows punches."""

    NOBODY = "nobody"
    COME_CLOSER = "come_closer"
    POOR_PICTURE = "poor_picture"
    UNSURE = "unsure"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    ACCEPTED = "accepted"
    PUNCHED = "punched"
    ALREADY = "already"


_OF_STATE = {
    State.NOBODY: "Look into the camera",
    State.COME_CLOSER: "Please come closer",
    State.POOR_PICTURE: "Please look straight into the camera",
    State.UNSURE: "One more look, please",
    State.UNKNOWN: "I don't know you",
    State.AMBIGUOUS: "I cannot tell for certain who you are",
    State.ACCEPTED: "Hello",
    State.PUNCHED: "Hello",
    State.ALREADY: "You are already registered",
}

_OF_CODE = {
    "face.too_small": "Please come closer",
    "face.blurred": "Please hold still",
    "face.dark": "It is too dark: turn towards the light",
    "face.bright": "It is too bright: step out of the glare",
    "face.turned_away": "Please look straight into the camera",
    "face.cut_off": "Please move to the middle",
    "face.low_confidence": "Please uncover your face",
}


def message_of(state: State, codes: tuple[str, ...] = ()) -> str:
    """The sentence for the worst code that has one, else for the state."""
    return next((_OF_CODE[code] for code in codes if code in _OF_CODE), _OF_STATE[state])
