"""Kiosks: the devices by the door."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.core.models import PublicModel
from faceroster.people.models import Site


class KioskStatus(models.TextChoices):
    PENDING = "pending", gettext_lazy("Waiting for approval")
    ACTIVE = "active", gettext_lazy("Active")
    REVOKED = "revoked", gettext_lazy("Revoked")


class Kiosk(PublicModel):
    """A device by the door. It shows a code, staff approve it, and from then on its secret is its right."""

    name = models.CharField(gettext_lazy("name"), max_length=100, blank=True)
    site = models.ForeignKey(
        Site,
        verbose_name=gettext_lazy("site"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="kiosks",
    )
    status = models.CharField(
        gettext_lazy("status"), max_length=10, choices=KioskStatus.choices, default=KioskStatus.PENDING
    )
    pairing_code = models.CharField(gettext_lazy("pairing code"), max_length=8, blank=True, db_index=True)
    pairing_expires_at = models.DateTimeField(gettext_lazy("pairing expires at"), null=True, blank=True)
    secret_digest = models.CharField(
        gettext_lazy("secret digest"), max_length=64, unique=True, editable=False
    )
    paired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("paired by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    paired_at = models.DateTimeField(gettext_lazy("paired at"), null=True, blank=True)
    last_seen_at = models.DateTimeField(gettext_lazy("last seen at"), null=True, blank=True)
    user_agent = models.CharField(gettext_lazy("user agent"), max_length=255, blank=True)
    public_key = models.TextField(
        gettext_lazy("public key"),
        blank=True,
        editable=False,
        help_text=gettext_lazy("Of the key that the device signs its requests with (SPKI, base64)."),
    )
    key_until = models.DateTimeField(
        gettext_lazy("key taken until"),
        null=True,
        blank=True,
        editable=False,
        help_text=gettext_lazy("Of a kiosk from before devices had keys: until when it may bring its first."),
    )
    key_on_trust_at = models.DateTimeField(
        gettext_lazy("key taken on trust at"),
        null=True,
        blank=True,
        editable=False,
        help_text=gettext_lazy("When a kiosk from before devices had keys brought one; nobody saw whose."),
    )
    version = models.CharField(
        gettext_lazy("version"), max_length=40, blank=True, help_text=gettext_lazy("Of the page it shows.")
    )
    camera = models.CharField(gettext_lazy("camera"), max_length=200, blank=True)
    frames = models.PositiveBigIntegerField(gettext_lazy("frames"), default=0)
    refusals = models.PositiveBigIntegerField(
        gettext_lazy("refusals"),
        default=0,
        help_text=gettext_lazy("Requests that were refused: unsigned, forged, replayed or too many."),
    )
    silence_told_at = models.DateTimeField(
        gettext_lazy("silence told at"),
        null=True,
        blank=True,
        editable=False,
        help_text=gettext_lazy("When managers were told that it fell silent; empty while it is heard of."),
    )
    invitation = models.CharField(
        gettext_lazy("invitation"),
        max_length=32,
        unique=True,
        null=True,
        editable=False,
        help_text=gettext_lazy("The invitation that paired it; being unique makes each one work once."),
    )

    class Meta:
        ordering = ["name"]
        verbose_name = gettext_lazy("kiosk")
        verbose_name_plural = gettext_lazy("kiosks")
        constraints = [
            models.UniqueConstraint(
                fields=["pairing_code"],
                condition=models.Q(status="pending"),
                name="kiosk_pairing_code_once_among_pending",
            )
        ]

    def __str__(self) -> str:
        return self.name or _("not paired yet")
