"""Bulk import: upload, dry run, go-ahead, progress."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from faceroster.core.errors import FaceRosterError
from faceroster.enrollment import selectors
from faceroster.enrollment.forms import ImportForm
from faceroster.enrollment.imports import plan as plans
from faceroster.enrollment.imports import services, table
from faceroster.enrollment.models import ImportRun, ImportStatus
from faceroster.enrollment.views.pages import page, signed_in
from faceroster.trust.rights import needs

_VIEW = "enrollment.view_importrun"
_ADD = "enrollment.add_importrun"
_TITLE = gettext_lazy("Import people")
#: As many rows of a long plan are shown; the counts are always of all.
_SHOWN = 200
_EXAMPLE = (
    "employee_number,name,department,site,email,active,consent_signed_on,consent_text\r\n"
    "1001,Ada Example,Workshop,Head office,ada@example.org,yes,{day},1-en\r\n"
    "1002,Ben Example,Office,Head office,,yes,,\r\n"
)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(_ADD)
def upload(request: HttpRequest) -> HttpResponseBase:
    """The form, and the dry run of what it brings. Nothing of a refused table is kept."""
    if request.method != "POST":
        return _form(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, status=400)
    file, archive = form.cleaned_data["table"], form.cleaned_data["archive"]
    try:
        if file.size > table.MAX_BYTES:
            raise table.too_large()
        checked = services.import_check(
            table=file.read(),
            table_name=file.name,
            archive=archive.file if archive else None,
            archive_name=archive.name if archive else "",
            create_departments=form.cleaned_data["create_departments"],
            user=signed_in(request),
        )
    except FaceRosterError as error:
        return _form(request, form, status=400, error=error)
    if checked.run is None:
        return _form(request, form, status=400, problems=checked.plan.problems, table_name=file.name)
    if checked.ignored_columns:
        messages.info(
            request,
            _("Columns that were passed over: %(columns)s.")
            % {"columns": ", ".join(checked.ignored_columns)},
        )
    return redirect("enrollment:import_run", run_id=checked.run.pk)


def _form(request: HttpRequest, form: ImportForm, *, status: int = 200, **context: object) -> HttpResponse:
    recent = ImportRun.objects.exclude(status=ImportStatus.CANCELLED).select_related("started_by")[:5]
    problems = context.pop("problems", [])
    assert isinstance(problems, list)
    return page(
        request,
        "enrollment/import.html",
        _TITLE,
        status=status,
        form=form,
        recent=recent,
        problems=problems[:_SHOWN],
        problem_count=len(problems),
        unknown_department=any(problem.code == "import.unknown_department" for problem in problems),
        **context,
    )


@require_GET
@needs(_ADD)
def example(request: HttpRequest) -> HttpResponseBase:
    """A table to start from."""
    response = HttpResponse(_EXAMPLE.format(day=timezone.localdate()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="people.csv"'
    return response


@require_GET
@needs(_VIEW)
def show(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """The dry run with its go-ahead, or how far the run is."""
    run = get_object_or_404(ImportRun, pk=run_id)
    if run.status == ImportStatus.CHECKED:
        return _preview(request, run)
    progress = selectors.import_progress(run)
    return page(request, "enrollment/import_run.html", _TITLE, progress=progress, run=run)


def _preview(request: HttpRequest, run: ImportRun) -> HttpResponse:
    plan = services.import_plan(run)
    rows = sorted(plan.rows, key=lambda row: (row.action == plans.Action.SAME, row.row))
    return page(
        request,
        "enrollment/import_preview.html",
        _TITLE,
        run=run,
        plan=plan,
        rows=rows[:_SHOWN],
        more=max(0, len(rows) - _SHOWN),
        added=plan.count(plans.Action.ADD),
        changed=plan.count(plans.Action.CHANGE),
        same=plan.count(plans.Action.SAME),
        new_departments=plan.new_departments,
    )


@require_POST
@needs(_ADD)
def start(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """The go-ahead."""
    run = get_object_or_404(ImportRun, pk=run_id)
    try:
        services.import_start(run=run)
    except FaceRosterError as error:
        messages.error(request, error.message)
    return redirect("enrollment:import_run", run_id=run_id)


@require_POST
@needs(_ADD)
def cancel(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Drop what was uploaded."""
    run = get_object_or_404(ImportRun, pk=run_id)
    try:
        services.import_cancel(run=run)
    except FaceRosterError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Nothing was imported, and the uploaded files are deleted."))
    return redirect("enrollment:import")


@require_GET
@needs(_VIEW)
def progress(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """The moving part of a run's page as a fragment."""
    run = get_object_or_404(ImportRun, pk=run_id)
    response = render(
        request,
        "enrollment/_import_progress.html",
        {"progress": selectors.import_progress(run), "run": run},
    )
    response["Cache-Control"] = "private, no-store"
    return response
