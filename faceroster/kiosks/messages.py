"""What the kiosk says: short sentences that are read from two metres away."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class State(StrEnum):
    """What one frame came to. ``punched`` and ``already`` are said by attendance, which knows punches."""

    NOBODY = "nobody"
    COME_CLOSER = "come_closer"
    POOR_PICTURE = "poor_picture"
    UNSURE = "unsure"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    HOLD = "hold"
    CHALLENGE = "challenge"
    NOT_LIVE = "not_live"
    PIN = "pin"
    ACCEPTED = "accepted"
    PUNCHED = "punched"
    ALREADY = "already"


_OF_STATE = {
    State.NOBODY: _("Look into the camera"),
    State.COME_CLOSER: _("Please come closer"),
    State.POOR_PICTURE: _("Please look straight into the camera"),
    State.UNSURE: _("One more look, please"),
    State.UNKNOWN: _("I don't know you"),
    State.AMBIGUOUS: _("I cannot tell for certain who you are"),
    State.HOLD: _("Keep looking into the camera"),
    State.CHALLENGE: _("Please follow the arrow"),
    State.NOT_LIVE: _("The camera is not sure. Please enter your PIN"),
    State.PIN: _("Please enter your PIN"),
    State.ACCEPTED: _("Hello"),
    State.PUNCHED: _("Hello"),
    State.ALREADY: _("You are already registered"),
}

_OF_CODE = {
    "face.too_small": _("Please come closer"),
    "face.blurred": _("Please hold still"),
    "face.dark": _("It is too dark: turn towards the light"),
    "face.bright": _("It is too bright: step out of the glare"),
    "face.turned_away": _("Please look straight into the camera"),
    "face.cut_off": _("Please move to the middle"),
    "face.low_confidence": _("Please uncover your face"),
}

_OF_PROMPT = {
    "straight": _("Look straight into the camera"),
    "left": _("Turn your head a little to the left"),
    "right": _("Turn your head a little to the right"),
    "nearer": _("Come a little closer"),
    "further": _("Move back a little"),
}


def message_of_prompt(prompt: str) -> str:
    """What a challenge asks for: the way of the arrow on the screen, as in a mirror."""
    return str(_OF_PROMPT[prompt])


def message_of(state: State, codes: tuple[str, ...] = ()) -> str:
    """The sentence for the worst code that has one, else for the state."""
    return str(next((_OF_CODE[code] for code in codes if code in _OF_CODE), _OF_STATE[state]))
