"""Days on which a site rests."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.people.models import Site


class HolidaySource(models.TextChoices):
    LIBRARY = "library", _("Official calendar")
    HAND = "hand", _("By hand")


class HolidayCalendar(PublicModel):
    """Whose official holidays a site keeps, by ISO 3166 codes as the ``holidays`` library has them."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="holiday_calendar")
    country = models.CharField(_("country"), max_length=2, help_text=_("Two letters, like DE."))
    subdivision = models.CharField(_("state or region"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("holiday calendar")
        verbose_name_plural = _("holiday calendars")

    def __str__(self) -> str:
        return f"{self.country} {self.subdivision}".strip()


class Holiday(PublicModel):
    """One day off at one site. One that was taken off by hand stays off: see ``dropped``."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=200)
    source = models.CharField(max_length=10, choices=HolidaySource.choices, default=HolidaySource.HAND)
    dropped = models.BooleanField(
        _("worked on"), default=False, help_text=_("An official holiday on which this site works.")
    )

    class Meta:
        ordering = ["day"]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="holiday_once_per_site")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}"
