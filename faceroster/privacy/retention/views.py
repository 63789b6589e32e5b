"""The page for administrators: what is kept how long, what goes next, and other days, tried first."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.privacy.models import Cause, Erasure
from faceroster.privacy.retention import looking, people
from faceroster.privacy.retention.models import RetentionRun
from faceroster.privacy.retention.rules import CONSENTS, RULES, all_days, days_check, days_set
from faceroster.trust.models import User
from faceroster.trust.rights import needs

_RUNS_SHOWN = 5


@require_http_methods(["GET", "HEAD", "POST"])
@needs("privacy.change_retention")
def retention(request: HttpRequest) -> HttpResponse:
    """New days are shown with what they would delete first. What was not shown is not saved."""
    now, problem, tried = timezone.now(), "", {}
    if request.method == "POST":
        try:
            wanted = _wanted(request)
            tried = {kind: looking.going(kind, now, days) for kind, days in wanted.items()}
            if _agreed(request, tried):
                with transaction.atomic():
                    for kind, days in wanted.items():
                        days_set(kind=kind, days=days, user=cast(User, request.user))
                messages.success(request, _("Saved."))
                return redirect("privacy:retention")
        except FaceRosterError as error:
            problem, tried = error.message, {}
    context = {
        "rows": [_row(request, one, tried) for one in looking.preview(now)],
        "problem": problem,
        "tried": tried,
        "leaving": looking.leaving(now),
        "notice_days": people.NOTICE_DAYS,
        "runs": _runs(),
        "erased": Erasure.objects.filter(cause=Cause.RETENTION).count(),
    }
    return render(request, "privacy/retention.html", context, status=400 if problem else 200)


def _row(request: HttpRequest, one: looking.Going, tried: dict[str, looking.Going]) -> dict[str, Any]:
    return {
        "going": one,
        "rule": RULES.get(one.kind),
        "typed": request.POST.get(one.kind, str(one.days)),
        "tried": tried.get(one.kind),
    }


def _wanted(request: HttpRequest) -> dict[str, int]:
    """The days that differ from those in force.

    Raises:
        InvalidInput: ``retention.not_a_number`` or ``retention.out_of_bounds``.
    """
    found, before = {}, all_days()
    for kind, rule in RULES.items():
        text = request.POST.get(kind)
        if text is None:
            continue
        text = text.strip() or ("0" if rule.endless else "")
        if not (text.isascii() and text.isdigit() and len(text) <= 5):
            raise InvalidInput("retention.not_a_number", _("Please write the days as a whole number."))
        if int(text) != before[kind]:
            days_check(kind, int(text))
            found[kind] = int(text)
    return found


def _agreed(request: HttpRequest, tried: dict[str, looking.Going]) -> bool:
    """Whether every change was shown before, and deletes tonight no more than was shown."""
    for kind, one in tried.items():
        shown = request.POST.get(f"{kind}_shown", "")
        days, _colon, count = shown.partition(":")
        if days != str(one.days) or not count.isdecimal() or one.now > int(count):
            return False
    return True


def _runs() -> list[dict[str, Any]]:
    """The last sweeps, with what each has deleted."""
    labels = {one: looking.Going(one, 0, 0, 0).label for one in (CONSENTS, *RULES)}
    rows = []
    for run in RetentionRun.objects.all()[:_RUNS_SHOWN]:
        counts = [(labels.get(kind, kind), count) for kind, count in run.counts.items()]
        began: datetime = run.started_at
        rows.append({"at": began, "running": run.ended_at is None, "counts": counts})
    return rows
