"""Sites, departments and the people who come and go."""

from __future__ import annotations

import zoneinfo
from datetime import time
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from faceroster.core.models import PublicModel
from faceroster.trust.models import SubjectKey
from faceroster.trust.services import subject_key_create


def validate_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            "“%(name)s” is no time zone; write it like Europe/Berlin.", "zone.unknown", {"name": name}
        )


class PunchRule(models.TextChoices):
    """How a site tells coming from going."""

    ALTERNATE = "alternate", "In and out alternate, starting with in each day"
    IN_ONLY = "in_only", "Every punch is an arrival"


class Site(PublicModel):
    """A place with kiosks. Its zone and its rules hold for every punch made there."""

    name = models.CharField(max_length=100, unique=True)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    punch_rule = models.CharField(max_length=20, choices=PunchRule.choices, default=PunchRule.ALTERNATE)
    day_starts_at = models.TimeField(
        default=time(4, 0),
        help_text="A punch before this time belongs to the day before, so that a late evening stays one day.",
    )
    debounce_seconds = models.PositiveIntegerField(
        default=60, help_text="The same person again within this time is greeted but not punched twice."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class Department(PublicModel):
    """People who are managed together, at one site."""

    name = models.CharField(max_length=100)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="departments")
    managers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="managed_departments",
        help_text="They see this department's attendance, and no other's.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                name="department_name_once_per_site",
                violation_error_message="This site already has a department of that name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Person(PublicModel):
    """Someone who is on the roster."""

    employee_number = models.CharField(
        max_length=40, unique=True, error_messages={"unique": "Another person has this employee number."}
    )
    name = models.CharField(max_length=150)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="people")
    email = models.EmailField(blank=True)
    joined_on = models.DateField(
        null=True, blank=True, help_text="The first day of work. Empty: as long as there are records."
    )
    left_on = models.DateField(null=True, blank=True, help_text="The last day of work, once it is known.")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="person",
        help_text="Signs in to see their own days, and to ask for leave and corrections.",
    )
    active = models.BooleanField(
        default=True, help_text="Untick when the person has left: the kiosk knows them no more."
    )
    subject_key = models.OneToOneField(
        SubjectKey, on_delete=models.PROTECT, null=True, editable=False, related_name="person"
    )

    class Meta:
        ordering = ["name", "employee_number"]
        verbose_name_plural = "people"
        indexes = [models.Index(fields=["department", "active"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(left_on__isnull=True)
                | models.Q(joined_on__isnull=True)
                | models.Q(left_on__gte=models.F("joined_on")),
                name="person_leaves_after_joining",
                violation_error_message="The last day of work is before the first.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.employee_number})"

    #: Whether :meth:`save` makes someone active who was not. For whoever listens to it.
    returning = False

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.subject_key is None and self._state.adding:
            self.subject_key = subject_key_create()
        with transaction.atomic():  # nobody sees the row before those who listen have done their part
            self.returning = self.active and not self._state.adding and self._stored_inactive()
            super().save(*args, **kwargs)

    def _stored_inactive(self) -> bool:
        # no_key: a worker who adds a template refers to this row, and may hold what we wait for next.
        row = Person.objects.select_for_update(no_key=True).order_by().filter(pk=self.pk)
        return row.values_list("active", flat=True).first() is False
