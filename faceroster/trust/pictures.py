"""Addresses of faces: made for one user, good for some minutes; and the answer that carries one.

An address alone opens nothing: whoever comes by it is signed in, has the right, and is the user that the
page was made for. Copied out of a page, a log or a history it shows nothing to anybody else, or later.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

#: Seconds: an address is good for one to two of these, and the same within each, so that a page that
#: renews itself does not load (and note) every picture anew.
SPAN = 600

_signer = signing.Signer(salt="faceroster.pictures")


def _signature(user: Any, path: str, until: int) -> str:
    return _signer.signature(f"{user.pk}|{path}|{until}")


def signed_address(user: Any, path: str) -> str:
    """``path`` with what lets ``user`` open it until some minutes from now."""
    until = (int(time.time()) // SPAN + 2) * SPAN
    return f"{path}?until={until}&sign={_signature(user, path, until)}"


def _in_force(request: HttpRequest) -> bool:
    until = request.GET.get("until", "")
    if not (until.isascii() and until.isdigit() and len(until) <= 12) or int(until) < time.time():
        return False
    expected = _signature(request.user, request.path, int(until))
    return constant_time_compare(expected, request.GET.get("sign", ""))


def signed_address_needed(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Answer 403 ``picture.expired`` unless the address was made by :func:`signed_address` for this user."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not _in_force(request):
            sentence = _("This address of a picture is over. Load the page that shows it anew.")
            return HttpResponse(f"picture.expired: {sentence}", status=403, content_type="text/plain")
        return view(request, *args, **kwargs)

    return checked


def picture_answer(jpeg: bytes) -> HttpResponse:
    """A picture of a face, unsealed for this answer only; nobody on the way may keep it."""
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(jpeg, content_type="image/jpeg", headers=headers)
