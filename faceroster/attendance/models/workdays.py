"""Workdays: what follows from punches, corrections, shift, leave and holiday. Derived, never typed in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.people.models import Department, Person, Site


class DayStatus(models.TextChoices):
    """What a day is, in one word."""

    AHEAD = "ahead", _("Not begun")
    RUNNING = "running", _("Under way")
    PRESENT = "present", _("Present")
    HALF = "half", _("Half a day")
    ABSENT = "absent", _("Absent")
    LEAVE = "leave", _("On leave")
    HOLIDAY = "holiday", _("Holiday")
    REST = "rest", _("Rest day")
    FREE = "free", _("No shift")
    NONE = "none", _("Not employed")


class Workday(PublicModel):
    """One person's day. Every figure can be made anew from what it was derived of; ``trace`` says how.

    All ``*_minutes`` are whole minutes. ``first_in`` and ``last_out`` are instants as they count, after
    rounding by no rule: as punched or corrected. ``department`` and ``site`` are those of the person when it
    was computed. ``expected_*`` are the day's first start and last end by its shifts, None without one, and
    ``late_from`` the instant from which somebody who has not come is late.
    """

    # Each of these keys leads an index below: one of its own would only make writing slower.
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="workdays", db_index=False)
    day = models.DateField()
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="workdays", db_index=False
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="workdays", db_index=False)
    zone = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=DayStatus.choices)
    expected_start = models.DateTimeField(null=True)
    expected_end = models.DateTimeField(null=True)
    late_from = models.DateTimeField(null=True)
    first_in = models.DateTimeField(null=True)
    last_out = models.DateTimeField(null=True)
    present = models.BooleanField(
        default=False, help_text=_("Is in: the last in has no out, and the day runs.")
    )
    due_minutes = models.PositiveIntegerField(default=0)
    worked_minutes = models.PositiveIntegerField(default=0)
    break_minutes = models.PositiveIntegerField(default=0)
    overtime_minutes = models.PositiveIntegerField(default=0, help_text=_("Daily."))
    weekly_overtime_minutes = models.PositiveIntegerField(default=0)
    late_minutes = models.PositiveIntegerField(default=0)
    early_minutes = models.PositiveIntegerField(default=0)
    credited_minutes = models.PositiveIntegerField(
        default=0, help_text=_("Hours due that count as done: paid leave and holidays.")
    )
    leave_days = models.DecimalField(max_digits=2, decimal_places=1, default=0)
    absent = models.BooleanField(default=False)
    missed_out = models.BooleanField(default=False)
    missed_in = models.BooleanField(default=False)
    filled = models.BooleanField(default=False, help_text=_("A missed check-out was filled by rule."))
    excused = models.BooleanField(
        default=False, help_text=_("Somebody excused lateness, leaving early or absence.")
    )
    corrected = models.BooleanField(default=False)
    shift_names = models.CharField(max_length=200, blank=True)
    trace = models.JSONField(default=list)
    rules_version = models.PositiveSmallIntegerField()
    inputs_hash = models.CharField(max_length=64)
    computed_at = models.DateTimeField()
    period = models.ForeignKey(
        "attendance.Period",
        null=True,
        on_delete=models.PROTECT,
        related_name="workdays",
        db_index=False,
        help_text=_("The closed period that it is sealed in."),
    )
    row_hash = models.CharField(max_length=64, blank=True, help_text=_("Of its figures, once sealed."))

    class Meta:
        ordering = ["day", "person__name"]
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="workday_once")]
        indexes = [
            models.Index(fields=["department", "day"]),
            models.Index(fields=["day", "status"]),
            models.Index(fields=["site", "day"]),
            models.Index(fields=["period"]),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.day:%Y-%m-%d} {self.status}"


class Due(models.Model):
    """A day of a person that must be computed anew. Written with what made it so, deleted with the result.

    Several rows for one day are one piece of work.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["person", "day"])]

    def __str__(self) -> str:
        return f"{self.person_id} {self.day:%Y-%m-%d}"
