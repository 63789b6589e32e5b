"""Where a kiosk's queue is sent to, once the server is back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from faceroster.core.errors import FaceRosterError
from faceroster.kiosks import access, services
from faceroster.kiosks.models import Kiosk
from faceroster.offline import limits, storing, wire


# As for frames: the cookie is SameSite=Strict, and the header is one that no other page can send.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
@access.for_kiosks
def queue(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """GET: the server's time, how much the device may take. POST: entries in, keys of what is stored out."""
    about = {"now": timezone.now().isoformat(), **limits.as_json()}
    if request.method != "POST":
        return JsonResponse(about)
    if request.headers.get("X-FaceRoster-Kiosk") != "1":
        return access.refusal(
            "kiosk.header_missing", _("These are taken from the kiosk's own page only."), 403
        )
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > limits.BATCH_BYTES:
        return access.refusal("offline.too_large", _("These are too many at once."), 413)
    services.kiosk_touch(kiosk=kiosk)
    try:
        stored = storing.entries_store(kiosk=kiosk, batch=wire.batch_read(request.body))
    except FaceRosterError as error:
        return access.refusal_of(error)
    return JsonResponse({**about, "stored": stored})
