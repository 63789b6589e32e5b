"""Mistaken recognitions in the admin: whose face now needs a PIN, until somebody says that it need not."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from faceroster.kiosks.models import FalseAccept


@admin.register(FalseAccept)
class FalseAcceptAdmin(ModelAdmin):
    """For reading, and for administrators to delete: the face is then taken for the person again as before.

    That is right once the photos of both are better, or when somebody pressed the button for fun.
    """

    list_display = ("created_at", "person", "kiosk_shown", "site_shown", "decision_link")
    list_filter = ("decision__site",)
    list_filter_sheet = False
    list_select_related = ("person", "decision__kiosk", "decision__site")
    search_fields = ("person__name", "person__employee_number")
    date_hierarchy = "created_at"
    fields = ("created_at", "person", "kiosk_shown", "site_shown", "decision_link", "model")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[FalseAccept]:
        return super().get_queryset(request).defer("sealed")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: FalseAccept | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        title = {"title": _("“That's not me”: faces that need a PIN")}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    @display(description=gettext_lazy("kiosk"))
    def kiosk_shown(self, row: FalseAccept) -> str:
        return str(row.decision.kiosk or "")

    @display(description=gettext_lazy("site"))
    def site_shown(self, row: FalseAccept) -> str:
        return str(row.decision.site)

    @display(description=gettext_lazy("decision"))
    def decision_link(self, row: FalseAccept) -> SafeString:
        address = reverse("admin:kiosks_decision_change", args=[row.decision_id])
        return format_html('<a href="{}">{}</a>', address, _("why it was recognised so"))
