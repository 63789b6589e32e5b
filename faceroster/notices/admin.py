"""Webhooks, and the log of everything that was sent. For administrators only (see rights.py)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from faceroster.notices.forms import WebhookForm
from faceroster.notices.models import Delivery, DeliveryStatus, Event, Webhook
from faceroster.notices.services import delivery_again, webhook_ping
from faceroster.notices.webhooks import webhook_create, webhook_rotate


def _back(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": address})


@admin.register(Webhook)
class WebhookAdmin(ModelAdmin):
    form = WebhookForm
    list_display = ("name", "url", "events_shown", "state", "last_delivery")
    list_filter_sheet = False
    search_fields = ("name", "url")
    autocomplete_fields = ("departments",)
    actions_detail = ("ping", "rotate")
    fieldsets = ((None, {"fields": ("name", "url", "events", "departments", "active")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        return super().get_queryset(request).prefetch_related("departments")

    @display(description=_("events"))
    def events_shown(self, webhook: Webhook) -> str:
        return ", ".join(str(Event(event).label) for event in webhook.events)

    @display(description=_("state"), label={"on": "success", "off": "warning"})
    def state(self, webhook: Webhook) -> tuple[str, str]:
        return ("on", gettext("Active")) if webhook.active else ("off", gettext("Off"))

    @display(description=_("last delivery"))
    def last_delivery(self, webhook: Webhook) -> str:
        last = webhook.deliveries.order_by("-created_at").first()
        return str(last.get_status_display()) if last else "–"

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        data = form.cleaned_data
        row, obj.issued = webhook_create(  # type: ignore[attr-defined]
            name=data["name"], url=data["url"], events=data["events"], active=data["active"]
        )
        obj.pk, obj.secret = row.pk, row.secret
        # save_related sets the departments of the row that was stored.
        obj._state.adding, obj._state.db = False, row._state.db

    def response_add(
        self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._secret_page(request, obj, getattr(obj, "issued", ""), gettext("New webhook"))

    def _secret_page(self, request: HttpRequest, webhook: Webhook, secret: str, title: str) -> HttpResponse:
        """The one page that ever shows a secret: not a redirect, so that nothing has to remember it."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "webhook": webhook,
            "secret": secret,
        }
        response = TemplateResponse(request, "notices/webhook_secret.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def _one(self, request: HttpRequest, object_id: str) -> Webhook:
        webhook: Webhook | None = self.get_object(request, object_id)
        if webhook is None:
            raise Http404
        return webhook

    @action(
        description=_("Send a test"),
        url_path="ping",
        icon="send",
        permissions=["change"],
        dialog={
            "title": _("Send a test?"),
            "description": _("A signed message with the event “ping” goes to this address now."),
            "form_class": None,
            "form_submit_text": _("Send"),
        },
    )
    def ping(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        webhook = self._one(request, object_id)
        delivery = webhook_ping(webhook=webhook)
        if delivery.status == DeliveryStatus.SENT:
            messages.success(
                request,
                gettext("It was taken, with status %(code)s after %(ms)s ms.")
                % {"code": delivery.response_code, "ms": delivery.duration_ms},
            )
        else:
            messages.error(request, delivery.last_error)
        return _back(request, reverse("admin:notices_webhook_change", args=[webhook.pk]))

    @action(description=_("New secret"), url_path="rotate", icon="key", permissions=["change"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        webhook = self._one(request, object_id)
        if request.method != "POST":  # asked first: the old secret ends at once
            context = {
                **self.admin_site.each_context(request),
                "title": gettext("New secret"),
                "opts": self.opts,
                "webhook": webhook,
            }
            return TemplateResponse(request, "notices/webhook_rotate.html", context)
        secret = webhook_rotate(webhook=webhook)
        self.log_change(request, webhook, "New secret.")
        return self._secret_page(request, webhook, secret, gettext("New secret"))


@admin.register(Delivery)
class DeliveryAdmin(ModelAdmin):
    """What was sent to whom, and what became of it. For reading, and for sending again."""

    list_display = (
        "created_at", "event_shown", "channel", "target", "status_shown", "attempts", "response_code",
    )  # fmt: skip
    list_filter = ("status", "channel", "notice__event", "webhook")
    list_filter_sheet = False
    list_select_related = ("notice", "webhook")
    search_fields = ("target", "notice__person__name", "notice__person__employee_number")
    date_hierarchy = "created_at"
    show_full_result_count = False
    actions = ("send_again",)
    actions_detail = ("again",)
    fieldsets = (
        (None, {"fields": ("event_shown", "person_shown", "channel", "target", "status", "created_at")}),
        (
            _("How it went"),
            {"fields": ("attempts", "next_shown", "sent_at", "last_error", "response_code", "response_text",
                        "duration_ms")},
        ),
        (_("What is said"), {"fields": ("payload_shown",)}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).select_related("notice__person")

    def get_readonly_fields(self, request: HttpRequest, obj: Delivery | None = None) -> list[str]:
        return [name for _, options in self.fieldsets for name in options["fields"]]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def has_again_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return bool(request.user.has_perm("notices.change_delivery"))

    @display(description=_("event"), ordering="notice__event")
    def event_shown(self, delivery: Delivery) -> str:
        return str(delivery.notice)

    @display(description=_("person"))
    def person_shown(self, delivery: Delivery) -> str:
        return str(delivery.notice.person or "–")

    @display(description=_("what is said"))
    def payload_shown(self, delivery: Delivery) -> str:
        return ", ".join(f"{key}: {value}" for key, value in delivery.notice.payload.items())

    @display(description=_("next attempt"), ordering="next_at")
    def next_shown(self, delivery: Delivery) -> Any:
        return delivery.next_at if delivery.status == DeliveryStatus.FAILED else None

    @display(
        description=_("status"),
        ordering="status",
        label={
            DeliveryStatus.SENT: "success",
            DeliveryStatus.WAITING: "info",
            DeliveryStatus.FAILED: "warning",
            DeliveryStatus.GIVEN_UP: "danger",
        },
    )
    def status_shown(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.status, delivery.get_status_display()

    @admin.action(description=_("Send again"), permissions=["again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        for delivery in queryset:
            delivery_again(delivery=delivery)
        messages.success(request, gettext("They are sent again in a moment."))

    @action(
        description=_("Send again"),
        url_path="again",
        icon="send",
        permissions=["again"],
        dialog={
            "title": _("Send this again?"),
            "description": _("The receiver gets it under the same id, and can tell that it is the same."),
            "form_class": None,
            "form_submit_text": _("Send again"),
        },
    )
    def again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        delivery: Delivery | None = self.get_object(request, object_id)
        if delivery is None:
            raise Http404
        delivery_again(delivery=delivery)
        messages.success(request, gettext("It is sent again in a moment."))
        return _back(request, reverse("admin:notices_delivery_change", args=[delivery.pk]))
