"""The kiosk as an app of the device: its manifest, its service worker, and the administrator's corner."""

from __future__ import annotations

import json

from django.contrib.auth import logout
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from faceroster.core.errors import Conflict, FaceRosterError, InvalidInput, NotAllowed
from faceroster.kiosks import access
from faceroster.kiosks.limits import TooMany, attempt_add, attempts_forget
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.shell import import_map, shell_names, shell_version

#: Wrong PINs at the corner of one kiosk, and for how many seconds they count.
CORNER_TRIES, CORNER_SECONDS = 5, 600
_BODY_MAX = 1000
_DARK = "#0a0d12"


@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    """What a browser needs to install the kiosk as an app, in the language of this browser."""
    sizes = (("192", "any"), ("512", "any"), ("512", "maskable"))
    icons = [
        {
            "src": static(f"kiosks/icon-{'maskable-' if purpose == 'maskable' else ''}{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in sizes
    ]
    content = {
        "id": reverse("kiosks:kiosk"),
        "name": _("FaceRoster kiosk"),
        "short_name": "FaceRoster",
        "description": _("Check in and out by looking into the camera"),
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": reverse("kiosks:kiosk"),
        "scope": reverse("kiosks:kiosk"),
        "display": "fullscreen",
        "display_override": ["fullscreen", "standalone"],
        "orientation": "any",
        "background_color": _DARK,
        "theme_color": _DARK,
        "icons": icons,
    }
    answer = JsonResponse(content, content_type="application/manifest+json")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker: what to keep, as a script of its own, so that a new version is a new script."""
    shell = {
        "version": shell_version(),
        "page": reverse("kiosks:kiosk"),
        "files": [static(name) for name in shell_names()],
        "hashed": bool(import_map()),
    }
    script = f"self.SHELL = {json.dumps(shell)};\nimportScripts({json.dumps(static('kiosks/service.js'))});\n"
    answer = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


def administrator_leaves(request: HttpRequest) -> bool:
    """End the session of whoever is signed in on this browser: it is a kiosk now, for all to touch.

    Returns whether somebody was signed in.
    """
    if not request.user.is_authenticated:
        return False
    logout(request)
    return True


def corner_check(kiosk: Kiosk, pin: str) -> None:
    """Whether ``pin`` opens the administrator's corner of this kiosk.

    Raises:
        Conflict: ``kiosk.corner_unset`` where the site has no kiosk PIN.
        TooMany: ``kiosk.corner_too_many`` after five wrong ones within ten minutes.
        NotAllowed: ``kiosk.corner_wrong``.
    """
    site = kiosk.site
    if site is None or not site.kiosk_pin:
        raise Conflict(
            "kiosk.corner_unset",
            _("This site has no kiosk PIN yet. An administrator sets one on the site's page."),
        )
    # Counted before it is looked at, so that many at once are not more than five.
    name = f"kiosk-corner:{kiosk.pk}"
    if attempt_add(name, seconds=CORNER_SECONDS) > CORNER_TRIES:
        raise TooMany(
            "kiosk.corner_too_many",
            _("Too many wrong PINs. Please wait ten minutes and try again."),
        )
    if not check_password(pin, site.kiosk_pin):
        raise NotAllowed("kiosk.corner_wrong", _("That is not the kiosk PIN of this site."))
    attempts_forget(name)


def _pin_of(request: HttpRequest) -> str:
    if request.headers.get("X-FaceRoster-Kiosk") != "1":
        raise NotAllowed("kiosk.header_missing", _("This is taken from the kiosk's own page only."))
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > _BODY_MAX:
        raise InvalidInput("kiosk.corner_unreadable", _("Please enter the PIN again."))
    try:
        pin = json.loads(request.body)["pin"]
        pin.encode()  # halves of a sign, which nothing can hash, are a ValueError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pin = None
    if not isinstance(pin, str):
        raise InvalidInput("kiosk.corner_unreadable", _("Please enter the PIN again."))
    return pin


# No token against forged requests, for the reasons that stand at kiosk_frames.
@csrf_exempt
@never_cache
@require_POST
@access.for_kiosks
def corner(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Open the administrator's corner: JSON ``{"pin"}`` in, ``{"open": true}`` out, or an error."""
    try:
        corner_check(kiosk, _pin_of(request))
    except FaceRosterError as error:
        return access.refusal_of(error)
    return JsonResponse({"open": True})
