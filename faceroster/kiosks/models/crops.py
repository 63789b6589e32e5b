"""The face that a decision was made about, for as long as the retention says."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy

from faceroster.kiosks.models.decisions import Decision
from faceroster.people.models import Person


class DecisionCrop(models.Model):
    """A small aligned picture of whom a kiosk recognised: JPEG, sealed under the key of ``person``.

    Of people who were recognised alone: of a stranger nothing is kept.
    """

    decision = models.OneToOneField(
        Decision,
        verbose_name=gettext_lazy("decision"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="crop",
    )
    person = models.ForeignKey(
        Person, verbose_name=gettext_lazy("person"), on_delete=models.CASCADE, related_name="+"
    )
    sealed = models.BinaryField(gettext_lazy("sealed"))
    expires_at = models.DateTimeField(gettext_lazy("expires at"), db_index=True)

    class Meta:
        verbose_name = gettext_lazy("face at a kiosk")
        verbose_name_plural = gettext_lazy("faces at kiosks")

    def __str__(self) -> str:
        return f"face of decision {self.decision_id}"
