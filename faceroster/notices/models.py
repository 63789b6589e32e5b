"""What is told to whom, and how that went: an outbox that is written with the event itself."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.people.models import Department, Person


class Event(models.TextChoices):
    """What can be told."""

    LATE = "late", _("Somebody is late")
    MISSED_OUT = "missed_out", _("Missed check-out")
    CORRECTION_WAITING = "correction_waiting", _("A correction waits")
    CORRECTION_DECIDED = "correction_decided", _("A correction was decided")
    LEAVE_WAITING = "leave_waiting", _("Leave waits for an answer")
    LEAVE_DECIDED = "leave_decided", _("Leave was decided")
    WEEKLY = "weekly", _("Summary of the week")
    PERIOD_CLOSED = "period_closed", _("A period was closed")
    KIOSK_SILENT = "kiosk_silent", _("A kiosk fell silent")
    KIOSK_BACK = "kiosk_back", _("A kiosk is back")
    KIOSK_KEY = "kiosk_key", _("A kiosk's key was taken on trust")
    OFFLINE_ENTRIES = "offline_entries", _("Offline entries need a look")
    RECORDS_ALTERED = "records_altered", _("The audit log was altered")
    PING = "ping", _("Test of a webhook")


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    WEBHOOK = "webhook", _("Webhook")


class DeliveryStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Will be tried again")
    GIVEN_UP = "given_up", _("Given up")


#: What a sender may still pick up.
OPEN = (DeliveryStatus.WAITING, DeliveryStatus.FAILED)


class Subscription(PublicModel):
    """A user's own choice for one event. Without a row the default of ``choices.py`` counts."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions")
    event = models.CharField(max_length=20, choices=Event.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    on = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "event", "channel"], name="subscription_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.event} {self.on}"


class Webhook(PublicModel):
    """A program elsewhere that is told. Its secret lies sealed and is shown once, when it is made."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    url = models.CharField(
        _("address"), max_length=500, help_text=_("It must begin with https:// and be a public address.")
    )
    secret = models.BinaryField(editable=False, default=b"")
    events = models.JSONField(_("events"), default=list)
    departments = models.ManyToManyField(
        Department,
        blank=True,
        related_name="+",
        verbose_name=_("departments"),
        help_text=_("None chosen: all of them, those that are made later too."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name


class Notice(PublicModel):
    """One thing that happened. ``key`` makes it unique: whatever tells it again changes nothing.

    ``payload`` is what webhooks get and mails are written from: ids, names, days and figures, and nothing
    biometric. It goes with the person it is about.
    """

    event = models.CharField(_("event"), max_length=20, choices=Event.choices)
    key = models.CharField(max_length=150, unique=True)
    person = models.ForeignKey(
        Person, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    department = models.ForeignKey(
        Department, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("department")
    )
    payload = models.JSONField(default=dict)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")

    def __str__(self) -> str:
        return self.get_event_display()


class Delivery(PublicModel):
    """A notice on its way to one receiver: a user by mail, or a webhook.

    ``next_at`` is when it may be tried (again). Its id stays the same over all attempts, so that a receiver
    that got it twice can tell.
    """

    notice = models.ForeignKey(
        Notice, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("notice")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    webhook = models.ForeignKey(Webhook, null=True, on_delete=models.CASCADE, related_name="deliveries")
    target = models.CharField(_("to"), max_length=500)
    status = models.CharField(
        _("status"), max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    response_code = models.PositiveSmallIntegerField(_("answer"), null=True)
    response_text = models.TextField(
        _("text of the answer"), blank=True, validators=[MaxLengthValidator(200)]
    )
    duration_ms = models.PositiveIntegerField(_("milliseconds"), null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(webhook__isnull=True), name="delivery_has_one_receiver"
            ),
            models.UniqueConstraint(fields=["notice", "user"], name="delivery_once_per_user"),
            models.UniqueConstraint(fields=["notice", "webhook"], name="delivery_once_per_webhook"),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(status__in=["waiting", "failed"]), name="delivery_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} → {self.target}"
