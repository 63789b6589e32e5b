"""What the erasure of a person took out of days that were closed, so that checking them goes on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.attendance.models.periods import PeriodEvent
from faceroster.core.models import AppendOnly
from faceroster.people.models import Person


class Redaction(AppendOnly):
    """One day of one closing from which an erasure took something.

    With a ``person`` and a ``day``: words were blanked, and ``evidence_hash`` is of what is left. Without:
    the whole row went, and only its ``row_hash`` stays, which the digest of the closing is made of; it says
    neither whose row it was nor of which day. Only the erasure of a person makes these.
    """

    event = models.ForeignKey(PeriodEvent, on_delete=models.PROTECT, related_name="redactions")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(null=True)
    row_hash = models.CharField(max_length=64, blank=True)
    evidence_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    refusal = "redaction.append_only", "What an erasure took out is never {}."

    class Meta:
        ordering = ["pk"]
        verbose_name = _("redaction")
        verbose_name_plural = _("redactions")

    def __str__(self) -> str:
        return (self.row_hash or self.evidence_hash)[:12]
