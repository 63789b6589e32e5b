"""The address at which a calendar program fetches somebody's shifts."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.people.models import Person


class CalendarFeed(PublicModel):
    """Whoever knows the address reads the calendar, so only a digest of it is stored. One per person."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    def __str__(self) -> str:
        return str(self.person)
