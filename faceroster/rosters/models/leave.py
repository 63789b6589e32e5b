"""Leave: its kinds, who may take how much, who asks for it and who says yes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.people.models import Person


class LeaveKind(PublicModel):
    """Holiday, sickness, training and so on."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    paid = models.BooleanField(_("paid"), default=True, help_text=_("The hours due count as done."))
    limited = models.BooleanField(
        _("limited"), default=True, help_text=_("Taken off a yearly number of days.")
    )
    days_per_year = models.DecimalField(
        _("days a year"), max_digits=5, decimal_places=1, default=0, help_text=_("Unless a person has more.")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("kind of leave")
        verbose_name_plural = _("kinds of leave")

    def __str__(self) -> str:
        return self.name


class LeaveEntitlement(PublicModel):
    """How many days of a kind a person has in a year, when it is not the kind's own number."""

    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="entitlements"
    )
    kind = models.ForeignKey(
        LeaveKind, verbose_name=_("kind"), on_delete=models.CASCADE, related_name="entitlements"
    )
    year = models.PositiveSmallIntegerField(_("year"))
    days = models.DecimalField(_("days"), max_digits=5, decimal_places=1)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["-year"]
        verbose_name = _("entitlement")
        verbose_name_plural = _("entitlements")
        constraints = [models.UniqueConstraint(fields=["person", "kind", "year"], name="entitlement_once")]

    def __str__(self) -> str:
        return f"{self.person} {self.year}: {self.days}"


class LeaveStatus(models.TextChoices):
    REQUESTED = "requested", _("Waiting")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class DayPart(models.TextChoices):
    """How much of a day it takes."""

    WHOLE = "whole", _("Whole days")
    MORNING = "morning", _("First half of the day")
    AFTERNOON = "afternoon", _("Second half of the day")


class LeaveRequest(PublicModel):
    """Leave from the first to the last day. Only what is approved counts.

    ``part`` other than whole is for one day only.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="leave")
    kind = models.ForeignKey(LeaveKind, on_delete=models.PROTECT, related_name="requests")
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    part = models.CharField(_("how much"), max_length=10, choices=DayPart.choices, default=DayPart.WHOLE)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=LeaveStatus.choices, default=LeaveStatus.REQUESTED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=200, blank=True)

    class Meta:
        ordering = ["-first", "-created_at"]
        verbose_name = _("leave")
        verbose_name_plural = _("leave")
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="leave_ends_after_start"),
            models.CheckConstraint(
                condition=Q(part="whole") | Q(last=F("first")), name="half_leave_is_one_day"
            ),
        ]
        indexes = [models.Index(fields=["person", "first"]), models.Index(fields=["status", "first"])]

    def __str__(self) -> str:
        return f"{self.person} {self.first:%Y-%m-%d}–{self.last:%Y-%m-%d} {self.kind}"
