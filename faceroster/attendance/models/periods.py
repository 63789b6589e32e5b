"""Pay periods: open until a manager closes them, and then sealed by a hash over every row."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import AppendOnly, PublicModel
from faceroster.people.models import Department, Person


class PeriodStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Period(PublicModel):
    """A department's month, or whatever it is paid by. ``digest`` is empty while it is open."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="periods")
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    status = models.CharField(max_length=10, choices=PeriodStatus.choices, default=PeriodStatus.OPEN)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-first", "department__name"]
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints = [
            models.UniqueConstraint(fields=["department", "first"], name="period_once_per_department"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="period_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.department} {self.first:%Y-%m-%d}–{self.last:%Y-%m-%d}"


class PeriodEventKind(models.TextChoices):
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Reopened")


class PeriodEvent(AppendOnly, PublicModel):
    """Closing or reopening: by whom, when, why, and over how many rows with which digest."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=PeriodEventKind.choices)
    reason = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    refusal = "period.append_only", "What was done to a period is never {}."

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.created_at:%Y-%m-%d %H:%M}"


class TimesheetEventKind(models.TextChoices):
    APPROVED = "approved", _("Approved")
    SENT_BACK = "sent_back", _("Sent back")


class TimesheetEvent(AppendOnly, PublicModel):
    """A manager's word on one person's period. The last counts, while ``digest`` still fits the rows."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="sheet_events")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="sheet_events")
    kind = models.CharField(max_length=10, choices=TimesheetEventKind.choices)
    note = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    refusal = "timesheet.append_only", "A word on a timesheet is never {}. Say another one."

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["period", "person"])]

    def __str__(self) -> str:
        return self.get_kind_display()
