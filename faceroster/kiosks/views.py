"""The kiosk's pages: pairing, the camera, and where its frames go. No other page knows its cookie."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from faceroster import jobs, vision
from faceroster.core.errors import FaceRosterError
from faceroster.enrollment.probes import probe_lent
from faceroster.kiosks import access, democlips, services
from faceroster.kiosks.keys import key_of
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.pairing import CODE_LIFE
from faceroster.kiosks.selectors import kiosk_of_secret
from faceroster.kiosks.signatures import verify
from faceroster.kiosks.webapp import administrator_leaves
from faceroster.kiosks.words import camera_words, pairing_words


@never_cache
@require_GET
def kiosk_page(request: HttpRequest) -> HttpResponse:
    """The camera for a paired kiosk; for any other browser a code to pair it with."""
    if access.comes_from_elsewhere(request):
        # The cookie is SameSite=Strict: a paired kiosk that comes by a link on another site looks
        # like a new one. Loaded once more from here, it shows its cookie and keeps its pairing.
        return render(request, "kiosks/arrive.html", {"address": request.get_full_path()})
    visitor, notice = access.visitor_of(request), ""
    before = kiosk_of_secret(visitor.secret)
    revoked = before is not None and before.status == KioskStatus.REVOKED
    unpaired = revoked or access.UNPAIRED in request.COOKIES
    if unpaired:
        notice = _("This kiosk was unpaired by staff. It can be paired again with the code below.")
    try:
        if "invite" in request.GET:
            try:
                secret = services.invitation_accept(token=request.GET["invite"], visitor=visitor)[1]
            except FaceRosterError as error:
                notice = error.message
            else:
                # Without the token in the address bar, its history and every later reload.
                onwards = HttpResponseRedirect(access.address_without(request, "invite"))
                access.cookie_set(request, onwards, secret)
                return onwards
        kiosk, secret = services.pairing_begin(visitor=visitor)
    except FaceRosterError as error:
        return render(request, "kiosks/refused.html", {"error": error}, status=error.status)
    active = kiosk.status == KioskStatus.ACTIVE
    response = _camera(request, kiosk) if active else _pairing(request, kiosk, notice)
    access.cookie_set(request, response, secret)
    access.unpaired_set(request, response, is_so=unpaired and not active)
    return response


def _camera(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    response = render(
        request,
        "kiosks/camera.html",
        {
            "kiosk": kiosk,
            "site": kiosk.site,
            "now": timezone.now(),
            "clips": democlips.clips(),
            "words": camera_words(),
            "signed_out": administrator_leaves(request),
        },
    )
    response["Permissions-Policy"] = "camera=(self), microphone=()"
    response["X-FaceRoster-Page"] = "camera"  # what the service worker may keep
    return response


def _pairing(request: HttpRequest, kiosk: Kiosk, notice: str) -> HttpResponse:
    context = {
        "kiosk": kiosk,
        "notice": notice,
        "staff": request.build_absolute_uri(reverse("kiosks:pair")),
        "seconds": _seconds_left(kiosk),
        "words": pairing_words(CODE_LIFE // timedelta(minutes=1)),
    }
    return render(request, "kiosks/pairing.html", context)


@require_GET
def pair_redirect(request: HttpRequest) -> HttpResponse:
    """A short address for staff to type: the admin's page where a code is entered."""
    return HttpResponseRedirect(reverse("admin:kiosks_kiosk_add"))


def _seconds_left(kiosk: Kiosk) -> int:
    left = kiosk.pairing_expires_at - timezone.now() if kiosk.pairing_expires_at else None
    return max(0, int(left.total_seconds())) if left else 0


@never_cache
@require_GET
def kiosk_state(request: HttpRequest) -> HttpResponse:
    """Whether this browser is paired by now; what the pairing page polls, and the camera page's pulse."""
    kiosk = kiosk_of_secret(request.COOKIES.get(access.COOKIE))
    if kiosk is not None and kiosk.status == KioskStatus.PENDING:
        kiosk = services.code_renew(kiosk=kiosk)
        return JsonResponse(
            {"status": "pending", "code": kiosk.pairing_code, "expires_in": _seconds_left(kiosk)}
        )
    refused = access.not_admitted(request, kiosk)
    if refused is not None or kiosk is None or kiosk.site is None:
        return refused or access.refusal("kiosk.not_paired", _("This kiosk has no site."), 401)
    # Every few seconds: so a kiosk that was revoked learns of it, and one that is silent is missed.
    services.kiosk_touch(kiosk=kiosk)
    said = {name: request.GET.get(name, "") for name in ("version", "camera")}
    services.kiosk_described(kiosk=kiosk, **said)
    return JsonResponse(
        {
            "status": "active",
            "name": kiosk.name,
            "site": kiosk.site.name,
            "zone": kiosk.site.timezone,
            "now": timezone.now().isoformat(),
        }
    )


@csrf_exempt
@require_POST
def kiosk_key(request: HttpRequest) -> HttpResponse:
    """Register the key of this device: JSON ``{"public_key"}``, signed with that very key.

    A browser that holds another key than the kiosk of its cookie, or comes too late with its first, loses
    the cookie: it cannot use it, and its page pairs anew.
    """
    kiosk = kiosk_of_secret(request.COOKIES.get(access.COOKIE))
    if kiosk is None or kiosk.status == KioskStatus.REVOKED:
        return access.no_kiosk(kiosk)
    try:
        public_key = key_of(request)
        verify(request, public_key)
        services.key_register(kiosk=kiosk, public_key=public_key)
    except FaceRosterError as error:
        answer = access.refusal_of(error)
        if error.code in ("kiosk.key_there", "kiosk.key_late"):
            services.count_add(kiosk.pk, "refusals")
            access.cookie_forget(answer)
        return answer
    return JsonResponse({"registered": True})


# A token against forged requests would add nothing: the cookie is SameSite=Strict, so no other site's
# page can send it along, and the header below is one that a form cannot send and another origin's
# script only after a preflight that nobody here answers.
@csrf_exempt
@require_POST
@access.for_kiosks
def kiosk_frames(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """One JPEG frame in, the worker's answer out. Nothing of the picture is kept."""
    refusal = _refuse_frame(request)
    if refusal is not None:
        return refusal
    services.kiosk_touch(kiosk=kiosk)
    services.count_add(kiosk.pk, "frames")
    received = timezone.now().timestamp()
    try:
        with probe_lent(request.body) as probe_id:
            answer = jobs.call(
                "identify.arrival",
                str(kiosk.pk),
                probe_id,
                get_language() or settings.LANGUAGE_CODE,
                received,
                request.headers.get("X-FaceRoster-Challenge", ""),
                timeout=settings.FACEROSTER["IDENTIFY_TIMEOUT_SECONDS"],
            )
    except FaceRosterError as error:
        return access.refusal_of(error)
    if "error" in answer:
        if answer["error"]["code"].startswith("challenge."):
            services.count_add(kiosk.pk, "refusals")
        return access.refusal(answer["error"]["code"], answer["error"]["message"], answer["error"]["status"])
    return JsonResponse(answer)


def _refuse_frame(request: HttpRequest) -> HttpResponse | None:
    if request.headers.get("X-FaceRoster-Kiosk") != "1":
        return access.refusal(
            "kiosk.header_missing", _("Frames are taken from the kiosk's own page only."), 403
        )
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > vision.FRAME_MAX_BYTES:
        return access.refusal("image.too_large", _("A frame may have one megabyte at most."), 413)
    if not request.body:
        return access.refusal("image.empty", _("The frame is empty."), 400)
    if request.content_type != "image/jpeg":
        return access.refusal("image.unsupported_format", _("A frame must be sent as image/jpeg."), 415)
    return None


@require_GET
@access.for_kiosks
def demo_clip(request: HttpRequest, kiosk: Kiosk, slug: str) -> HttpResponseBase:
    """A clip for the demo camera. Nothing is found here unless this is a demo."""
    clip = democlips.clip_of(slug)
    if clip is None:
        raise Http404
    return FileResponse(clip.path.open("rb"), content_type="video/webm")
