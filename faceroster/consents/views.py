"""A person's consent, for staff: how it stands, signing, the signed paper, withdrawing, and printing."""

from __future__ import annotations

import logging
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.consents import selectors, services, storage
from faceroster.consents.forms import PaperForm, SignForm, WithdrawForm
from faceroster.consents.models import Consent, ConsentText
from faceroster.core.errors import FaceRosterError
from faceroster.people.models import Person
from faceroster.trust.models import User
from faceroster.trust.rights import needs
from faceroster.trust.sealing import SealError

logger = logging.getLogger(__name__)
_VIEW = "consents.view_consent"
_ADD = "consents.add_consent"
_CHANGE = "consents.change_consent"
_SHOWN = 20


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _person(person_id: UUID) -> Person:
    people = Person.objects.select_related("department__site", "subject_key")
    return get_object_or_404(people, pk=person_id)


def _text(request: HttpRequest) -> ConsentText | None:
    """The text in the language that the address names, else in the page's."""
    return selectors.text_current(request.GET.get("language") or get_language())


def _page(
    request: HttpRequest,
    person: Person,
    *,
    sign: SignForm | None = None,
    paper: PaperForm | None = None,
    status: int = 200,
) -> HttpResponse:
    text = _text(request)
    rows = Consent.objects.filter(person=person).select_related("text", "witness", "ended_by")
    context: dict[str, Any] = {
        "person": person,
        "zone": person.department.site.timezone,
        "state": selectors.state_of(person),
        "history": rows[:_SHOWN],
        "text": text,
        "texts": selectors.texts_current(),
        "sign": sign or SignForm(initial={"text": text and text.pk}),
        "paper": paper or PaperForm(initial={"text": text and text.pk, "signed_on": timezone.localdate()}),
        "withdraw": WithdrawForm(),
        "days": settings.FACEROSTER["CONSENT_ERASURE_DAYS"],
    }
    return render(request, "consents/person.html", context, status=status)


@require_safe
@never_cache
@needs(_VIEW)
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Everything about one person's consent, and the ways without a face beside it."""
    return _page(request, _person(person_id))


@require_POST
@never_cache
@needs(_ADD)
def sign(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """Signed on this screen; the user is the witness."""
    whose, form = _person(person_id), SignForm(request.POST)
    if form.is_valid() and form.sign(whose, _user(request)):
        messages.success(request, _("The consent of %(name)s is signed.") % {"name": whose.name})
        return redirect("consents:person", whose.pk)
    return _page(request, whose, sign=form, status=400)


@require_POST
@never_cache
@needs(_ADD)
def paper(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """Signed on paper, whose picture is kept sealed."""
    whose, form = _person(person_id), PaperForm(request.POST, request.FILES)
    if form.is_valid() and form.sign(whose, _user(request)):
        messages.success(request, _("The signed paper of %(name)s is stored.") % {"name": whose.name})
        return redirect("consents:person", whose.pk)
    return _page(request, whose, paper=form, status=400)


@require_POST
@needs(_CHANGE)
def withdraw(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """The person has told staff that they withdraw it."""
    whose, form = _person(person_id), WithdrawForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        services.consent_withdraw(person=whose, user=_user(request), reason=reason)
    except FaceRosterError as error:
        messages.error(request, error.message)
    else:
        told = _("The consent of %(name)s is withdrawn. No kiosk recognises their face any more.")
        messages.success(request, told % {"name": whose.name})
    return redirect("consents:person", whose.pk)


@require_safe
@needs(_VIEW)
def printed(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The text on paper, with lines to sign on."""
    text = _text(request)
    if text is None:
        raise Http404
    with translation.override(text.language):  # the paper speaks one language, whatever the page does
        words = {"place_date": _("Place, date"), "signature": _("Signature"), "witness": _("Witness")}
    context = {"person": _person(person_id), "text": text, "texts": selectors.texts_current(), "words": words}
    return render(request, "consents/print.html", context)


@require_GET
@never_cache
@needs(_VIEW)
def picture(request: HttpRequest, consent_id: UUID) -> HttpResponseBase:
    """The drawn signature or the scanned paper, unsealed for this answer only. Each look is recorded."""
    consents = Consent.objects.select_related("person__subject_key", "person__department")
    consent = get_object_or_404(consents, pk=consent_id, pictured=True)
    try:
        data = storage.picture_read(person=consent.person, consent_id=consent.pk)
    except FileNotFoundError as error:
        raise Http404 from error
    except SealError as error:
        logger.exception("The picture of consent %s does not open", consent_id)
        return HttpResponse(f"{error.code}: {error.message}", status=error.status, content_type="text/plain")
    record(Action.CONSENT_LOOKED, subject=consent)
    response = HttpResponse(data, content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    return response
