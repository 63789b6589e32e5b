"""What the codes of entries mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_OF_CODE = {
    "pass.wrong": gettext_lazy("Number and PIN did not fit together."),
    "pin.form": gettext_lazy("That was no PIN."),
    "badge.no_code": gettext_lazy("No badge could be read in the picture."),
    "badge.unknown": gettext_lazy("The badge is none of ours."),
    "badge.revoked": gettext_lazy("The badge is not valid any more."),
    "face.none": gettext_lazy("No face was seen in the picture."),
    "identify.unknown": gettext_lazy("The face was not recognised."),
    "identify.ambiguous": gettext_lazy("The face was too much like two people."),
    "identify.look_alike": gettext_lazy("This face needs a PIN, and one picture has none."),
    "identify.not_clear": gettext_lazy("The face was not recognised clearly enough for one picture."),
    "liveness.not_live": gettext_lazy("The picture does not look like somebody who stands there."),
    "offline.tampered": gettext_lazy("It was changed after it was taken, so nothing of it is believed."),
    "offline.too_old": gettext_lazy("It came too late to be recorded by itself."),
    "offline.closed": gettext_lazy("Its period is closed. It can be recorded once that is opened again."),
    "offline.unproven": gettext_lazy("This site asks for movements, which one picture cannot show."),
    "offline.person_gone": gettext_lazy("Whoever it was has been deleted since."),
    "offline.kept_too_long": gettext_lazy("It could not be judged for two weeks, and was deleted."),
}


def reason_of(code: str) -> str:
    """The sentence for ``code``; empty for none."""
    if not code:
        return ""
    if code in _OF_CODE:
        return str(_OF_CODE[code])
    if code.startswith("face."):
        return _("The face was not seen well enough.")
    return _("It could not be judged.")
