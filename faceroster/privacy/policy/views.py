"""The public page about privacy, and the sign that hangs beside a kiosk. Both without signing in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import segno
from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from faceroster.consents.selectors import text_current
from faceroster.privacy.models import Retention
from faceroster.privacy.retention.rules import all_days

#: When the words of the page last changed what they promise. The date shown is this, or that of the newest
#: change of a term by an administrator.
VERSION = 1
WRITTEN = date(2026, 11, 23)


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Who is responsible, what is kept, why, how long, who sees it, and which rights people have."""
    text = text_current(getattr(request, "LANGUAGE_CODE", None))
    context = {
        **_who(),
        "days": all_days(),
        "consent_days": settings.FACEROSTER["CONSENT_ERASURE_DAYS"],
        "version": VERSION,
        "changed_on": _changed_on(),
        "consent_text": text,
    }
    return render(request, "privacy/policy/page.html", context)


@require_safe
def sign(request: HttpRequest) -> HttpResponse:
    """One page of A4 to print, with a QR code that leads to the policy."""
    address = settings.FACEROSTER_BASE_URL + reverse("privacy:policy")
    context = {
        **_who(),
        "address": address,
        "crop_days": all_days()["crops"],
        # Drawn by segno from our own address.
        "code": mark_safe(_code(address)),  # noqa: S308
    }
    return render(request, "privacy/policy/sign.html", context)


def _code(address: str) -> str:
    svg = segno.make(address, error="q", micro=False).svg_inline(omitsize=True, border=4, light="#fff")
    return str(svg)


def _who() -> dict[str, Any]:
    names = {"responsible": "RESPONSIBLE", "contact": "CONTACT", "authority": "AUTHORITY"}
    return {name: settings.FACEROSTER[f"PRIVACY_{key}"] for name, key in names.items()}


def _changed_on() -> date:
    newest: datetime | None = Retention.objects.aggregate(newest=Max("changed_at"))["newest"]
    return max(WRITTEN, newest.date()) if newest is not None else WRITTEN
