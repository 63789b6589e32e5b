"""Who sees these pages: whoever signed in and is a person on the roster, and of themselves alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from faceroster.people.models import Person
from faceroster.trust.models import Role, User

PersonView = Callable[..., HttpResponseBase]


def person_of(user: object) -> Person | None:
    """The person whom ``user`` is on the roster, with department and site."""
    if not isinstance(user, User) or not user.is_active:
        return None
    return Person.objects.select_related("department__site").filter(user=user).first()


def home_of(user: object) -> str:
    """The page that ``user`` begins on after signing in."""
    if isinstance(user, User) and (user.sees_everyone or user.role == Role.MANAGER):
        return reverse("reports:today")
    return reverse("me:home")


def person_only(view: PersonView) -> PersonView:
    """``view(request, person)``; others sign in first, or are told that their account is nobody's."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person = person_of(request.user)
        if person is not None:
            return view(request, person, *args, **kwargs)
        if request.method not in ("GET", "HEAD") or kwargs:
            raise Http404
        return render(request, "me/nobody.html")

    return login_required(guarded)
