"""Whoever must have a second step and has none is led to setting it up, once the time to wait is over."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from faceroster.trust import second_steps
from faceroster.trust.models import User
from faceroster.trust.sign_in import DONE

#: What stays open: the page itself, leaving, and the language.
_OPEN = (
    "trust:second_step",
    "trust:second_step_begin",
    "trust:second_step_confirm",
    "logout",
    "language",
    "privacy:policy",
)
#: The API asks for itself, since tokens need none. A kiosk has its own key, whoever is signed in beside it.
_APART = ("/api/", "/kiosk/")
#: But staff make the codes for enrolling at a kiosk in their own browser.
_NOT_APART = "/kiosk/enroll/code/"


def lacks_second_step(request: HttpRequest, user: object) -> bool:
    """Whether the browser's ``user`` may do nothing before they have set up a second step."""
    return (
        isinstance(user, User)
        and second_steps.must_have(user)
        and DONE not in request.session
        and not second_steps.has_second_step(user)
        and second_steps.due_of(user).over
    )


class SecondStepMust:
    """Of pages in a browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        apart = request.path.startswith(_APART) and not request.path.startswith(_NOT_APART)
        if apart or not lacks_second_step(request, request.user):
            return self.get_response(request)
        if request.path in {reverse(name) for name in _OPEN}:
            return self.get_response(request)
        page = reverse("trust:second_step")
        if "HX-Request" in request.headers:
            return HttpResponse(status=403, headers={"HX-Redirect": page})
        return HttpResponseRedirect(page)
