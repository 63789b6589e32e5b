"""People in the admin, with their photos."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from faceroster.enrollment import facemodel_admin  # noqa: F401 - importing registers it
from faceroster.enrollment.selectors import (
    people_with_photos_to_review,
    people_without_usable_photo,
    with_photo_counts,
)
from faceroster.people.admin import PersonAdmin
from faceroster.people.models import Person


class UsablePhotoFilter(admin.SimpleListFilter):
    title = gettext_lazy("photos")
    parameter_name = "photos"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", _("Without a usable photo")), ("review", _("With photos to review"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        if self.value() == "none":
            return queryset.filter(pk__in=people_without_usable_photo().values("pk"))
        if self.value() == "review":
            return queryset.filter(pk__in=people_with_photos_to_review().values("pk"))
        return queryset


@admin.register(Person)
class EnrolledPersonAdmin(PersonAdmin):
    """The roster. A person's page goes on with their photos, which live by themselves (views/photos.py)."""

    list_display = ("name", "employee_number", "department_shown", "photo_count", "photo_dots", "active")
    list_filter = ("active", UsablePhotoFilter, "department__site", "department")
    list_before_template = "enrollment/people_tools.html"
    change_form_outer_after_template = "enrollment/person_photos.html"

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=["enrollment/photos.js", "enrollment/webcam.js"])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        return with_photo_counts(super().get_queryset(request))

    @display(description=gettext_lazy("photos"), ordering="photos_accepted")
    def photo_count(self, person: Any) -> int:
        return person.photos_accepted

    @display(description=gettext_lazy("state of photos"))
    def photo_dots(self, person: Any) -> str:
        counts = (
            (
                "accepted",
                person.photos_accepted,
                ngettext("%(count)d accepted", "%(count)d accepted", person.photos_accepted),
            ),
            (
                "open",
                person.photos_open,
                ngettext("%(count)d being checked", "%(count)d being checked", person.photos_open),
            ),
            (
                "review",
                person.photos_review,
                ngettext("%(count)d to review", "%(count)d to review", person.photos_review),
            ),
            (
                "rejected",
                person.photos_rejected,
                ngettext("%(count)d rejected", "%(count)d rejected", person.photos_rejected),
            ),
        )
        if not any(count for kind, count, words in counts):
            return format_html('<span class="fr-none">{}</span>', _("no photo yet"))
        dots = [("fr-dot fr-dot--" + kind,) for kind, count, words in counts for dot in range(min(count, 8))]
        words = ", ".join(words % {"count": count} for kind, count, words in counts if count)
        return format_html(
            '<span class="fr-dots" role="img" title="{}" aria-label="{}">{}</span>',
            words,
            words,
            format_html_join("", '<i class="{}"></i>', dots),
        )

    def response_add(
        self, request: HttpRequest, obj: Person, post_url_continue: str | None = None
    ) -> HttpResponse:
        """After a new person come their photos, unless another button was pressed."""
        response = super().response_add(request, obj, post_url_continue)
        if {"_addanother", "_popup"} & set(request.POST):
            return response
        return redirect(reverse("admin:people_person_change", args=[obj.pk]) + "#photos")
