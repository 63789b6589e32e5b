"""Enrolment at the kiosk, led step by step: who was let in to do it, for whom, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.enrollment.models import EnrollmentPhoto
from faceroster.kiosks.models import Kiosk
from faceroster.people.models import Person


class Outcome(models.TextChoices):
    """What an enrollment at a kiosk came to; empty while it goes on."""

    STORED = "stored", _("Photos stored")
    CANCELLED = "cancelled", _("Cancelled")
    LEFT = "left", _("Left unfinished")


class EnrolmentTicket(PublicModel):
    """A code that opens one enrolment of one person at one kiosk; afterwards the record of it.

    ``digest``: keyed hash of the code. ``photos``: what this enrolment stored, and nothing else.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="enrolment_tickets")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    digest = models.CharField(max_length=64, db_index=True, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    kiosk = models.ForeignKey(Kiosk, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    photos = models.ManyToManyField(EnrollmentPhoto, blank=True, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("enrollment at a kiosk")
        verbose_name_plural = _("enrollments at kiosks")
        constraints = [
            models.UniqueConstraint(
                fields=["digest"],
                condition=models.Q(used_at__isnull=True),
                name="enrolment_code_once_among_unused",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.created_at:%Y-%m-%d %H:%M}"
