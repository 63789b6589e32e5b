"""The page of the audit log: for reading, searching and exporting, and for nothing else."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from faceroster.audit import csv_export, words
from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.audit.selectors import entries_found, entries_visible_to
from faceroster.audit.services import record
from faceroster.audit.subjects import Subject
from faceroster.trust.rights import is_administrator

_EXPORT = "csv"
_FACTS = (
    "number",
    "time",
    "who",
    "what",
    "whom",
    "details_shown",
    "address_shown",
    "request_id",
    "hash_shown",
)


class GroupFilter(DropdownFilter):
    """By what was done, in groups: the part of the code before its dot."""

    title = _("about")
    parameter_name = "about"
    groups = {
        "face": (_("Looks at faces"), ("face.", Action.PHOTO_LOOKED.value, "picture.")),
        "person": (_("People, PINs and badges"), ("person.", "pin.", "badge.")),
        "photo": (_("Enrollment photos"), ("photo.",)),
        "punch": (_("Punches, corrections and leave"), ("punch.", "correction.", "finding.", "leave.")),
        "period": (_("Timesheets and periods"), ("timesheet.", "period.")),
        "export": (_("Exports"), ("export.",)),
        "setting": (_("Settings and kiosks"), ("setting.", "kiosk.")),
        "user": (_("Users and API tokens"), ("user.", "token.")),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        staff = () if is_administrator(request.user) else ("setting", "user")
        return [(name, label) for name, (label, _codes) in self.groups.items() if name not in staff]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        chosen = self.groups.get(self.value() or "")
        if chosen is None:
            return queryset
        return queryset.filter(action__in=[code for code in Action.values if code.startswith(chosen[1])])


class ActionFilter(DropdownFilter):
    """By exactly what was done."""

    title = _("what")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Action.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.filter(action=self.value()) if self.value() in Action.values else queryset


@admin.register(Entry)
class EntryAdmin(ModelAdmin):
    list_display = ("time", "who_shown", "what", "whom_shown", "details_short")
    list_filter = (("at", RangeDateTimeFilter), GroupFilter, ActionFilter, "actor_kind")
    list_filter_submit = True
    list_per_page = 50
    list_before_template = "audit/tools.html"
    show_full_result_count = False
    search_fields = ("actor_name", "subject_name")
    search_help_text = _("Name of who did it or of whom it concerns, or an address")
    ordering = ("-at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return entries_visible_to(request.user)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entry], search_term: str
    ) -> tuple[QuerySet[Entry], bool]:
        return entries_found(queryset, search_term), False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        hidden = () if is_administrator(request.user) else ("address_shown",)
        return [(None, {"fields": [name for name in _FACTS if name not in hidden]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return _FACTS

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        if request.GET.get("export") == _EXPORT and self.has_view_permission(request):
            return self._csv(request)
        if "export" in request.GET:
            request.GET = _without_export(request)
        query = request.GET.copy()
        query["export"] = _EXPORT
        return super().changelist_view(request, {"export_query": query.urlencode(), **(extra_context or {})})

    def _csv(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows, all of it. That it was taken along is recorded first."""
        request.GET = _without_export(request)
        entries = self.get_changelist_instance(request).get_queryset(request)
        record(
            Action.EXPORT_MADE,
            subject=Subject(kind="audit.entry"),
            details={"format": _EXPORT, "filter": request.GET.urlencode()},
        )
        lines = csv_export.lines(entries, addresses=is_administrator(request.user))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = f"audit-{timezone.now():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response

    @display(description=_("time"), ordering="at")
    def time(self, entry: Entry) -> str:
        # Of people at several sites: in one zone, and to the second.
        return f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

    @display(description=_("who"), ordering="actor_name", header=True)
    def who_shown(self, entry: Entry) -> tuple[str, str]:
        return words.who(entry), entry.get_actor_kind_display() if entry.actor_name else ""

    @display(description=_("who"))
    def who(self, entry: Entry) -> str:
        return words.who(entry)

    @display(description=_("what"), ordering="action")
    def what(self, entry: Entry) -> str:
        return words.what(entry)

    @display(description=_("to whom or what"), header=True)
    def whom_shown(self, entry: Entry) -> tuple[str, str]:
        return words.whom(entry), words.kind(entry)

    @display(description=_("to whom or what"))
    def whom(self, entry: Entry) -> str:
        return " – ".join(part for part in (words.kind(entry), words.whom(entry)) if part) or "–"

    @display(description=_("details"))
    def details_short(self, entry: Entry) -> str:
        text = "; ".join(words.details(entry))
        return text if len(text) <= 120 else f"{text[:119]}…"

    @display(description=_("details"))
    def details_shown(self, entry: Entry) -> SafeString:
        lines = ((line,) for line in words.details(entry))
        return format_html_join(mark_safe("<br>"), "{}", lines) or SafeString("–")

    @display(description=_("address"))
    def address_shown(self, entry: Entry) -> str:
        return entry.address or "–"

    @display(description=_("number"))
    def number(self, entry: Entry) -> str:
        link = getattr(entry, "link", None)
        return str(link.number) if link else "–"

    @display(description=_("hash"))
    def hash_shown(self, entry: Entry) -> str:
        link = getattr(entry, "link", None)
        return link.hash if link else "–"


def _without_export(request: HttpRequest) -> Any:
    query = request.GET.copy()
    query.pop("export", None)
    return query
