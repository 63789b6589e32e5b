"""Consent texts, published here, and the list of consents, for reading."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from faceroster.consents.models import Consent, ConsentText, Ending, How
from faceroster.consents.publishing import LEAST_DAYS, MOST_DAYS, text_publish
from faceroster.consents.selectors import SOON, text_current
from faceroster.consents.starting import TERM_DAYS
from faceroster.core.errors import FaceRosterError
from faceroster.trust.models import User


class ConsentTextForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new version. It begins as the one in force, so that only what differs has to be written."""

    class Meta:
        model = ConsentText
        fields = ["language", "title", "purpose", "body", "term_days"]
        widgets = {"body": UnfoldAdminTextareaWidget(attrs={"rows": 24})}

    def clean_term_days(self) -> int:
        days: int = self.cleaned_data["term_days"]
        if not LEAST_DAYS <= days <= MOST_DAYS:
            told = gettext("The term must be %(least)d to %(most)d days.")
            raise ValidationError(told % {"least": LEAST_DAYS, "most": MOST_DAYS})
        return days


@admin.register(ConsentText)
class ConsentTextAdmin(ModelAdmin):
    """Published texts can be read; what is wrong with one is put right in the next."""

    form = ConsentTextForm
    list_display = ("title", "language", "version", "in_force", "term_days", "created_at")
    list_filter = ("language",)
    list_filter_sheet = False
    fieldsets = ((None, {"fields": (("language", "term_days"), "title", "purpose", "body")}),)

    def get_fieldsets(self, request: HttpRequest, obj: ConsentText | None = None) -> Any:
        about = (gettext_lazy("As published"), {"fields": ("version", "digest", "created_at")})
        return self.fieldsets if obj is None else (*self.fieldsets, about)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        last = text_current(request.GET.get("language"))
        if last is None:
            return {"term_days": TERM_DAYS}
        fields = ("language", "title", "purpose", "body", "term_days")
        return {name: getattr(last, name) for name in fields}

    def save_model(self, request: HttpRequest, obj: ConsentText, form: Any, change: bool) -> None:
        user = request.user if isinstance(request.user, User) else None
        given = {name: form.cleaned_data[name] for name in form.Meta.fields}
        published = text_publish(**given, user=user)
        for field in ConsentText._meta.concrete_fields:
            setattr(obj, field.attname, getattr(published, field.attname))
        obj._state.adding = False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except FaceRosterError as error:
            self.message_user(request, error.message, messages.ERROR)
            return self.response_post_save_add(request, ConsentText())

    def has_change_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return False

    @display(description=_("in force"), boolean=True)
    def in_force(self, text: ConsentText) -> bool:
        return text == text_current(text.language)


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", _("In force")),
            ("anew", _("To be signed anew")),
            (Ending.WITHDRAWN.value, _("Withdrawn")),
            (Ending.EXPIRED.value, _("Expired")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Consent]) -> QuerySet[Consent]:
        chosen = self.value()
        if chosen == "open":
            return queryset.filter(ended_at__isnull=True)
        if chosen == "anew":
            still = queryset.filter(ended_at__isnull=True)
            return still.filter(how=How.BEFORE) | still.filter(expires_at__lte=timezone.now() + SOON)
        return queryset.filter(ending=chosen) if chosen in Ending.values else queryset


@admin.register(Consent)
class ConsentAdmin(ModelAdmin):
    """Who has consented. It is signed and withdrawn on the person's own page."""

    list_display = ("person", "how", "text", "signed_at", "expires_at", "ending", "page_shown")
    list_display_links = None
    list_filter = (StateFilter, "how", "person__department")
    search_fields = ("person__name", "person__employee_number")
    list_select_related = ("person", "text")
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Consent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Consent | None = None) -> bool:
        # Asked when a person goes, too: their consents go with them.
        return "consents/consent" not in request.path and request.user.has_perm("people.delete_person")

    @display(description="")
    def page_shown(self, consent: Consent) -> str:
        address = reverse("consents:person", args=[consent.person_id])
        return format_html('<a href="{}">{}</a>', address, gettext("Open"))
