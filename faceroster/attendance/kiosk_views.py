"""What a kiosk asks of attendance beside the frames. JSON or a JPEG in, an answer as that of a frame out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from faceroster import jobs
from faceroster.attendance.not_me import not_me
from faceroster.attendance.passing import pin_punch
from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.enrollment.probes import probe_lent
from faceroster.kiosks import access
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.services import kiosk_touch
from faceroster.kiosks.views import _refuse_frame
from faceroster.passes.tries import TooManyTries

_MOST_BYTES = 4096


# None needs a token against forged requests: see faceroster.kiosks.views.
@csrf_exempt
@require_POST
@access.for_kiosks
def kiosk_pin(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """``{"number", "pin"}``, or ``{"ticket", "pin"}`` where the server asked for it."""
    return _answered(
        request,
        kiosk,
        lambda said: pin_punch(
            kiosk=kiosk, pin=said.get("pin"), number=said.get("number"), ticket=said.get("ticket")
        ),
    )


@csrf_exempt
@require_POST
@access.for_kiosks
def kiosk_not_me(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """``{"punch"}``: whoever was greeted is somebody else."""
    return _answered(request, kiosk, lambda said: not_me(kiosk=kiosk, punch_id=said.get("punch")))


@csrf_exempt
@require_POST
@access.for_kiosks
def kiosk_badge(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """A JPEG with the QR code of a badge in it. Nothing of the picture is kept."""
    if (refusal := _refuse_frame(request)) is not None:
        return refusal
    kiosk_touch(kiosk=kiosk)
    language = get_language() or settings.LANGUAGE_CODE
    try:
        with probe_lent(request.body) as probe_id:
            answer = jobs.call(
                "identify.badge",
                str(kiosk.pk),
                probe_id,
                language,
                timeout=settings.FACEROSTER["IDENTIFY_TIMEOUT_SECONDS"],
            )
    except FaceRosterError as error:
        return access.refusal_of(error)
    if wrong := answer.get("error"):
        return access.refusal(wrong["code"], wrong["message"], wrong["status"])
    return JsonResponse(answer)


def _answered(
    request: HttpRequest, kiosk: Kiosk, work: Callable[[dict[str, Any]], dict[str, Any]]
) -> HttpResponse:
    try:
        said = _content(request)
        kiosk_touch(kiosk=kiosk)
        answer = JsonResponse(work(said))
    except TooManyTries as error:
        answer = access.refusal(error.code, error.message, error.status, seconds=error.seconds)
        answer["Retry-After"] = str(error.seconds)
    except FaceRosterError as error:
        answer = access.refusal_of(error)
    return answer


class _Refused(FaceRosterError):
    def __init__(self, code: str, message: str, status: int) -> None:
        self.status = status
        super().__init__(code, message)


def _content(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that the page sent. Raises FaceRosterError with the status that belongs to it."""
    if request.headers.get("X-FaceRoster-Kiosk") != "1":
        raise _Refused("kiosk.header_missing", _("This is taken from the kiosk's own page only."), 403)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > _MOST_BYTES:
        raise _Refused("kiosk.too_large", _("That is more than a kiosk has to say."), 413)
    if request.content_type != "application/json":
        raise _Refused("kiosk.not_json", _("This must be sent as application/json."), 415)
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise InvalidInput("kiosk.not_json", _("This must be sent as application/json."))
    return said
