"""The coach's addresses: the page at the kiosk, its requests, and the code that staff ask for."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from faceroster import jobs, vision
from faceroster.coaching import consenting, finishing, looking, shots, tickets
from faceroster.coaching.models import EnrolmentTicket
from faceroster.coaching.words import page_words
from faceroster.core.errors import FaceRosterError, InvalidInput, NotAllowed
from faceroster.enrollment.probes import probe_lent
from faceroster.enrollment.views.pages import signed_in
from faceroster.kiosks import access, democlips
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.selectors import kiosk_of_secret
from faceroster.people.models import Person
from faceroster.trust.rights import needs

_BODY_MAX = 1000
_SESSION = "X-FaceRoster-Enrolment"
View = Callable[[HttpRequest, EnrolmentTicket], dict[str, Any]]


@require_POST
@needs(tickets.RIGHT)
def code(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """A fresh code for a person, as a fragment of their page."""
    person = get_object_or_404(Person.objects.select_related("department__site"), pk=person_id)
    context: dict[str, Any] = {
        "person": person,
        "address": request.build_absolute_uri(reverse("coaching:page")),
    }
    try:
        _ticket, digits = tickets.code_make(person=person, user=signed_in(request))
        context |= {"code": digits, "minutes": int(tickets.CODE_LIFE.total_seconds() // 60)}
    except FaceRosterError as error:
        context["error"] = error.message
    context["kiosks"] = Kiosk.objects.filter(site=person.department.site, status=KioskStatus.ACTIVE)[:5]
    response = render(request, "coaching/_code.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The coach at a paired kiosk; any other browser is sent to pair first."""
    kiosk = kiosk_of_secret(request.COOKIES.get(access.COOKIE))
    if kiosk is None or kiosk.status != KioskStatus.ACTIVE:
        return redirect("kiosks:kiosk")
    context = {"kiosk": kiosk, "site": kiosk.site, "clips": democlips.clips(), "words": page_words()}
    response = render(request, "coaching/enroll.html", context)
    response["Permissions-Policy"] = "camera=(self), microphone=()"
    return response


def _answering(view: Callable[[HttpRequest, Kiosk], dict[str, Any]]) -> Callable[..., HttpResponseBase]:
    """A POST of the kiosk's own page, answered with JSON: what ``view`` returns, or its error."""

    @csrf_exempt  # for the reasons that stand at kiosks.views.kiosk_frames
    @never_cache
    @require_POST
    @access.for_kiosks
    @wraps(view)
    def answered(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
        try:
            if request.headers.get("X-FaceRoster-Kiosk") != "1":
                raise NotAllowed("kiosk.header_missing", _("This is taken from the kiosk's own page only."))
            return JsonResponse(view(request, kiosk))
        except FaceRosterError as error:
            return access.refusal_of(error)

    return answered


def _in_session(view: View) -> Callable[..., HttpResponseBase]:
    """As :func:`_answering`, for a request of the session that its header names."""

    @wraps(view)
    def inside(request: HttpRequest, kiosk: Kiosk) -> dict[str, Any]:
        return view(request, tickets.session_of(kiosk, request.headers.get(_SESSION, "")))

    return _answering(inside)


@_answering
def begin(request: HttpRequest, kiosk: Kiosk) -> dict[str, Any]:
    """JSON ``{"code"}`` in; the session's id, the person's name and the first instruction out.

    ``consent``: the text that the person must sign first; null when there is a consent.
    """
    ticket = tickets.code_use(kiosk=kiosk, code=_text(request, "code"))
    return {
        "session": str(ticket.pk),
        "person": ticket.person.name,
        "consent": consenting.text_to_sign(ticket.person),
        **looking.answer(shots.load(ticket.pk), "coach.look", person=ticket.person),
    }


@_in_session
def consent(request: HttpRequest, ticket: EnrolmentTicket) -> dict[str, Any]:
    """The signature, JSON ``{"text", "name", "drawing", "agreed"}``; the first instruction out."""
    consenting.sign(ticket, _json(request, most=consenting.BODY_MAX))
    return looking.answer(shots.load(ticket.pk), "coach.look", person=ticket.person)


@_in_session
def frames(request: HttpRequest, ticket: EnrolmentTicket) -> dict[str, Any]:
    """One JPEG in, :func:`faceroster.coaching.looking.answer` out."""
    frame = _frame(request)
    with probe_lent(frame) as probe_id:
        return jobs.ask(
            "identify.coach",
            str(ticket.kiosk_id),
            str(ticket.pk),
            probe_id,
            get_language() or settings.LANGUAGE_CODE,
            timeout=settings.FACEROSTER["IDENTIFY_TIMEOUT_SECONDS"],
        )


@_in_session
def skip(request: HttpRequest, ticket: EnrolmentTicket) -> dict[str, Any]:
    """Another shot first: the present one comes last. The straight one, which begins, cannot wait."""
    state = shots.load(ticket.pk)
    if state.base is not None and len(state.order) > 1:
        state.order.append(state.order.pop(0))
        state.last = None
        shots.save(ticket.pk, state)
    return {"step": state.order[0].value if state.order else None}


@_in_session
def go_on(request: HttpRequest, ticket: EnrolmentTicket) -> dict[str, Any]:
    """Staff have read the warning and go on: the photos will wait in the review."""
    state = shots.load(ticket.pk)
    if state.warning:
        state.heard, state.warning = [*state.heard, state.warning], ""
        shots.save(ticket.pk, state)
    return {"step": state.order[0].value if state.order else None}


@_in_session
def store(request: HttpRequest, ticket: EnrolmentTicket) -> dict[str, Any]:
    """The shots become photos of the person. JSON ``{"fewer": true}``: with three of them at least."""
    finishing.shots_store(ticket, fewer=_json(request).get("fewer") is True)
    return finishing.progress(ticket)


@_in_session
def progress(request: HttpRequest, ticket: EnrolmentTicket) -> dict[str, Any]:
    """How far the stored photos are."""
    return finishing.progress(ticket)


@_in_session
def trial(request: HttpRequest, ticket: EnrolmentTicket) -> dict[str, Any]:
    """One JPEG in; whether the kiosk would know the person by it. Of anybody else nothing is said."""
    seconds = settings.FACEROSTER["IDENTIFY_TIMEOUT_SECONDS"]
    try:
        known = finishing.recognised(ticket.person, _frame(request), timeout=seconds)
    except FaceRosterError as error:
        if not error.code.startswith("face."):
            raise
        return {"recognised": False, "person": None, "text": error.message}
    return {"recognised": known, "person": ticket.person.name if known else None, "text": ""}


@_in_session
def cancel(request: HttpRequest, ticket: EnrolmentTicket) -> dict[str, Any]:
    """Whatever this session took is deleted."""
    return {"deleted": tickets.session_cancel(ticket)}


@_in_session
def done(request: HttpRequest, ticket: EnrolmentTicket) -> dict[str, Any]:
    """The session is over; its photos stay."""
    tickets.session_end(ticket)
    return {}


def _frame(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > vision.FRAME_MAX_BYTES:
        raise InvalidInput("image.too_large", _("A frame may have one megabyte at most."))
    if request.content_type != "image/jpeg" or not request.body:
        raise InvalidInput("image.unsupported_format", _("A frame must be sent as image/jpeg."))
    return request.body


def _json(request: HttpRequest, *, most: int = _BODY_MAX) -> dict[str, Any]:
    length = request.META.get("CONTENT_LENGTH") or "0"
    try:
        body = json.loads(request.body or b"{}") if length.isdigit() and int(length) <= most else None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise InvalidInput("coaching.unreadable", _("This request cannot be read. Please try again."))
    return body


def _text(request: HttpRequest, name: str) -> str:
    value = _json(request).get(name)
    if not isinstance(value, str):
        raise InvalidInput("coaching.unreadable", _("This request cannot be read. Please try again."))
    return value
