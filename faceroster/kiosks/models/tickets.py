"""Which tickets were answered, so that none is good twice."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy


class SpentTicket(models.Model):
    """A ticket that was answered: written with the punch, so that there is either both or neither."""

    key = models.CharField(max_length=32, primary_key=True)
    spent_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = gettext_lazy("answered ticket")
        verbose_name_plural = gettext_lazy("answered tickets")

    def __str__(self) -> str:
        return self.key
