"""Kiosks and their decisions in the admin."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from faceroster.core.errors import FaceRosterError
from faceroster.kiosks.forms import PairForm
from faceroster.kiosks.models import Decision, Kiosk, KioskStatus, Outcome
from faceroster.kiosks.scores import classifier_said, meaning, score_text, verdict
from faceroster.kiosks.selectors import kiosks_shown
from faceroster.kiosks.services import kiosk_approve, kiosk_revoke
from faceroster.people.models import Person
from faceroster.trust.models import User

_WHY = (
    "score_shown", "meaning_shown", "margin_shown", "candidates_shown", "classifier_shown", "quality_shown",
    "codes",
)  # fmt: skip


@admin.register(Kiosk)
class KioskAdmin(ModelAdmin):
    """Adding a kiosk is pairing one: with the code that it shows."""

    list_display = ("label", "status_shown", "site", "last_seen_at", "paired_by", "paired_at")
    list_filter = ("status", "site")
    list_filter_sheet = False
    search_fields = ("name",)
    actions_list = ("pair",)
    actions_list_hide_default = True
    actions_detail = ("revoke",)
    readonly_fields = ("status", "last_seen_at", "paired_by", "paired_at", "user_agent")
    fieldsets = (
        (None, {"fields": ("name", "site")}),
        (
            gettext_lazy("State"),
            {"fields": ("status", "last_seen_at", "paired_by", "paired_at", "user_agent")},
        ),
    )
    add_fieldsets = ((gettext_lazy("Pair a kiosk"), {"fields": ("code", "name", "site")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Kiosk]:
        return kiosks_shown().select_related("paired_by")

    def get_fieldsets(self, request: HttpRequest, obj: Kiosk | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Kiosk | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change=change, **kwargs)
        form = super().get_form(request, None, change=change, form=PairForm, **kwargs)
        return type("PairForm", (form,), {"user": request.user})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return super().add_view(request, form_url, {"title": _("Pair a kiosk"), **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Kiosk, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        kiosk_approve(
            code=form.cleaned_data["code"], name=obj.name, site=form.cleaned_data["site"], user=form.user
        )
        obj.refresh_from_db()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_change_permission(request))  # pairing is for staff, not administrators alone

    def has_delete_permission(self, request: HttpRequest, obj: Kiosk | None = None) -> bool:
        """Only what was never paired goes; the punches of the others name them."""
        return self.has_change_permission(request) and (obj is not None and obj.status == KioskStatus.PENDING)

    @display(description=gettext_lazy("kiosk"), ordering="name")
    def label(self, kiosk: Kiosk) -> str:
        # Not the code: whoever types it must have seen the kiosk's screen.
        return str(kiosk)

    @display(
        description=gettext_lazy("status"),
        ordering="status",
        label={KioskStatus.ACTIVE: "success", KioskStatus.PENDING: "warning", KioskStatus.REVOKED: "danger"},
    )
    def status_shown(self, kiosk: Kiosk) -> tuple[str, str]:
        return kiosk.status, kiosk.get_status_display()

    @action(
        description=gettext_lazy("Pair a kiosk"), url_path="pair", icon="tablet_mac", permissions=["change"]
    )
    def pair(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:kiosks_kiosk_add"))

    @action(
        description=gettext_lazy("Revoke"),
        url_path="revoke",
        icon="block",
        permissions=["change"],
        dialog={
            "title": gettext_lazy("Revoke this kiosk?"),
            "description": gettext_lazy(
                "Its next picture is refused and its screen returns to pairing. "
                "What was recorded with it stays."
            ),
            "form_class": None,
            "form_submit_text": gettext_lazy("Revoke"),
        },
    )
    def revoke(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        kiosk = self.get_object(request, object_id)
        if kiosk is None:
            raise Http404
        try:
            kiosk_revoke(kiosk=kiosk, user=cast(User, request.user))
        except FaceRosterError as error:
            messages.error(request, error.message)
        else:
            self.log_change(request, kiosk, _("Revoked."))
            messages.success(request, _("%(name)s is no kiosk any more.") % {"name": kiosk.name})
        return HttpResponse(headers={"HX-Redirect": reverse("admin:kiosks_kiosk_changelist")})


@admin.register(Decision)
class DecisionAdmin(ModelAdmin):
    """Why someone was recognised, or was not. For reading only."""

    list_display = ("created_at", "outcome_shown", "person", "score_shown", "kiosk", "site", "frames")
    list_filter = ("outcome", "site", "kiosk")
    list_filter_sheet = False
    list_select_related = ("person", "kiosk", "site")
    date_hierarchy = "created_at"
    search_fields = ("person__name", "person__employee_number")
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("outcome", "person", "created_at", "last_frame_at", "frames")}),
        (gettext_lazy("Where"), {"fields": ("kiosk", "site")}),
        (gettext_lazy("Why"), {"fields": _WHY}),
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
        label={Outcome.ACCEPTED: "success", Outcome.AMBIGUOUS: "warning", Outcome.UNKNOWN: "danger"},
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
