"""Kiosks, and why each of them recognised someone or did not."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from faceroster.core.models import PublicModel
from faceroster.people.models import Person, Site


class KioskStatus(models.TextChoices):
    PENDING = "pending", "Waiting for approval"
    ACTIVE = "active", "Active"
    REVOKED = "revoked", "Revoked"


class Kiosk(PublicModel):
    """A device by the door. It shows a code, staff approve it, and from then on its secret is its right."""

    name = models.CharField(max_length=100, blank=True)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="kiosks")
    status = models.CharField(max_length=10, choices=KioskStatus.choices, default=KioskStatus.PENDING)
    pairing_code = models.CharField(max_length=8, blank=True, db_index=True)
    pairing_expires_at = models.DateTimeField(null=True, blank=True)
    secret_digest = models.CharField(max_length=64, unique=True, editable=False)
    paired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    paired_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    user_agent = models.CharField(max_length=255, blank=True)
    invitation = models.CharField(
        max_length=32,
        unique=True,
        null=True,
        editable=False,
        help_text="The invitation that paired it; being unique makes each one work once.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["pairing_code"],
                condition=models.Q(status="pending"),
                name="kiosk_pairing_code_once_among_pending",
            )
        ]

    def __str__(self) -> str:
        return self.name or "not paired yet"


class Outcome(models.TextChoices):
    ACCEPTED = "accepted", "Recognised"
    AMBIGUOUS = "ambiguous", "Too close to call"
    UNKNOWN = "unknown", "Unknown"


class Decision(PublicModel):
    """One answer of the engine to one visit at a kiosk, with all that is needed to explain it."""

    kiosk = models.ForeignKey(Kiosk, null=True, on_delete=models.SET_NULL, related_name="decisions")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, db_index=True)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="decisions"
    )
    score = models.FloatField(null=True)
    threshold = models.FloatField()
    margin = models.FloatField()
    score_kind = models.CharField(
        max_length=10, default="mean", help_text="The unit of score, threshold and margin"
    )
    candidates = models.JSONField(default=list, help_text="Best people first: person id and score.")
    quality = models.FloatField(null=True)
    codes = models.JSONField(default=list)
    box = models.JSONField(default=list, help_text="x, y, width, height in the frame")
    frame_size = models.JSONField(default=list, help_text="Width and height of the frame")
    model = models.CharField(max_length=60)
    gallery_version = models.BigIntegerField()
    classified = models.JSONField(
        default=dict, help_text="What the site's classifier said; empty at a site without one"
    )
    latency_ms = models.JSONField(default=dict, help_text="Milliseconds by stage")
    frames = models.PositiveIntegerField(default=1, help_text="Frames of the visit that agree")
    last_frame_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["kiosk", "outcome", "last_frame_at"])]

    def __str__(self) -> str:
        return f"{self.outcome} {self.created_at:%Y-%m-%d %H:%M:%S}"
