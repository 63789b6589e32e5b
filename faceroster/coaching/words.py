"""What the coach says: one short sentence at a time, read from two metres away or spoken."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

_SENTENCES = {
    "coach.look": gettext_lazy("Look into the camera"),
    "coach.alone": gettext_lazy("One person only, please"),
    "coach.nearer": gettext_lazy("Come a little closer"),
    "coach.further": gettext_lazy("Move back a little"),
    "coach.middle": gettext_lazy("Move your face into the oval"),
    "coach.lighter": gettext_lazy("It is too dark: turn towards the light"),
    "coach.darker": gettext_lazy("It is too bright: step out of the glare"),
    "coach.uncover": gettext_lazy("Uncover your face: no cap, mask or dark glasses"),
    "coach.still": gettext_lazy("Hold still"),
    "coach.hold": gettext_lazy("Good. Stay like this"),
    "coach.straight": gettext_lazy("Look straight into the camera"),
    "coach.left": gettext_lazy("Turn your head a little to the left"),
    "coach.right": gettext_lazy("Turn your head a little to the right"),
    "coach.nod": gettext_lazy("Lift your chin a little"),
    "coach.less": gettext_lazy("Not quite so far"),
    "coach.vary": gettext_lazy("That is nearly the same picture again: move a little"),
    "coach.other_face": gettext_lazy("That is somebody else. The same person, please"),
    "coach.taken": gettext_lazy("Got it"),
    "coach.complete": gettext_lazy("All shots are there"),
    "coach.duplicate_person": gettext_lazy(
        "This face is enrolled already, under another name. If you go on, the photos wait until staff have "
        "decided in the review."
    ),
    "coach.not_like_others": gettext_lazy(
        "This face does not look like this person's other photos. If you go on, the photos wait until staff "
        "have decided in the review."
    ),
}

_LEVELS = {
    "good": gettext_lazy("These shots match well."),
    "fair": gettext_lazy("These shots match fairly well."),
    "weak": gettext_lazy("These shots do not match well: better light helps."),
}
_OTHERS = {
    "apart": gettext_lazy("Nobody else looks like this."),
    "near": gettext_lazy("Somebody else looks rather like this."),
    "alike": gettext_lazy("Somebody else looks very much like this."),
}


def say(code: str) -> str:
    """The sentence for a code of the coach."""
    return str(_SENTENCES[code])


def match_words(level: str, others: str) -> str:
    """How well shots find each other and how far they are from everybody else, in two sentences."""
    return f"{_LEVELS[level]} {_OTHERS[others]}"


def page_words() -> dict[str, object]:
    """What the coach's scripts say by themselves."""
    return {
        "camera": _("Camera"),
        "wait": _("One moment"),
        "offline": _("One moment: no connection to the server"),
        "voice_on": _("Voice on"),
        "voice_off": _("Voice off"),
        "voice_none": _("This device has no voice for this language"),
        "erase": _("Delete the last digit"),
        "slots": {
            "straight": pgettext("how a head is held", "Straight"),
            "left": pgettext("how a head is held", "Left"),
            "right": pgettext("how a head is held", "Right"),
            "nod": pgettext("how a head is held", "Chin up"),
            "distance": pgettext("how a head is held", "Another distance"),
        },
        "taken": _("taken"),
        "missing": _("still missing"),
        "cancelled": _("Cancelled. Nothing was kept."),
        "finished": _("Done. The next person can come."),
        "consent_tick": _("Please tick that you have read the text and agree to it."),
        "consent_sign": _("Please sign, or type your name."),
        "consent_no": _("No photo was taken. Staff give you a PIN or a badge: it opens the same doors."),
        "storing": _("Storing the photos"),
        "checking": _("The photos are being checked"),
        "try": _("Try it: look into the camera"),
        "recognised": _("Recognised: %(name)s"),
        "not_yet": _("Not recognised yet. Look straight into the camera"),
        "in_review": _("The photos wait for a decision in the review. Until then they are not used."),
        "none_usable": _("None of the photos could be used. Please try again with a new code."),
        "ended": _("This enrollment is over."),
    }
