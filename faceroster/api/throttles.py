"""How often one caller may call. Rates are settings (REST_FRAMEWORK, DEFAULT_THROTTLE_RATES)."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from faceroster.trust.addresses import counted_address
from faceroster.trust.models import ApiToken, User


class CallerThrottle(SimpleRateThrottle):
    """Counts in the view's ``throttle_scope``: per token, user of the browser, or else address."""

    def __init__(self) -> None:
        """Which rate it is depends on the view, which is not known yet."""

    def allow_request(self, request: Request, view: Any) -> bool:
        rates: dict[str, Any] = api_settings.DEFAULT_THROTTLE_RATES
        self.scope = getattr(view, "throttle_scope", "api")
        self.rate = rates[self.scope]
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: Any) -> str:
        caller = request.auth if isinstance(request.auth, ApiToken) else request.user
        if not isinstance(caller, ApiToken | User):  # the schema is open
            ident = counted_address(request)
        else:
            ident = f"{type(caller).__name__}-{caller.pk}".lower()
        return self.cache_format % {"scope": self.scope, "ident": ident}
