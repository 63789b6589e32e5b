"""How often one caller may call. Rates are settings (REST_FRAMEWORK, DEFAULT_THROTTLE_RATES)."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from faceroster.trust.addresses import counted_address
from faceroster.trust.models import ApiToken, User


class CallerThrottle(SimpleRateThrottle):
    """Counts in the view's ``throttle_scope``: per token, user of the browser, or else address.

    A window is a minute by the clock (or whatever the rate says). REST framework's own way reads and writes a
    list of times, which calls at once in several processes overwrite for each other.
    """

    def __init__(self) -> None:
        """Which rate it is depends on the view, which is not known yet."""

    def allow_request(self, request: Request, view: Any) -> bool:
        rates: dict[str, Any] = api_settings.DEFAULT_THROTTLE_RATES
        self.scope = getattr(view, "throttle_scope", "api")
        self.rate = rates[self.scope]
        most, seconds = self.parse_rate(self.rate)
        if most is None or seconds is None:  # a rate of None sets no limit
            return True
        window, past = divmod(self.timer(), seconds)
        self._left = seconds - past
        return self._counted(f"{self.get_cache_key(request, view)}:{window:.0f}", seconds) <= most

    def _counted(self, name: str, seconds: int) -> int:
        """How many calls of this window there are with this one: one step for all processes."""
        self.cache.add(name, 0, timeout=seconds * 2)
        try:
            return int(self.cache.incr(name))
        except ValueError:  # the cache was emptied between the two lines
            return 1

    def wait(self) -> float:
        return float(self._left)

    def get_cache_key(self, request: Request, view: Any) -> str:
        caller = request.auth if isinstance(request.auth, ApiToken) else request.user
        if not isinstance(caller, ApiToken | User):  # the schema is open
            ident = counted_address(request)
        else:
            ident = f"{type(caller).__name__}-{caller.pk}".lower()
        return self.cache_format % {"scope": self.scope, "ident": ident}
