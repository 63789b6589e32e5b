"""What a period's rows were when it was closed: a hash of each, kept apart from the rows themselves."""

from __future__ import annotations

from django.db import models

from faceroster.attendance.models.periods import PeriodEvent
from faceroster.core.models import AppendOnly
from faceroster.people.models import Person


class Seal(AppendOnly):
    """One row of one closing. A workday can be altered where nobody looks; this tells which one it was.

    ``row_hash`` is of the workday's figures. ``evidence_hash`` is of the punches, decided corrections and
    resolutions of that day as they lay in the database then, empty where there were none.
    """

    # The constraint below has an index that begins with it.
    event = models.ForeignKey(PeriodEvent, on_delete=models.PROTECT, related_name="seals", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    row_hash = models.CharField(max_length=64)
    evidence_hash = models.CharField(max_length=64, blank=True)

    refusal = "seal.append_only", "A seal is never {}. Reopen the period and close it again instead."

    class Meta:
        ordering = ["event", "day", "person"]
        constraints = [models.UniqueConstraint(fields=["event", "person", "day"], name="seal_once")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.row_hash[:12]}"
