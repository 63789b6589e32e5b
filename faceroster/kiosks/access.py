"""Who a request comes from: the kiosk's cookie, and what is refused without it.

A kiosk has no user. Its cookie is sent to /kiosk/ only and opens nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from faceroster.core.errors import FaceRosterError
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.selectors import kiosk_of_secret
from faceroster.kiosks.services import Visitor

COOKIE = "faceroster_kiosk"
#: The longest that browsers keep a cookie; each visit of the page starts it anew.
_COOKIE_SECONDS = 400 * 24 * 3600


def visitor_of(request: HttpRequest) -> Visitor:
    """What is known about the browser that asks."""
    return Visitor(
        secret=request.COOKIES.get(COOKIE),
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
    )


def cookie_set(request: HttpRequest, response: HttpResponse, secret: str) -> None:
    """Give the browser its secret: out of reach of scripts, other sites and other pages."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=_COOKIE_SECONDS,
        path=reverse("kiosks:kiosk"),
        secure=request.is_secure(),
        httponly=True,
        samesite="Strict",
    )


def comes_from_elsewhere(request: HttpRequest) -> bool:
    """Whether the browser may have withheld the cookie: a link on another site, or a page it prefetches."""
    return COOKIE not in request.COOKIES and (
        request.headers.get("Sec-Fetch-Site") == "cross-site"
        or "prefetch" in request.headers.get("Sec-Purpose", "")
    )


def address_without(request: HttpRequest, name: str) -> str:
    """The kiosk page's address with the query's other parameters."""
    query = urlencode([(key, value) for key, value in request.GET.items() if key != name])
    return reverse("kiosks:kiosk") + (f"?{query}" if query else "")


def refusal(code: str, message: str, status: int) -> JsonResponse:
    """An error as the page's scripts read it."""
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)


def refusal_of(error: FaceRosterError) -> JsonResponse:
    return refusal(error.code, error.message, error.status)


def for_kiosks(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Calls ``view(request, kiosk, ...)`` for an active kiosk; others get 401 or 403 with a code."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        kiosk = kiosk_of_secret(request.COOKIES.get(COOKIE))
        return refused(kiosk) or view(request, kiosk, *args, **kwargs)

    return guarded


def refused(kiosk: Kiosk | None) -> JsonResponse | None:
    """The refusal for a browser that is no active kiosk; None for one that is."""
    if kiosk is not None and kiosk.status == KioskStatus.ACTIVE:
        return None
    if kiosk is not None and kiosk.status == KioskStatus.REVOKED:
        return refusal("kiosk.revoked", _("This kiosk was unpaired. Please ask staff to pair it again."), 403)
    return refusal("kiosk.not_paired", _("This browser is not paired as a kiosk."), 401)
