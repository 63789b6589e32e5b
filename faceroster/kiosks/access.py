"""Who a request comes from: the kiosk's cookie, its device's signature, and what is refused without them.

A kiosk has no user. Its cookie is sent to /kiosk/ only and opens nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.core.errors import FaceRosterError
from faceroster.kiosks import signatures
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.presence import count_add
from faceroster.kiosks.selectors import kiosk_of_secret
from faceroster.kiosks.services import Visitor
from faceroster.trust.addresses import counted_address

COOKIE = "faceroster_kiosk"
#: Beside the secret of a browser that staff unpaired, until it is paired again. It opens nothing.
UNPAIRED = "faceroster_kiosk_unpaired"
#: The longest that browsers keep a cookie; each visit of the page starts it anew.
_COOKIE_SECONDS = 400 * 24 * 3600


def visitor_of(request: HttpRequest) -> Visitor:
    """What is known about the browser that asks."""
    return Visitor(
        secret=request.COOKIES.get(COOKIE),
        address=counted_address(request),
        user_agent=request.headers.get("User-Agent", ""),
    )


def cookie_set(request: HttpRequest, response: HttpResponse, secret: str) -> None:
    """Give the browser its secret: out of reach of scripts, other sites and other pages."""
    _keep(request, response, COOKIE, secret)


def unpaired_set(request: HttpRequest, response: HttpResponse, *, is_so: bool) -> None:
    """Have the browser remember that staff unpaired it, or forget it.

    The first answer after that gives it a new secret, and may be lost on the way to the screen: a page that
    is loaded once more would know no more of it.
    """
    if is_so:
        _keep(request, response, UNPAIRED, "1")
    elif UNPAIRED in request.COOKIES:
        response.delete_cookie(UNPAIRED, path=reverse("kiosks:kiosk"), samesite="Strict")


def _keep(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=_COOKIE_SECONDS,
        path=reverse("kiosks:kiosk"),
        secure=request.is_secure(),
        httponly=True,
        samesite="Strict",
    )


def cookie_forget(response: HttpResponse) -> None:
    """Take the secret from the browser: it is of no use there."""
    response.delete_cookie(COOKIE, path=reverse("kiosks:kiosk"), samesite="Strict")


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


def refusal(code: str, message: str, status: int, **more: Any) -> JsonResponse:
    """An error as the page's scripts read it."""
    return JsonResponse({"error": {"code": code, "message": message, **more}}, status=status)


def refusal_of(error: FaceRosterError) -> JsonResponse:
    if error.code == "kiosk.clock":
        return refusal(error.code, error.message, error.status, now=timezone.now().isoformat())
    return refusal(error.code, error.message, error.status)


def for_kiosks(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Calls ``view(request, kiosk, ...)`` for an active kiosk whose device signed the request.

    Others get 401, 403 or 409 with a code. The cookie says which kiosk it is, the signature that it is that
    device (:mod:`faceroster.kiosks.signatures`).
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        kiosk = kiosk_of_secret(request.COOKIES.get(COOKIE))
        if (refused := not_admitted(request, kiosk)) is not None or kiosk is None:
            return refused or no_kiosk(kiosk)
        answer = view(request, kiosk, *args, **kwargs)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            count_add(kiosk.pk, "refusals")
        return answer

    return guarded


def not_admitted(request: HttpRequest, kiosk: Kiosk | None) -> JsonResponse | None:
    """The refusal of whoever is no active kiosk, or did not sign as its device; None for one that did."""
    if kiosk is None or kiosk.status != KioskStatus.ACTIVE:
        return no_kiosk(kiosk)
    return _unsigned(request, kiosk)


def no_kiosk(kiosk: Kiosk | None) -> JsonResponse:
    """The refusal of a browser that is no active kiosk (any more)."""
    if kiosk is not None and kiosk.status == KioskStatus.REVOKED:
        return refusal("kiosk.revoked", _("This kiosk was unpaired. Please ask staff to pair it again."), 403)
    return refusal("kiosk.not_paired", _("This browser is not paired as a kiosk."), 401)


def _unsigned(request: HttpRequest, kiosk: Kiosk) -> JsonResponse | None:
    if not kiosk.public_key and signatures.HEADER not in request.headers:
        # A page from before devices had keys. It knows this code, and loads anew; the new one brings a key.
        return refusal("kiosk.not_paired", _("Please reload this page."), 401)
    try:
        if not kiosk.public_key:
            raise signatures.Unsigned(
                "kiosk.unsigned", _("This kiosk has no key. It must be opened over HTTPS.")
            )
        signatures.verify(request, kiosk.public_key)
    except FaceRosterError as error:
        if error.code != "kiosk.clock":  # that happens to the best, and puts itself right
            count_add(kiosk.pk, "refusals")
        return refusal_of(error)
    return None
