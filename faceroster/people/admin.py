"""Sites and departments in the admin, and the part of a person's page that knows no photos.

People are registered in enrollment/admin.py, which adds their photos: this app may not know of them.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from faceroster.people.forms import PersonForm, SiteForm
from faceroster.people.models import Department, Person, Site
from faceroster.people.selectors import departments_with_counts
from faceroster.people.services import person_delete
from faceroster.trust.rights import is_administrator

_KIOSK_PIN = ("new_kiosk_pin", "no_kiosk_pin")


@admin.register(Site)
class SiteAdmin(ModelAdmin):
    form = SiteForm
    list_display = ("name", "timezone", "punch_rule", "debounce_seconds", "liveness")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "timezone")}),
        (_("Rules for punches"), {"fields": ("punch_rule", "day_starts_at", "debounce_seconds")}),
        (_("Kiosks"), {"fields": ("liveness", *_KIOSK_PIN)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Site | None = None) -> Any:
        """Who may only look has nothing to set, and the PIN itself cannot be shown."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj) or (obj is None and self.has_add_permission(request)):
            return fieldsets
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in _KIOSK_PIN]})
            for title, options in fieldsets
        ]


@admin.register(Department)
class DepartmentAdmin(ModelAdmin):
    list_display = ("name", "site", "active_people", "managers_shown")
    list_filter = ("site",)
    list_filter_sheet = False
    search_fields = ("name", "site__name")
    autocomplete_fields = ("managers",)
    fields = ("name", "site", "managers")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        return departments_with_counts().prefetch_related("managers")

    @display(description=_("active people"), ordering="people_count")
    def active_people(self, department: Any) -> int:
        return department.people_count

    @display(description=_("managers"), empty_value=_("nobody"))
    def managers_shown(self, department: Department) -> str | None:
        names = [user.get_full_name() or user.username for user in department.managers.all()]
        return ", ".join(names) or None


class PersonAdmin(ModelAdmin):
    """Details of people. Base of the one that is registered."""

    form = PersonForm
    list_display: tuple[str, ...] = ("name", "employee_number", "department_shown", "active")
    list_filter: tuple[Any, ...] = ("active", "department__site", "department")
    list_per_page = 50
    search_fields = ("name", "employee_number", "email")
    list_select_related = ("department__site",)
    fieldsets = (
        (None, {"fields": (("name", "employee_number"), ("department", "email"), "active")}),
        (_("Employment"), {"fields": (("joined_on", "left_on"),)}),
    )
    autocomplete_fields: tuple[str, ...] = ("user",)

    def get_fieldsets(self, request: HttpRequest, obj: Person | None = None) -> Any:
        """An account opens all that is known of a person: only administrators hand it out."""
        fieldsets = super().get_fieldsets(request, obj)
        if not is_administrator(request.user):
            return fieldsets
        return (*fieldsets, (_("Account"), {"fields": ("user",)}))

    def delete_model(self, request: HttpRequest, obj: Person) -> None:
        person_delete(person=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        for person in queryset.select_related("subject_key"):
            person_delete(person=person)

    @display(description=_("department"), ordering="department__name", header=True)
    def department_shown(self, person: Person) -> tuple[str, str]:
        return person.department.name, person.department.site.name
