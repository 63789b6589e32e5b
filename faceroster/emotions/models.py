"""Who switched emotion tagging on or off, and what was counted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.core.models import AppendOnly
from faceroster.emotions.regions import Region
from faceroster.people.models import Site


class EmotionSwitch(AppendOnly):
    """Someone switched it on or off at a site. The last row of a site holds; without one it is off."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="emotion_switches")
    on = models.BooleanField()
    region = models.CharField(max_length=10, choices=Region.choices, blank=True)
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    refusal = "emotion.append_only", "What was switched is never {}. Switch again instead."

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "emotion switches"

    def __str__(self) -> str:
        said = {"time": f"{self.at:%Y-%m-%d %H:%M}", "user": self.by}
        if self.on:
            return _("on at %(time)s UTC by %(user)s") % said
        return _("off at %(time)s UTC by %(user)s") % said


class EmotionDay(models.Model):
    """One site's working day: a sealed tally while it lasts, afterwards only what may be told of it.

    ``people`` is None, and ``groups`` are empty, when there were fewer than ``least`` people.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="emotion_days")
    day = models.DateField()
    ends_at = models.DateTimeField()
    tally = models.BinaryField(null=True, help_text="Sealed; gone once the day is told.")
    told_at = models.DateTimeField(null=True)
    least = models.PositiveIntegerField(null=True, help_text="The least people per group that held that day.")
    people = models.PositiveIntegerField(null=True)
    groups = models.JSONField(default=list)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="emotion_day_once_per_site")]

    def __str__(self) -> str:
        return f"{self.site} {self.day}"


class TaggedSite(Site):
    """A site, as the admin's page of this setting shows it."""

    class Meta:
        proxy = True
        verbose_name = gettext_lazy("site")
        verbose_name_plural = gettext_lazy("emotion tagging")
