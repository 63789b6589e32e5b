"""What the scripts for photos and the camera say by themselves, in the page's language."""

from __future__ import annotations

from django.utils.translation import gettext as _


def upload_words() -> dict[str, str]:
    """Of ``enrollment/photos.js``."""
    return {
        "waiting": _("Waiting"),
        "sending": _("Sending"),
        "added": _("Added"),
        "offline": _("The server did not answer. Please check the network and try again."),
        "forbidden": _("You may not add photos, or this page is too old. Please reload it."),
        "too_large": _("The file is too large for this server."),
        "signed_out": _("You are signed out. Please reload the page and sign in."),
        "refused": _("The server could not take this file. Please try again."),
    }


def camera_words() -> dict[str, str]:
    """Of ``enrollment/webcam.js``; what goes wrong by the browser's name for it."""
    return {
        "NotAllowedError": _(
            "The browser may not use the camera. Allow it in the address bar, then open this window again."
        ),
        "NotFoundError": _("There is no camera here. Connect one, or choose files instead."),
        "NotReadableError": _(
            "Another program is using the camera. Close that program, then open this window again."
        ),
        "other": _("The camera does not answer. Choose files instead."),
        "insecure": _(
            "Browsers give the camera only to pages over HTTPS, or on the very machine that runs FaceRoster "
            "(http://127.0.0.1). Open this page in one of these ways, or choose files instead."
        ),
    }
