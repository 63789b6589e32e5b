"""Emotion tagging in the admin: one setting per site, with who switched it, when and why."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from faceroster.emotions.forms import TaggingForm
from faceroster.emotions.models import TaggedSite
from faceroster.emotions.selectors import Tagging, taggings_of
from faceroster.trust.rights import may

VIEW, SWITCH = "emotions.view_emotionswitch", "emotions.add_emotionswitch"
_FORM = ("on", "region", "confirmed", "reason")


def _tagging(site: TaggedSite) -> Tagging:
    [tagging] = taggings_of([site])
    return tagging


@admin.register(TaggedSite)
class TaggedSiteAdmin(ModelAdmin):
    """Administrators switch; staff may look."""

    form = TaggingForm
    list_display = ("name", "state", "switched")
    search_fields = ("name",)
    readonly_fields = ("state_told", "history")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, VIEW)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, VIEW)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, SWITCH)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: TaggedSite | None = None) -> Any:
        now = (None, {"fields": ("state_told",)})
        before = (_("Who switched it, when and why"), {"fields": ("history",)})
        if not self._switchable(request, obj):
            return [now, before]
        return [now, (_("Switch it"), {"fields": _FORM}), before]

    def _switchable(self, request: HttpRequest, site: TaggedSite | None) -> bool:
        """Whether there is anything to fill in: what is locked can only be switched off."""
        if site is None or not self.has_change_permission(request, site):
            return False
        tagging = _tagging(site)
        return tagging.lock is None or _was_on(tagging)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **{**kwargs, "fields": ()})
        return type("TaggingForm", (form,), {"user": request.user})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        site = self.get_object(request, object_id)
        hidden = {} if self._switchable(request, site) else {"show_save": False}
        more = {
            "title": _("Emotion tagging"), "show_save_and_continue": False, **hidden, **(extra_context or {})
        }  # fmt: skip
        response = super().change_view(request, object_id, form_url, more)
        shown = getattr(response, "context_data", None) or {}
        if "adminform" in shown and getattr(shown["adminform"].form, "locked", False):
            response.status_code = 403
        return response

    def save_model(self, request: HttpRequest, obj: TaggedSite, form: Any, change: bool) -> None:
        """Nothing is left to do: the form has switched through the service."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        if form.cleaned_data["on"] == "off":
            return _("Switched emotion tagging off.")
        return _("Switched emotion tagging on.")

    @display(
        description=gettext_lazy("emotion tagging"), label={"on": "warning", "off": "", "locked": "danger"}
    )
    def state(self, site: TaggedSite) -> tuple[str, str]:
        tagging = _tagging(site)
        if tagging.lock is not None:
            return "locked", _("Locked")
        return ("on", _("On")) if tagging.on else ("off", _("Off"))

    @display(description=gettext_lazy("last switched"), empty_value=gettext_lazy("never"))
    def switched(self, site: TaggedSite) -> str | None:
        last = _tagging(site).last
        return str(last) if last else None

    @display(description=gettext_lazy("at present"))
    def state_told(self, site: TaggedSite) -> str:
        tagging = _tagging(site)
        if tagging.lock is not None:
            told = [tagging.lock.message, _("No face is read here.")]
            if _was_on(tagging):
                told.append(_("It was on and is not any more; please switch it off."))
            return " ".join(told)
        if tagging.on:
            return _(
                "On: the face of everyone's first punch of a day is read and counted, and not whose it was."
            )
        return _("Off: no face is read here.")

    @display(description=gettext_lazy("switched"))
    def history(self, site: TaggedSite) -> str:
        rows = _tagging(site).switches
        lines = [(row, row.get_region_display() or _("no region"), row.reason) for row in rows]
        if not lines:
            return _("Never.")
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{} ({}): {}</li>", lines))


def _was_on(tagging: Tagging) -> bool:
    return tagging.last is not None and tagging.last.on
