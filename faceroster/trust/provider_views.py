"""Leaving for the OpenID provider and coming back from it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from faceroster.core.errors import FaceRosterError
from faceroster.trust import provider
from faceroster.trust.sign_in import DONE, proceed
from faceroster.trust.signals import sign_in_refused

_AHEAD = "provider_ahead"


@require_safe
@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """To the provider."""
    if not provider.configured():
        raise Http404
    ahead = request.GET.get("next", "/")
    safe = url_has_allowed_host_and_scheme(ahead, {request.get_host()}, require_https=request.is_secure())
    try:
        answer = provider.begin(request, request.build_absolute_uri(reverse("provider_back")))
    except FaceRosterError as error:
        messages.error(request, error.message)
        return redirect("login")
    request.session[_AHEAD] = ahead if safe else "/"
    return answer


@require_safe
@never_cache
def back(request: HttpRequest) -> HttpResponse:
    """From the provider, with a code for whom it knows."""
    if not provider.configured():
        raise Http404
    ahead = request.session.pop(_AHEAD, "/")
    try:
        known = provider.finish(request)
    except FaceRosterError as error:
        sign_in_refused.send(sender=__name__, code=error.code, request=request)
        messages.error(request, error.message)
        return redirect("login")
    if known.second_step:
        login(request, known.user)
        request.session[DONE] = True
        return HttpResponseRedirect(ahead)
    return proceed(request, known.user, ahead)
