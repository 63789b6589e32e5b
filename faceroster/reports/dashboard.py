"""The figures on the admin's first page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.enrollment.models import EnrollmentPhoto, PhotoStatus
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.people.models import Person
from faceroster.people.selectors import people_visible_to, sites_visible_to
from faceroster.reports.today.states import State, with_states

_SEEN_WITHIN = timedelta(minutes=5)


def _list_url(model: type[Model], query: str = "") -> str:
    """The address of the admin's list of ``model``; empty when the admin has none."""
    if not admin.site.is_registered(model):
        return ""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + query


def _number(label: str, value: int, url: str, tone: str = "plain") -> dict[str, Any]:
    return {"label": label, "value": value, "url": url, "tone": tone}


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add ``numbers`` to the admin's index: dicts of label, value, url and tone (plain, good or warn)."""
    now = timezone.now()
    active = Person.objects.filter(active=True)
    faceless = active.exclude(photos__status=PhotoStatus.ACCEPTED).count()
    review = EnrollmentPhoto.objects.filter(status=PhotoStatus.REVIEW).count()
    kiosks = Kiosk.objects.filter(status=KioskStatus.ACTIVE, last_seen_at__gte=now - _SEEN_WITHIN).count()
    visible = people_visible_to(request.user).filter(active=True)
    everyone = with_states(visible, sites=sites_visible_to(request.user), now=now)
    present = everyone.filter(state=State.IN).count()
    context["numbers"] = [
        _number(_("In now"), present, reverse("reports:today"), "good"),
        _number(_("People"), active.count(), _list_url(Person, "?active__exact=1")),
        _number(
            _("Without an accepted photo"),
            faceless,
            _list_url(Person, "?photos=none"),
            "warn" if faceless else "plain",
        ),
        _number(
            _("Photos to review"),
            review,
            reverse("enrollment:review"),
            "warn" if review else "plain",
        ),
        _number(
            _("Kiosks seen in the last 5 minutes"), kiosks, _list_url(Kiosk), "good" if kiosks else "warn"
        ),
    ]
    return context
