"""Shifts and a site's policy. Their rules are written once; a change is a new version from a day on."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import AppendOnly, PublicModel
from faceroster.people.models import Site

_DAY_MINUTES = 24 * 60
_of_a_day = [MaxValueValidator(_DAY_MINUTES)]


class BreakMode(models.TextChoices):
    """Where a day's break comes from."""

    AUTOMATIC = "automatic", _("Taken off automatically")
    PUNCHED = "punched", _("As punched: the time between an out and the next in")
    AT_LEAST = "at_least", _("As punched, but at least the automatic break")


class Rounding(models.TextChoices):
    """Which way a time is rounded to the step."""

    NEAREST = "nearest", _("To the nearest step")
    EMPLOYEE = "employee", _("In favour of the person: in earlier, out later")
    EMPLOYER = "employer", _("In favour of the employer: in later, out earlier")


class MissedOutRule(models.TextChoices):
    """What a day counts when its check-out was missed. It is flagged whichever it is."""

    NOTHING = "nothing", _("Nothing, until somebody says when they left")
    SHIFT_END = "shift_end", _("Up to the end of the shift, marked as filled by rule")


class Shift(PublicModel):
    """A named shift of one site. What it means on a day says the version that is in force then."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="shifts", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=60)
    colour = models.CharField(
        _("colour"), max_length=7, default="#1f9a84", help_text=_("On rosters, like #1f9a84.")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["site__name", "name"]
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="shift_name_once_per_site")]

    def __str__(self) -> str:
        return self.name


class ShiftVersion(AppendOnly, PublicModel):
    """The rules of a shift from a day on, until a newer version with a later or the same day.

    All minutes are of the wall clock at the shift's site, except where they count worked time. A shift whose
    ``ends`` is not after its ``starts`` runs across midnight and belongs to the day on which it starts.
    """

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(editable=False)
    effective_from = models.DateField(
        _("in force from"), help_text=_("The first day on which these rules count.")
    )
    starts = models.TimeField(_("start"))
    ends = models.TimeField(_("end"), help_text=_("Not after the start: on the next day."))
    flexible = models.BooleanField(
        _("flexible hours"),
        default=False,
        help_text=_("Come and go freely between start and end; late and early count by the core time only."),
    )
    core_starts = models.TimeField(_("core time from"), null=True, blank=True)
    core_ends = models.TimeField(_("core time to"), null=True, blank=True)
    target_minutes = models.PositiveIntegerField(
        _("hours due, in minutes"),
        null=True,
        blank=True,
        validators=_of_a_day,
        help_text=_("Empty: from start to end, less the unpaid break."),
    )
    break_mode = models.CharField(
        _("breaks"), max_length=10, choices=BreakMode.choices, default=BreakMode.AT_LEAST
    )
    break_minutes = models.PositiveIntegerField(_("automatic break"), default=30, validators=_of_a_day)
    break_after_minutes = models.PositiveIntegerField(
        _("taken off after"),
        default=360,
        validators=_of_a_day,
        help_text=_("Minutes of presence in the shift beyond which the automatic break counts."),
    )
    break_paid = models.BooleanField(_("breaks are paid"), default=False)
    grace_in_minutes = models.PositiveIntegerField(_("grace when coming"), default=5, validators=_of_a_day)
    grace_out_minutes = models.PositiveIntegerField(_("grace when leaving"), default=5, validators=_of_a_day)
    rounding_minutes = models.PositiveIntegerField(
        _("round to"), default=0, validators=[MaxValueValidator(60)], help_text=_("0: not at all.")
    )
    rounding = models.CharField(
        _("rounding"), max_length=10, choices=Rounding.choices, default=Rounding.NEAREST
    )
    half_day_minutes = models.PositiveIntegerField(
        _("half-day limit"),
        default=0,
        validators=_of_a_day,
        help_text=_("Who worked less than this is counted as half a day. 0: never."),
    )
    overtime_after_minutes = models.PositiveIntegerField(
        _("overtime after"),
        null=True,
        blank=True,
        validators=_of_a_day,
        help_text=_("Worked minutes of the day beyond which it is overtime. Empty: the site's policy."),
    )
    opens_minutes = models.PositiveIntegerField(
        _("opens before"),
        default=120,
        validators=[MaxValueValidator(12 * 60)],
        help_text=_("Minutes before the start from which a punch belongs to this shift."),
    )
    closes_minutes = models.PositiveIntegerField(
        _("closes after"),
        default=240,
        validators=[MaxValueValidator(12 * 60)],
        help_text=_("Minutes after the end up to which a punch belongs to this shift."),
    )
    early_counts = models.BooleanField(
        _("time before the start counts"), default=False, help_text=_("Worked time begins at the first in.")
    )
    missed_out = models.CharField(
        _("missed check-out"), max_length=10, choices=MissedOutRule.choices, default=MissedOutRule.NOTHING
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    refusal = "shift.append_only", "A shift's rules are never {}. Make a new version instead."

    class Meta:
        ordering = ["shift", "effective_from", "number"]
        verbose_name = _("shift version")
        verbose_name_plural = _("shift versions")
        constraints = [models.UniqueConstraint(fields=["shift", "number"], name="shift_version_once")]

    def __str__(self) -> str:
        return f"{self.shift} {self.starts:%H:%M}–{self.ends:%H:%M}"


class Policy(AppendOnly, PublicModel):
    """What holds for a whole site from a day on: overtime, the week, and a day without a shift."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="policies")
    number = models.PositiveIntegerField(editable=False)
    effective_from = models.DateField(_("in force from"))
    overtime_daily_after = models.PositiveIntegerField(
        _("daily overtime after"),
        null=True,
        blank=True,
        validators=_of_a_day,
        help_text=_("Worked minutes. Empty: the hours due of the day's shift."),
    )
    overtime_weekly_after = models.PositiveIntegerField(
        _("weekly overtime after"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(7 * _DAY_MINUTES)],
        help_text=_("Worked minutes of a week, what is daily overtime already left out. Empty: none."),
    )
    week_starts_on = models.PositiveSmallIntegerField(
        _("week begins on"),
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(6)],
        help_text=_("0 is Monday, 6 is Sunday."),
    )
    rest_day_is_overtime = models.BooleanField(_("work on a rest day or holiday is overtime"), default=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    refusal = "policy.append_only", "A policy is never {}. Make a new version instead."

    class Meta:
        ordering = ["site", "effective_from", "number"]
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"{self.site} {self.effective_from:%Y-%m-%d}"
