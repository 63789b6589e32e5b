"""Punches in the admin: to look at, and to add one by hand. Nothing is changed or deleted here."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter, RelatedDropdownFilter
from unfold.decorators import display

from faceroster.attendance import not_me_admin  # noqa: F401 - importing registers it
from faceroster.attendance.forms import ManualPunchForm
from faceroster.attendance.models import Direction, Punch
from faceroster.kiosks.scores import verdict

_FACTS = (
    "person",
    "site",
    "local_time",
    "day",
    "direction",
    "source",
    "kiosk",
    "recognition",
    "recorded_by",
    "note",
)


@admin.register(Punch)
class PunchAdmin(ModelAdmin):
    list_display = ("person_shown", "local_time", "direction_label", "site", "source", "day")
    list_display_links = ("person_shown",)
    list_filter = (
        ("day", RangeDateFilter),
        ("site", RelatedDropdownFilter),
        ("person__department", RelatedDropdownFilter),
        "direction",
        "source",
    )
    list_filter_submit = True
    list_per_page = 50
    search_fields = ("person__name", "person__employee_number")
    search_help_text = gettext_lazy("Name or employee number")
    autocomplete_fields = ("person",)
    ordering = ("-at",)
    readonly_fields = ("local_time", "recognition")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Punch]:
        rows = super().get_queryset(request)
        return rows.select_related("person__department", "site", "kiosk", "decision", "recorded_by")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return _FACTS if obj else ("person", "site", "date", "time", "direction", "note")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Punch]]:
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        form = super().get_form(request, obj, change, **{**kwargs, "form": ManualPunchForm})
        form.user = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Punch, form: Any, change: bool) -> None:
        """Nothing is left to do: the form has recorded the punch through the service."""

    @display(description=gettext_lazy("person"), ordering="person__name", header=True)
    def person_shown(self, punch: Punch) -> tuple[str, str]:
        return punch.person.name, punch.person.department.name

    @display(description=gettext_lazy("time at the site"), ordering="at")
    def local_time(self, punch: Punch) -> str:
        return f"{punch.at.astimezone(ZoneInfo(punch.zone)):%Y-%m-%d %H:%M:%S} ({punch.zone})"

    @display(
        description=gettext_lazy("direction"),
        ordering="direction",
        label={Direction.IN.value: "success", Direction.OUT.value: "info"},
    )
    def direction_label(self, punch: Punch) -> tuple[str, str]:
        return punch.direction, punch.get_direction_display()

    @display(description=gettext_lazy("recognition"), empty_value=gettext_lazy("none"))
    def recognition(self, punch: Punch) -> str | None:
        decision = punch.decision
        if decision is None or (words := verdict(decision)) is None:
            return None
        return _("score %(words)s (model %(model)s)") % {"words": words, "model": decision.model}
