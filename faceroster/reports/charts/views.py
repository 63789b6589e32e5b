"""Hours, overtime, lateness and absence over months, as charts and tables."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.reports.access import viewer_only
from faceroster.reports.charts.asked import Asked, asked
from faceroster.reports.charts.reports import report_for
from faceroster.reports.exports import csv_response


def _asked(request: HttpRequest) -> Asked:
    return asked(request.user, request.GET, today=timezone.now().date())


@viewer_only
def charts(request: HttpRequest) -> HttpResponse:
    """The report of some months."""
    question = _asked(request)
    report = report_for(request.user, question)
    return render(request, "reports/charts/page.html", {"asked": question, "report": report})


@viewer_only
def charts_csv(request: HttpRequest, table: str) -> HttpResponseBase:
    """One of its tables."""
    question = _asked(request)
    for one in report_for(request.user, question).tables:
        if one.key == table:
            days = {"first": str(question.first), "last": str(question.last)}
            record(Action.EXPORT_MADE, details={"format": "csv", "table": table, **days})
            name = f"{table} {question.first} {question.last}"
            return csv_response(name, one.csv_rows())
    raise Http404("No such table")
