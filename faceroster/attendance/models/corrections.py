"""Corrections: what a punch should have been, said in a row of its own, and who agreed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from faceroster.attendance.models.punches import Direction, Punch
from faceroster.core.models import AppendOnly, PublicModel
from faceroster.people.models import Person, Site


class CorrectionKind(models.TextChoices):
    ADD = "add", _("A punch is missing")
    VOID = "void", _("A punch does not count")
    CHANGE = "change", _("A punch was at another time or in the other direction")


class Correction(AppendOnly, PublicModel):
    """One request. It counts once its :class:`Verdict` says so; until then it only waits.

    ``punch`` or ``added`` (an earlier correction that added one) is what is voided or changed. ``at`` and
    ``direction`` are the new ones; what a change leaves empty stays as it was. ``day`` is the working day
    that it is about, for lists; which day the time then counts for, the rules decide.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="corrections")
    kind = models.CharField(max_length=10, choices=CorrectionKind.choices)
    day = models.DateField()
    punch = models.ForeignKey(Punch, null=True, on_delete=models.PROTECT, related_name="corrections")
    added = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="+")
    zone = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(null=True)
    direction = models.CharField(max_length=3, choices=Direction.choices, blank=True)
    reason = models.CharField(max_length=300)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    refusal = "correction.append_only", "A correction is never {}. Make another one instead."

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["person", "day"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind="add", punch__isnull=True, added__isnull=True, at__isnull=False, site__isnull=False
                )
                & ~Q(zone="")
                & ~Q(direction="")
                | ~Q(kind="add") & (Q(punch__isnull=True) ^ Q(added__isnull=True)),
                name="correction_says_what_it_corrects",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.day:%Y-%m-%d}"


class Verdict(AppendOnly, PublicModel):
    """Whether a correction counts. One per correction, by somebody else than the person it is about."""

    correction = models.OneToOneField(Correction, on_delete=models.PROTECT, related_name="verdict")
    approved = models.BooleanField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)

    refusal = "correction.append_only", "A verdict is never {}. Make another correction instead."

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return "approved" if self.approved else "refused"
