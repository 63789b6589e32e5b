"""What the kiosk's scripts say by themselves, in the page's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def camera_words() -> dict[str, str]:
    """Of the camera page, by the names that its scripts use."""
    return {
        "look": _("Look into the camera"),
        "wait": _("One moment"),
        "offline": _("One moment: no connection to the server"),
        "in": _("In"),
        "out": _("Out"),
        "unknown": _("If you should be on the list, please ask staff."),
        "ambiguous": _("Please come closer and look straight into the camera."),
        "camera": _("Camera"),
        "sound_on": _("Sound on"),
        "sound_off": _("Sound off"),
        "sound_ask": _("Tap for sound"),
    }


def pairing_words(minutes: int) -> dict[str, object]:
    """Of the pairing page. ``left``: a sentence for every number of minutes up to ``minutes``.

    Languages have more plurals than a script should know.
    """
    left = [
        ngettext(
            "This code is good for %(minutes)d more minute.",
            "This code is good for %(minutes)d more minutes.",
            count,
        )
        % {"minutes": count}
        for count in range(minutes + 1)
    ]
    return {
        "left": left,
        "offline": _("One moment: no connection to the server."),
        "insecure": _(
            "This page was not opened over HTTPS. It can be paired, but browsers will not let it use "
            "the camera."
        ),
    }
