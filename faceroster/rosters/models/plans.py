"""Who works which shift when: patterns that repeat, who follows them, and exceptions for single days."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.people.models import Department, Person, Site
from faceroster.rosters.models.shifts import Shift


class Pattern(PublicModel):
    """Shifts over a number of days, again and again: 7 is a plain week, more a rotation."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="patterns", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=60)
    length = models.PositiveSmallIntegerField(
        _("days until it repeats"), default=7, validators=[MinValueValidator(1), MaxValueValidator(84)]
    )

    class Meta:
        ordering = ["site__name", "name"]
        verbose_name = _("pattern")
        verbose_name_plural = _("patterns")
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="pattern_name_once_per_site")]

    def __str__(self) -> str:
        return self.name


class PatternShift(models.Model):
    """A shift on one day of a pattern; a day may hold several, and one with none is a rest day."""

    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="shifts")
    day = models.PositiveSmallIntegerField(help_text=_("0 is the pattern's first day."))
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pattern", "day", "id"]
        constraints = [
            models.UniqueConstraint(fields=["pattern", "day", "shift"], name="pattern_shift_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.pattern} {self.day + 1}: {self.shift}"


class Assignment(PublicModel):
    """A person or a whole department follows a pattern, whose day 0 is ``starts_on``.

    A person's own goes before their department's; of several the one that starts last goes before.
    """

    pattern = models.ForeignKey(Pattern, on_delete=models.PROTECT, related_name="assignments")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="assignments"
    )
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.CASCADE, related_name="assignments"
    )
    starts_on = models.DateField(_("from"), help_text=_("The first day of the pattern."))
    ends_on = models.DateField(_("to"), null=True, blank=True, help_text=_("Empty: until further notice."))

    class Meta:
        ordering = ["starts_on", "created_at"]
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=True) ^ Q(department__isnull=True),
                name="assignment_of_person_or_department",
                violation_error_message=_("Choose a person or a department."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="assignment_ends_after_start",
                violation_error_message=_("It ends before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.department}: {self.pattern}"


class RosterException(PublicModel):
    """What a person works on one day instead of their pattern.

    Several rows are several shifts; one without a shift is a day off.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roster_exceptions")
    day = models.DateField(_("day"))
    shift = models.ForeignKey(Shift, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(_("note"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["day"]
        verbose_name = _("roster exception")
        verbose_name_plural = _("roster exceptions")
        constraints = [
            models.UniqueConstraint(fields=["person", "day", "shift"], name="roster_exception_once"),
            models.UniqueConstraint(
                fields=["person", "day"], condition=Q(shift__isnull=True), name="roster_day_off_once"
            ),
        ]
        indexes = [models.Index(fields=["day"])]

    def __str__(self) -> str:
        return f"{self.person} {self.day:%Y-%m-%d}: {self.shift or '–'}"
