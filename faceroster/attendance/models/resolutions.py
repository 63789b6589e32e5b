"""What somebody said about a finding: lateness excused, a stranger's face looked at, and so on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import AppendOnly, PublicModel
from faceroster.kiosks.models import Decision
from faceroster.people.models import Person


class Finding(models.TextChoices):
    """What can be wrong with a day, or with a face at a kiosk."""

    MISSED_OUT = "missed_out", _("Missed check-out")
    MISSED_IN = "missed_in", _("Missed check-in")
    LATE = "late", _("Late")
    EARLY = "early", _("Left early")
    ABSENT = "absent", _("Absent")
    UNKNOWN_FACE = "unknown_face", _("Unknown face")
    AMBIGUOUS = "ambiguous", _("Not told apart")
    CLOSED_PUNCH = "closed_punch", _("Punch in a closed period")


class Resolution(AppendOnly, PublicModel):
    """A finding that is settled, with the reason. Of a person's day, or of one decision at a kiosk.

    Lateness, leaving early and absence that are settled count as excused (``Workday.excused``).
    """

    finding = models.CharField(max_length=20, choices=Finding.choices)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="resolutions")
    day = models.DateField()
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="resolutions")
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    refusal = "resolution.append_only", "What was said about a finding is never {}."

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["person", "day"]), models.Index(fields=["day"])]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="resolution_has_a_reason"),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(decision__isnull=False),
                name="resolution_is_of_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_finding_display()} {self.day:%Y-%m-%d}"
