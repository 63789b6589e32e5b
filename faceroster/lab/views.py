"""The lab's pages, and the fragments that answer the pictures sent from them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from faceroster import vision
from faceroster.core.errors import FaceRosterError
from faceroster.lab import services
from faceroster.lab.emotions import emotion_lock
from faceroster.lab.figures import Report
from faceroster.lab.models import USE_LAB
from faceroster.lab.uploads import picture_of, takes_pictures
from faceroster.trust.models import User
from faceroster.trust.rights import needs

_TABS = {"lab:look": _("Look"), "lab:compare": _("Compare"), "lab:emotion_model": _("Emotion model")}


def _page(request: HttpRequest, template: str, **context: object) -> HttpResponse:
    here = request.resolver_match.view_name if request.resolver_match else ""
    frame = {"tabs": _TABS.items(), "here": here, "max_bytes": vision.PHOTO_MAX_BYTES}
    return render(request, template, {**frame, **context})


def _refusal(request: HttpRequest, error: FaceRosterError) -> HttpResponse:
    return render(request, "lab/_problem.html", {"error": error}, status=error.status)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the views let nobody else through
    return request.user


@require_safe
@needs(USE_LAB)
def look(request: HttpRequest) -> HttpResponseBase:
    """Drop a picture, see its faces."""
    return _page(request, "lab/look.html", lock=emotion_lock(_user(request)))


@takes_pictures(1, _refusal)
def look_at(request: HttpRequest) -> HttpResponse:
    """The faces of ``picture`` as a fragment."""
    picture = services.picture_checked(picture_of(request, "picture"))
    answer = services.picture_look(user=_user(request), picture=picture)
    return render(request, "lab/_faces.html", {"answer": answer})


@require_safe
@needs(USE_LAB)
def compare(request: HttpRequest) -> HttpResponseBase:
    """Two pictures side by side."""
    return _page(request, "lab/compare.html")


@takes_pictures(2, _refusal)
def compare_these(request: HttpRequest) -> HttpResponse:
    """Whether ``first`` and ``second`` show one person, as a fragment. One alone is only checked."""
    pictures = [
        services.picture_checked(picture_of(request, name), which=name)
        for name in ("first", "second")
        if name in request.FILES
    ]
    if len(pictures) < 2:
        return render(request, "lab/_waiting.html", {"some": bool(pictures)})
    first, second = pictures
    answer = services.pair_look(user=_user(request), first=first, second=second)
    return render(request, "lab/_pair.html", {"answer": answer})


@require_safe
@needs(USE_LAB)
def emotion_model(request: HttpRequest) -> HttpResponseBase:
    """How well the shipped emotion model did on pictures that it was not trained on."""
    card = vision.emotion_card()
    report = Report.of(card) if card is not None else None
    return _page(request, "lab/emotion_model.html", report=report, lock=emotion_lock(_user(request)))
