"""What every view of the API shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from faceroster.api.problems import RequestTooLarge
from faceroster.api.uploads import MIB
from faceroster.trust.models import Scope


class ApiView(APIView):
    """Closed until it names its scopes (see :class:`faceroster.api.permissions.HasScope`).

    ``problems``: statuses that its actions answer with beyond those that every view can, by action
    or, in a view without actions, by method; they go into the schema.
    """

    # The schema describes every address; OPTIONS would only repeat a part of it.
    http_method_names = ["get", "head", "post", "patch", "delete"]
    read_scope: ClassVar[Scope | None] = None
    write_scope: ClassVar[Scope | None] = None
    rights: ClassVar[Mapping[str, str]] = {}
    throttle_scope: ClassVar[str] = "api"
    max_body: ClassVar[int] = MIB
    problems: ClassVar[Mapping[str, tuple[int, ...]]] = {}

    @property
    def default_response_headers(self) -> dict[str, str]:
        # Names and hours of people: nothing on the way keeps them, nor a browser that others use too.
        return {**super().default_response_headers, "Cache-Control": "no-store"}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before anything else: authentication by session reads the body to find the CSRF token.
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > self.max_body:
            raise RequestTooLarge(
                "request.too_large",
                f"The request has {length / MIB:.1f} MiB; this address takes at most {self.max_body // MIB}.",
            )
        super().initial(request, *args, **kwargs)
