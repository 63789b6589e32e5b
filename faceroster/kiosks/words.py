"""What the kiosk's scripts say by themselves, in the page's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

#: For how long badge.js looks for a badge.
BADGE_SECONDS = 20


def camera_words() -> dict[str, object]:
    """Of the camera page, by the names that its scripts use. ``{name}`` stands for what they put there."""
    return {
        "look": _("Look into the camera"),
        "wait": _("One moment"),
        "offline": _("One moment: no connection to the server"),
        "in": _("In"),
        "out": _("Out"),
        "unknown": _("If you should be on the list, please ask staff."),
        "ambiguous": _("Please come closer and look straight into the camera."),
        "camera": _("Camera"),
        "full": _("Full screen"),
        "full_end": _("End full screen"),
        **_challenge_words(),
        **_pass_words(),
        **_setting_words(),
    }


def _seconds_left() -> list[str]:
    """A sentence for every number of seconds for which a badge is looked for, from none upwards.

    Languages have more plurals than a script should know.
    """
    return [
        ngettext("%(seconds)d second left", "%(seconds)d seconds left", count) % {"seconds": count}
        for count in range(BADGE_SECONDS + 1)
    ]


def _challenge_words() -> dict[str, str]:
    """Of what is asked of somebody before the camera, as they see themselves: like in a mirror."""
    return {
        "straight": _("Look straight into the camera"),
        "left": _("Turn your head a little to the left"),
        "right": _("Turn your head a little to the right"),
        "nearer": _("Come a little closer"),
        "further": _("Move back a little"),
        "step": _("Step {step} of {of}"),
        "not_live": _("You can always check in with your PIN or your badge."),
    }


def _pass_words() -> dict[str, object]:
    """Of PIN and badge, and of what is kept while there is no server."""
    return {
        "pin_title": _("Check in with your PIN"),
        "pin_look_alike": _("You look like somebody else on the list. Your PIN tells you apart."),
        "pin_not_me": _("Sorry about that. Please enter your PIN to go on."),
        "pin_not_live": _("Your number and your PIN do just as well."),
        "pin_missing": _("Please enter your PIN."),
        "number_missing": _("Please enter your number."),
        "pin_later": _("Without a connection this PIN cannot be checked. Please use your number and PIN."),
        "badge": _("Hold your badge in front of the camera"),
        "badge_left": _seconds_left(),
        "badge_none": _("No code was seen. Hold the badge a hand's width from the camera, or use your PIN."),
        "not_me": _("That's not me"),
        "queued": _("Noted. It is sent as soon as there is a connection."),
        "queue_size": _("Waiting to be sent: {count}"),
        "queue_full": _("Without a connection no more can be kept here. Please tell staff."),
        "offline_ways": _("You can check in all the same."),
        "picture_kept": _("Your picture is kept until there is a connection."),
        "delete": _("Delete the last one"),
        "letters": _("Letters"),
        "digits": _("Digits"),
    }


def _setting_words() -> dict[str, str]:
    """Of the page's own settings and of the administrator's corner."""
    return {
        "sound_on": _("Sound on"),
        "sound_off": _("Sound off"),
        "sound_ask": _("Tap for sound"),
        "voice_on": _("Voice on"),
        "voice_off": _("Voice off"),
        "voice_none": _("This device has no voice for this language"),
        "theme_auto": _("Light or dark: as the device"),
        "theme_light": _("Light"),
        "theme_dark": _("Dark"),
        "online": _("Connected"),
        "cut": _("No connection"),
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
            "This page was not opened over HTTPS. Browsers then give it neither the camera nor a key of its "
            "own: please open its address with https:// before you pair it."
        ),
    }
