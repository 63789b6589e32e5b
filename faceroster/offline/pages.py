"""Offline entries, for those who look at attendance and those who decide about it."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from faceroster.core.errors import FaceRosterError, NotAllowed
from faceroster.offline.models import Flag, OfflineEntry, Status
from faceroster.offline.resolving import entry_resolve
from faceroster.offline.selectors import entries_decided_by, entries_visible_to, open_entries
from faceroster.offline.words import reason_of
from faceroster.trust.guards import decides, guarded, looks
from faceroster.trust.models import User

PAGE = 50


@require_safe
def _entries(request: HttpRequest) -> HttpResponse:
    everything = request.GET.get("show") == "all"
    visible = entries_visible_to(request.user)
    waiting = open_entries(visible)
    page = Paginator(visible if everything else waiting, PAGE).get_page(request.GET.get("page", "1"))
    rows = list(page.object_list)
    decided = set(
        entries_decided_by(request.user).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True)
    )
    context = {
        "page": page,
        "rows": [_row(row, row.pk in decided) for row in rows],
        "everything": everything,
        "open_count": waiting.count(),
    }
    return render(request, "offline/entries.html", context)


entries = guarded(_entries, looks)


def _row(entry: OfflineEntry, may_decide: bool) -> dict[str, object]:
    return {
        "entry": entry,
        "flags": [Flag(flag) for flag in entry.flags],
        "reason": reason_of(entry.code),
        "solve": may_decide and entry.open,
        "record": entry.status == Status.HELD and entry.person_id is not None,
        "skew": round(abs(entry.skew_seconds) / 60),
        "behind": entry.skew_seconds > 0,
    }


@require_POST
def _resolve(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    get_object_or_404(entries_visible_to(request.user), pk=entry_id)
    record = request.POST.get("action") == "record"
    try:
        entry_resolve(
            entry_id=entry_id,
            user=cast(User, request.user),
            reason=request.POST.get("reason", ""),
            record=record,
        )
    except NotAllowed as error:
        raise PermissionDenied from error
    except FaceRosterError as error:
        messages.error(request, f"{error.message} ({error.code})")
    else:
        messages.success(request, _("The punch is recorded.") if record else _("The entry is settled."))
    back = QueryDict(mutable=True)
    if request.POST.get("show") == "all":
        back["show"] = "all"
    return HttpResponseRedirect(reverse("offline_entries:list") + (f"?{back.urlencode()}" if back else ""))


resolve = guarded(_resolve, decides)
