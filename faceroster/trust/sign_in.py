"""Signing in: a password, and the code of whoever has set up a second step.

Nobody is signed in before both are right: between the two the session only remembers whose password it was.
So there is nothing that a page, the admin or the API could take for a user. Both addresses to sign in on, the
site's and the admin's, lead through here.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from math import ceil
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import load_backend, login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from faceroster.trust import guessing, second_steps
from faceroster.trust.forms import CodeForm
from faceroster.trust.models import User

#: In the session: whose password was right, and that the second step was taken.
_HALF, DONE = "sign_in.half", "sign_in.second_step"
_HALF_SECONDS = 10 * 60


def too_many_sentence(seconds: int) -> str:
    minutes = ceil(seconds / 60)
    return ngettext(
        "Too many wrong tries from here. Please wait %(minutes)d minute, or ask an administrator.",
        "Too many wrong tries from here. Please wait %(minutes)d minutes, or ask an administrator.",
        minutes,
    ) % {"minutes": minutes}


class SignInForm(AuthenticationForm):
    """Tells a lock from a wrong password."""

    def get_invalid_login_error(self) -> ValidationError:
        if getattr(self.request, "axes_locked_out", False):
            seconds = guessing.seconds_left(self.request, self.cleaned_data)  # type: ignore[arg-type]
            return ValidationError(too_many_sentence(seconds), code="locked")
        return super().get_invalid_login_error()


def too_many(request: HttpRequest, answer: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """The page as the form made it, with the status and the header that programs read."""
    answer.status_code = HTTPStatus.TOO_MANY_REQUESTS
    answer["Retry-After"] = str(guessing.seconds_left(request, credentials))
    return answer


class SignIn(LoginView):
    """The page of the password, of the site and of the admin alike."""

    authentication_form = SignInForm
    redirect_authenticated_user = True
    in_admin = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.in_admin and request.user.is_authenticated and not request.user.is_staff:
            raise PermissionDenied  # the page that sent them here would send them here again
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        provider = settings.FACEROSTER_OIDC_NAME if settings.FACEROSTER_OIDC_ISSUER else ""
        return {**super().get_context_data(**kwargs), "provider": provider}

    def get_default_redirect_url(self) -> str:
        return reverse("admin:index") if self.in_admin else super().get_default_redirect_url()

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return proceed(self.request, form.get_user(), self.get_success_url())


def proceed(request: HttpRequest, user: Any, ahead: str) -> HttpResponse:
    """Sign ``user`` in, whose password or provider was right, or ask for the second step first."""
    if not second_steps.has_second_step(user):
        login(request, user)
        return HttpResponseRedirect(ahead)
    request.session.cycle_key()
    request.session[_HALF] = {
        "user": user.pk,
        "backend": user.backend,
        "password": user.get_session_auth_hash(),
        "at": int(time.time()),
        "ahead": ahead,
    }
    return redirect("second_step")


def _half_signed_in(request: HttpRequest) -> tuple[User, dict[str, Any]] | None:
    half = request.session.get(_HALF)
    if half is None or not 0 <= time.time() - half["at"] <= _HALF_SECONDS:
        return None
    user = load_backend(half["backend"]).get_user(half["user"])
    if not isinstance(user, User) or not constant_time_compare(
        user.get_session_auth_hash(), half["password"]
    ):
        return None  # blocked, or with a new password since
    return user, half


@sensitive_post_parameters()
@never_cache
def second_step(request: HttpRequest) -> HttpResponse:
    """The page of the code, for whoever's password was right a moment ago."""
    found = _half_signed_in(request)
    if found is None:
        request.session.pop(_HALF, None)
        return redirect("login")
    user, half = found
    form, status = CodeForm(request.POST or None), HTTPStatus.OK
    if request.method == "POST" and form.is_valid():
        how, status = _answer(request, user, form)
        if how is not None:
            return _signed_in(request, user, half)
    answer = render(request, "trust/code.html", {"form": form}, status=status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer["Retry-After"] = str(form.wait)
    return answer


def _answer(request: HttpRequest, user: User, form: CodeForm) -> tuple[str | None, HTTPStatus]:
    """What the code was, or None; wrong ones count as wrong passwords do."""
    credentials = {"username": user.get_username()}
    if not AxesProxyHandler.is_allowed(request, credentials):
        form.wait = guessing.seconds_left(request, credentials)
        form.add_error("code", too_many_sentence(form.wait))
        return None, HTTPStatus.TOO_MANY_REQUESTS
    try:
        how = second_steps.check(user=user, code=form.cleaned_data["code"])
    except second_steps.TooEarly as error:
        form.wait = error.seconds
        form.add_error("code", error.message)
        return None, HTTPStatus.TOO_MANY_REQUESTS
    if how is None:
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        form.add_error("code", _("This code is wrong, or its time is over."))
    return how, HTTPStatus.OK


def _signed_in(request: HttpRequest, user: User, half: dict[str, Any]) -> HttpResponse:
    del request.session[_HALF]
    login(request, user, backend=half["backend"])
    request.session[DONE] = True
    ahead = half["ahead"]
    safe = url_has_allowed_host_and_scheme(ahead, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(ahead if safe else "/")
