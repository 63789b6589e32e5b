"""Forms of the admin for sites and people."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelect2Widget, UnfoldBooleanSwitchWidget

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

    new_kiosk_pin = forms.RegexField(
        r"\A[0-9]{4,8}\Z",
        required=False,
        strip=True,
        label=_("New kiosk PIN"),
        help_text=_(
            "Four to eight digits. It opens the administrator's corner of the site's kiosks. "
            "Empty: as before."
        ),
        error_messages={"invalid": _("A PIN has four to eight digits.")},
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password", "inputmode": "numeric"}),
    )
    no_kiosk_pin = forms.BooleanField(
        required=False,
        label=_("Take the kiosk PIN away"),
        help_text=_("Nobody can open the corner until there is a new one."),
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = Site
        fields = ("name", "timezone", "punch_rule", "day_starts_at", "debounce_seconds", "liveness")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "no_kiosk_pin" in self.fields and not self.instance.kiosk_pin:
            self.fields["no_kiosk_pin"].disabled = True

    def save(self, commit: bool = True) -> Any:
        pin = self.cleaned_data.get("new_kiosk_pin")
        if pin:
            self.instance.kiosk_pin = make_password(pin)
        elif self.cleaned_data.get("no_kiosk_pin"):
            self.instance.kiosk_pin = ""
        return super().save(commit)


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
