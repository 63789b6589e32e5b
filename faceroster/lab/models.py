"""No table: pictures that are looked at here are never stored. Only the right to look has a name."""

from __future__ import annotations

from django.db import models

#: The right to look pictures up in the lab, as :mod:`faceroster.trust.rights` writes it.
USE_LAB = "lab.use_lab"


class LabRight(models.Model):
    """Carries the permission; there are no rows and no table."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [("use_lab", "Can look at pictures in the lab")]

    def __str__(self) -> str:
        return USE_LAB
