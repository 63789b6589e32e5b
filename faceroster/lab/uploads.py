"""Pictures that come by a form: refused before they are read when they are too large, and never on a disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.lab.models import USE_LAB
from faceroster.trust.rights import needs

#: For one picture and the form around it. The exact limit is the face library's.
MAX_PICTURE = 16 * 1024 * 1024

View = Callable[[HttpRequest], HttpResponse]
Refusal = Callable[[HttpRequest, FaceRosterError], HttpResponse]


class TooLarge(FaceRosterError):
    """More bytes than are taken."""

    status = 413


class _InMemory(MemoryFileUploadHandler):
    """Keeps every file in memory, as the length of the request was checked: else large ones go to a disk."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


def takes_pictures(count: int, refuse: Refusal) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """A view for those who may use the lab, that is sent ``count`` pictures at most.

    What it raises as :class:`FaceRosterError` is answered by ``refuse``.
    """

    def decorate(view: View) -> Callable[..., HttpResponseBase]:
        protected = csrf_protect(view)

        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            try:
                length = request.META.get("CONTENT_LENGTH") or "0"
                if not length.isdigit() or int(length) > count * MAX_PICTURE:
                    raise TooLarge(
                        "request.too_large", _("The file is too large. At most 15 MB are accepted.")
                    )
                request.upload_handlers = [_InMemory(request)]
                response = protected(request)
            except FaceRosterError as error:
                response = refuse(request, error)
            response["Cache-Control"] = "private, no-store"
            return response

        # The token is checked inside: looking for it reads the files, which must come after their handler.
        return csrf_exempt(require_POST(needs(USE_LAB)(guarded)))

    return decorate


def picture_of(request: HttpRequest, name: str) -> bytes:
    """The bytes of the file called ``name``. Raises :class:`InvalidInput` ``photo.missing``."""
    file = request.FILES.get(name)
    if file is None:
        raise InvalidInput("photo.missing", _("There is no file in this request."))
    return bytes(file.read())
