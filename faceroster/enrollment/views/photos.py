"""Photos of a person: the live grid, adding, reviewing, and the pictures themselves."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.core.errors import FaceRosterError
from faceroster.enrollment import selectors, services, storage
from faceroster.enrollment.forms import PhotoForm
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource
from faceroster.enrollment.views.pages import page, signed_in
from faceroster.people.models import Person
from faceroster.trust.pictures import picture_answer, signed_address_needed
from faceroster.trust.rights import needs
from faceroster.trust.sealing import SealError

logger = logging.getLogger(__name__)
_VIEW = "enrollment.view_enrollmentphoto"
_ADD = "enrollment.add_enrollmentphoto"
_CHANGE = "enrollment.change_enrollmentphoto"
_DELETE = "enrollment.delete_enrollmentphoto"
#: Refused before it is read into memory; the exact limit is the face library's.
_MAX_UPLOAD = 16 * 1024 * 1024


def _person(person_id: UUID) -> Person:
    return get_object_or_404(Person.objects.select_related("subject_key"), pk=person_id)


def _photo(photo_id: UUID) -> EnrollmentPhoto:
    return get_object_or_404(EnrollmentPhoto.objects.select_related("person__subject_key"), pk=photo_id)


def _grid(request: HttpRequest, person: Person, *, notice: str = "") -> HttpResponse:
    cards = selectors.person_photo_cards(person)
    context = {
        "person": person,
        "cards": cards,
        "live": any(card.open for card in cards),
        "notice": notice,
    }
    response = render(request, "enrollment/_photos.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
@needs(_VIEW)
def grid(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """The grid of photos as a fragment."""
    return _grid(request, _person(person_id))


@require_POST
@needs(_ADD)
def add(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """Add one photo. Answers with JSON: the id, or a code and a sentence."""
    person = _person(person_id)
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused("photo.missing", _("There is no file in this request."))
    file = form.cleaned_data["photo"]
    if file.size > _MAX_UPLOAD:
        return _refused("image.too_large", _("The file is too large. At most 15 MB are accepted."))
    try:
        photo = services.photo_add(
            person=person,
            data=file.read(),
            source=PhotoSource.WEBCAM if form.cleaned_data["webcam"] else PhotoSource.UPLOAD,
            name=file.name,
            user=signed_in(request),
        )
    except FaceRosterError as error:
        return _refused(error.code, error.message, error.status)
    return JsonResponse({"id": str(photo.id), "status": photo.status}, status=201)


def _refused(code: str, message: str, status: int = 400) -> JsonResponse:
    return JsonResponse({"code": code, "message": message}, status=status)


@require_POST
@needs(_DELETE)
def delete(request: HttpRequest, photo_id: UUID) -> HttpResponseBase:
    """Delete a photo and answer with the grid without it. One that is gone already is no error."""
    photo = EnrollmentPhoto.objects.filter(pk=photo_id).select_related("person").first()
    if photo is None:
        raise Http404
    services.photo_delete(photo=photo)
    return _grid(request, photo.person)


@require_POST
@needs(services.OVERRIDE)
def keep(request: HttpRequest, photo_id: UUID) -> HttpResponseBase:
    """The photo goes on although a check has stopped it; ``reason`` says why."""
    decision = partial(services.photo_keep, reason=request.POST.get("reason", ""))
    return _decide(request, photo_id, decision, _("The photo is kept and will be checked now."))


@require_POST
@needs(_CHANGE)
def refuse(request: HttpRequest, photo_id: UUID) -> HttpResponseBase:
    """It is somebody else: the photo is refused."""
    decision = partial(services.photo_refuse, reason=request.POST.get("reason", ""))
    return _decide(request, photo_id, decision, _("The photo is refused."))


def _decide(
    request: HttpRequest, photo_id: UUID, decision: Callable[..., None], done: str
) -> HttpResponseBase:
    """From the grid the answer is the grid; from the page of reviews it is that page."""
    photo, user = _photo(photo_id), signed_in(request)
    try:
        decision(photo=photo, user=user)
    except FaceRosterError as error:
        if _from_grid(request):
            return _grid(request, photo.person, notice=error.message)
        messages.error(request, error.message)
    else:
        if _from_grid(request):
            return _grid(request, photo.person)
        messages.success(request, f"{photo.person.name}: {done}")
    return redirect("enrollment:review")


def _from_grid(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


@require_GET
@needs(_VIEW)
@signed_address_needed
def picture(request: HttpRequest, photo_id: UUID, kind: str) -> HttpResponseBase:
    """A stored picture, at the address that a page has given."""
    if kind not in (storage.PHOTO, storage.CROP):
        raise Http404
    photo = _photo(photo_id)
    try:
        data = storage.picture_read(kind=kind, person=photo.person, object_id=photo.id)
    except FileNotFoundError as error:
        raise Http404 from error
    except SealError as error:
        logger.exception("Picture %s of photo %s does not open", kind, photo_id)
        return _sealed_answer(error)
    record(Action.PHOTO_LOOKED, subject=photo, details={"shown": "face" if kind == storage.CROP else "whole"})
    return picture_answer(data)


def _sealed_answer(error: SealError) -> HttpResponse:
    return HttpResponse(f"{error.code}: {error.message}", status=error.status, content_type="text/plain")


@require_GET
@needs(_CHANGE)
def review(request: HttpRequest) -> HttpResponseBase:
    """Photos that a check has stopped, each beside the one it resembles or should resemble."""
    return page(request, "enrollment/review.html", _("Photos to review"), cards=selectors.review_cards())
