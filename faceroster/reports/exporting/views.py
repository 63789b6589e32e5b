"""Exporting a timesheet: at once, or in the background with a page to wait on."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.audit.subjects import Subject
from faceroster.core.errors import Conflict, FaceRosterError, NotAllowed
from faceroster.reports.access import viewer_only
from faceroster.reports.exporting import runs as service
from faceroster.reports.exporting.access import viewer_posts
from faceroster.reports.models import ExportFormat, ExportKind, ExportRun
from faceroster.reports.timesheets.months import month_read
from faceroster.trust.models import User


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _wish(request: HttpRequest) -> service.Wish:
    month = month_read(request.POST.get("month", ""))
    person = request.POST.get("person", "")
    try:
        if month is None:
            raise Http404
        return service.Wish(
            format=ExportFormat(request.POST.get("format", "")),
            department=UUID(request.POST.get("department", "")),
            month=month,
            person=UUID(person) if person else None,
        )
    except ValueError:
        raise Http404 from None


@viewer_posts
def ask(request: HttpRequest) -> HttpResponseBase:
    """The file itself, or, when it is large or should be made in the background, the page to wait on."""
    user, wish = _user(request), _wish(request)
    try:
        document = service.document_for(user, wish)
        if not request.POST.get("background") and not service.is_large(document, wish.format):
            _record(wish)
            content = service.content_of(document, wish.format)
            return _download(content, wish.format, document.file_name(wish.format.value))
        run = service.export_ask(user=user, wish=wish, rows=document.rows)
    except NotAllowed:
        raise Http404 from None
    except FaceRosterError as error:
        messages.error(request, error.message)
        return redirect("reports:exports")
    return redirect("reports:export_run", run.pk)


def _record(wish: service.Wish) -> None:
    """Before it is sent. One that is made in the background is recorded when it is fetched."""
    subject = Subject(kind="reports.timesheet", person=wish.person, department=wish.department)
    record(Action.EXPORT_MADE, subject=subject, details={"format": wish.format.value, **wish.as_json()})


def _download(content: Iterator[bytes], written_as: ExportFormat, name: str) -> HttpResponseBase:
    kind = service.CONTENT_TYPES[written_as]
    response: HttpResponseBase
    if written_as == ExportFormat.CSV:
        response = StreamingHttpResponse(content, content_type=kind)
    else:
        response = HttpResponse(b"".join(content), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _mine(request: HttpRequest, run_id: UUID) -> ExportRun:
    return get_object_or_404(ExportRun, pk=run_id, asked_by=_user(request))


def _origin(run: ExportRun) -> str:
    """The page that it was asked for on."""
    said = run.parameters
    if run.kind == ExportKind.PERSON:
        there = reverse("reports:timesheet", args=[said["person"], said["month"]])
        return f"{there}?department={said['department']}"
    return f"{reverse('reports:timesheets')}?department={said['department']}&month={said['month']}"


@viewer_only
def runs(request: HttpRequest) -> HttpResponse:
    """One's own exports, for as long as they are kept."""
    mine = ExportRun.objects.filter(asked_by=_user(request))[:50]
    return render(request, "reports/timesheets/exports.html", {"runs": mine})


@viewer_only
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """How far one's export is, and its file."""
    mine = _mine(request, run_id)
    return render(request, "reports/timesheets/export.html", {"run": mine, "origin": _origin(mine)})


@viewer_only
def progress(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The part of that page that changes."""
    mine = _mine(request, run_id)
    response = render(request, "reports/timesheets/_export.html", {"run": mine, "origin": _origin(mine)})
    response["Cache-Control"] = "no-store"
    return response


@viewer_only
def file(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """The finished file. 404 for who did not ask for it, and for who may no longer see what is in it."""
    mine = _mine(request, run_id)
    try:
        data = service.export_open(run=mine, user=_user(request))
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("reports:export_run", mine.pk)
    except FaceRosterError:
        raise Http404 from None
    _record(service.Wish.of(mine))
    return _download(iter([data]), ExportFormat(mine.format), mine.file_name)
