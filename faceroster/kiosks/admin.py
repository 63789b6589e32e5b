"""Decisions of kiosks in the admin."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from faceroster.kiosks.kiosk_admin import KioskAdmin
from faceroster.kiosks.liveness_words import cues_said, liveness_said
from faceroster.kiosks.models import Decision, Outcome
from faceroster.kiosks.scores import classifier_said, meaning, score_text, verdict
from faceroster.people.models import Person

_WHY = (
    "score_shown", "meaning_shown", "margin_shown", "candidates_shown", "classifier_shown", "quality_shown",
    "codes",
)  # fmt: skip


class LivenessFilter(admin.SimpleListFilter):
    """By what liveness came to, and by whether movements were asked for."""

    title = gettext_lazy("liveness")
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("live", gettext_lazy("Shown to be live")),
            ("not_live", gettext_lazy("Not shown to be live")),
            ("challenged", gettext_lazy("Asked for movements")),
            ("unasked", gettext_lazy("Not asked for")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        if self.value() == "challenged":
            return queryset.filter(liveness__has_key="challenge")
        if self.value() == "unasked":
            return queryset.filter(liveness={})
        if self.value() in ("live", "not_live"):
            return queryset.filter(liveness__verdict=self.value())
        return queryset


__all__ = ["DecisionAdmin", "KioskAdmin"]


@admin.register(Decision)
class DecisionAdmin(ModelAdmin):
    """Why someone was recognised, or was not. For reading only."""

    list_display = ("created_at", "outcome_shown", "person", "score_shown", "kiosk", "site", "frames")
    list_filter = ("outcome", LivenessFilter, "site", "kiosk")
    list_filter_sheet = False
    list_select_related = ("person", "kiosk", "site")
    date_hierarchy = "created_at"
    search_fields = ("person__name", "person__employee_number")
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("outcome", "person", "created_at", "last_frame_at", "frames")}),
        (gettext_lazy("Where"), {"fields": ("kiosk", "site")}),
        (gettext_lazy("Why"), {"fields": _WHY}),
        (gettext_lazy("Liveness"), {"fields": ("liveness_shown", "cues_shown")}),
        (
            gettext_lazy("With what"),
            {"fields": ("model", "gallery_version", "box", "frame_size", "latency_shown")},
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Decision | None = None) -> list[str]:
        return [name for _, options in self.fieldsets for name in options["fields"]]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Decision | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Decision | None = None) -> bool:
        return False

    @display(
        description=gettext_lazy("outcome"),
        ordering="outcome",
        label={
            Outcome.ACCEPTED: "success",
            Outcome.AMBIGUOUS: "warning",
            Outcome.UNKNOWN: "danger",
            Outcome.NOT_LIVE: "danger",
        },
    )
    def outcome_shown(self, decision: Decision) -> tuple[str, str]:
        return decision.outcome, decision.get_outcome_display()

    @display(description=gettext_lazy("score"), ordering="score")
    def score_shown(self, decision: Decision) -> str:
        return verdict(decision) or _("none")

    @display(description=gettext_lazy("that is"))
    def meaning_shown(self, decision: Decision) -> str:
        return meaning(decision)

    @display(description=gettext_lazy("needed lead over the next"))
    def margin_shown(self, decision: Decision) -> str:
        return score_text(decision.margin, decision.score_kind)

    @display(description=gettext_lazy("liveness"))
    def liveness_shown(self, decision: Decision) -> SafeString:
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in liveness_said(decision)))

    @display(description=gettext_lazy("measured"))
    def cues_shown(self, decision: Decision) -> str:
        return cues_said(decision)

    @display(description=gettext_lazy("quality"))
    def quality_shown(self, decision: Decision) -> str:
        return _("not measured") if decision.quality is None else f"{decision.quality:.2f}"

    @display(description=gettext_lazy("best people"))
    def candidates_shown(self, decision: Decision) -> SafeString:
        names = dict(
            Person.objects.filter(pk__in=[entry["person"] for entry in decision.candidates]).values_list(
                "pk", "name"
            )
        )
        lines = [
            (
                names.get(UUID(entry["person"]), _("someone who was deleted")),
                score_text(entry["score"], decision.score_kind),
            )
            for entry in decision.candidates
        ]
        return format_html_join(mark_safe("<br>"), "{}: {}", lines) or SafeString(_("nobody is enrolled"))

    @display(description=gettext_lazy("classifier"))
    def classifier_shown(self, decision: Decision) -> str:
        proposed = Person.objects.filter(pk=decision.classified.get("person")).first()
        return classifier_said(decision, proposed.name if proposed else _("someone who was deleted"))

    @display(description=gettext_lazy("milliseconds"))
    def latency_shown(self, decision: Decision) -> str:
        return ", ".join(f"{stage} {ms}" for stage, ms in decision.latency_ms.items())
