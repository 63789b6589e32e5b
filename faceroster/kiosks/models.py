"""Kiosks, and why each of them recognised someone or did not."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.core.models import PublicModel
from faceroster.people.models import Person, Site


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


class Outcome(models.TextChoices):
    ACCEPTED = "accepted", gettext_lazy("Recognised")
    AMBIGUOUS = "ambiguous", gettext_lazy("Too close to call")
    UNKNOWN = "unknown", gettext_lazy("Unknown")


class Decision(PublicModel):
    """One answer of the engine to one visit at a kiosk, with all that is needed to explain it."""

    kiosk = models.ForeignKey(
        Kiosk,
        verbose_name=gettext_lazy("kiosk"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="decisions",
    )
    site = models.ForeignKey(
        Site, verbose_name=gettext_lazy("site"), on_delete=models.PROTECT, related_name="decisions"
    )
    outcome = models.CharField(gettext_lazy("outcome"), max_length=10, choices=Outcome.choices, db_index=True)
    person = models.ForeignKey(
        Person,
        verbose_name=gettext_lazy("person"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="decisions",
    )
    score = models.FloatField(gettext_lazy("score"), null=True)
    threshold = models.FloatField(gettext_lazy("threshold"))
    margin = models.FloatField(gettext_lazy("margin"))
    score_kind = models.CharField(
        gettext_lazy("score kind"),
        max_length=10,
        default="mean",
        help_text=gettext_lazy("The unit of score, threshold and margin"),
    )
    candidates = models.JSONField(
        gettext_lazy("candidates"),
        default=list,
        help_text=gettext_lazy("Best people first: person id and score."),
    )
    quality = models.FloatField(gettext_lazy("quality"), null=True)
    codes = models.JSONField(gettext_lazy("codes"), default=list)
    box = models.JSONField(
        gettext_lazy("box"), default=list, help_text=gettext_lazy("x, y, width, height in the frame")
    )
    frame_size = models.JSONField(
        gettext_lazy("frame size"), default=list, help_text=gettext_lazy("Width and height of the frame")
    )
    model = models.CharField(gettext_lazy("model"), max_length=60)
    gallery_version = models.BigIntegerField(gettext_lazy("gallery version"))
    classified = models.JSONField(
        gettext_lazy("classified"),
        default=dict,
        help_text=gettext_lazy("What the site's classifier said; empty at a site without one"),
    )
    latency_ms = models.JSONField(
        gettext_lazy("latency ms"), default=dict, help_text=gettext_lazy("Milliseconds by stage")
    )
    frames = models.PositiveIntegerField(
        gettext_lazy("frames"), default=1, help_text=gettext_lazy("Frames of the visit that agree")
    )
    last_frame_at = models.DateTimeField(gettext_lazy("last frame at"), default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = gettext_lazy("decision")
        verbose_name_plural = gettext_lazy("decisions")
        indexes = [models.Index(fields=["kiosk", "outcome", "last_frame_at"])]

    def __str__(self) -> str:
        return f"{self.outcome} {self.created_at:%Y-%m-%d %H:%M:%S}"
