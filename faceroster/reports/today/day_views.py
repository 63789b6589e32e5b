from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from faceroster.reports.access import viewer_only


@viewer_only
def today_day(request: HttpRequest, person_id: UUID, day: str) -> HttpResponse:
    return HttpResponse()
