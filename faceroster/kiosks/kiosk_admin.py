"""The devices by the door in the admin: pairing them, how they fare, and taking their right away."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from faceroster.core.errors import FaceRosterError
from faceroster.kiosks.forms import PairForm
from faceroster.kiosks.keys import KeyState, key_state
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.presence import Sight, sight_filter, sight_of
from faceroster.kiosks.selectors import kiosks_shown
from faceroster.kiosks.services import kiosk_approve, kiosk_revoke
from faceroster.trust.models import User


class SightFilter(admin.SimpleListFilter):
    """In sight, silent, waiting or revoked."""

    title = gettext_lazy("state")
    parameter_name = "sight"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Sight.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Kiosk]) -> QuerySet[Kiosk]:
        chosen = self.value()
        if chosen not in Sight.values:
            return queryset
        return queryset.filter(sight_filter(Sight(str(chosen)), timezone.now()))


@admin.register(Kiosk)
class KioskAdmin(ModelAdmin):
    """Adding a kiosk is pairing one: with the code that it shows."""

    list_display = (
        "label", "sight_shown", "key_told", "site", "last_seen_shown", "version", "camera", "frames",
        "refusals",
    )  # fmt: skip
    list_filter = (SightFilter, "site")
    list_filter_sheet = False
    search_fields = ("name",)
    actions_list = ("pair",)
    actions_list_hide_default = True
    actions_detail = ("revoke",)
    readonly_fields = (
        "sight_told", "last_seen_shown", "key_shown", "version", "camera", "frames", "refusals",
        "paired_by", "paired_at", "user_agent",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("name", "site")}),
        (
            gettext_lazy("State"),
            {"fields": ("sight_told", "last_seen_shown", "frames", "refusals")},
        ),
        (
            gettext_lazy("Device"),
            {"fields": ("key_shown", "version", "camera", "user_agent", "paired_by", "paired_at")},
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
        description=gettext_lazy("state"),
        label={
            Sight.IN_SIGHT: "success",
            Sight.SILENT: "warning",
            Sight.PENDING: "info",
            Sight.REVOKED: "danger",
        },
    )
    def sight_shown(self, kiosk: Kiosk) -> tuple[str, str]:
        sight = sight_of(kiosk, timezone.now())
        return sight.value, str(sight.label)

    @display(description=gettext_lazy("state"))
    def sight_told(self, kiosk: Kiosk) -> str:
        """In words alone: a page of one kiosk draws no labels."""
        return self.sight_shown(kiosk)[1]

    @display(description=gettext_lazy("last heard of"), ordering="last_seen_at")
    def last_seen_shown(self, kiosk: Kiosk) -> str:
        if kiosk.last_seen_at is None:
            return _("never")
        if sight_of(kiosk, timezone.now()) == Sight.IN_SIGHT:
            return _("just now")
        return _("%(time)s ago") % {"time": timesince(kiosk.last_seen_at, depth=1)}

    @display(description=gettext_lazy("key"))
    def key_shown(self, kiosk: Kiosk) -> str:
        if key_state(kiosk, timezone.now()) == KeyState.MISSED:
            return _("none, and the time for it is over: revoke it, and pair the device again")
        if not kiosk.public_key:
            return _("none yet: open the kiosk's page on the device, over HTTPS")
        # As many digits as one compares by eye; the key itself tells a reader nothing.
        digits = hashlib.sha256(b64decode(kiosk.public_key)).hexdigest()[:16]
        if kiosk.key_on_trust_at is None:
            return digits
        day = date_format(timezone.localtime(kiosk.key_on_trust_at), "DATE_FORMAT")
        return _("%(key)s, taken on trust on %(day)s") % {"key": digits, "day": day}

    @display(
        description=gettext_lazy("key"),
        label={
            KeyState.OWN: "success",
            KeyState.ON_TRUST: "warning",
            KeyState.AWAITED: "info",
            KeyState.MISSED: "danger",
        },
    )
    def key_told(self, kiosk: Kiosk) -> tuple[str, str]:
        state = key_state(kiosk, timezone.now())
        return state.value, str(state.label)

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
                "Within five seconds its screen returns to pairing, and what it sends is refused. "
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
