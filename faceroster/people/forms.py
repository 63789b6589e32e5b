"""Forms of the admin for sites and people."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget

from faceroster.people.models import Department, Person, Site


def zone_choices() -> list[tuple[str, str]]:
    """Every time zone, by its name."""
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]
    timezone = forms.ChoiceField(
        choices=zone_choices,
        initial="UTC",
        widget=UnfoldAdminSelect2Widget,
        label=_("Time zone"),
        help_text=_("Every punch made at this site is shown in this zone."),
    )

    class Meta:
        model = Site
        fields = ("name", "timezone", "punch_rule", "day_starts_at", "debounce_seconds")


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Person
        fields = ("name", "employee_number", "department", "email", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        department = self.fields.get("department")
        if isinstance(department, forms.ModelChoiceField):
            department.queryset = Department.objects.select_related("site")
            department.label_from_instance = _with_site  # type: ignore[assignment,method-assign]

    def clean_employee_number(self) -> str:
        return self.cleaned_data["employee_number"].strip()


def _with_site(department: Any) -> str:
    return f"{department.name} ({department.site.name})"
