"""Sites, departments and the people who come and go."""

from __future__ import annotations

import uuid
import zoneinfo
from datetime import time, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.trust.models import SubjectKey
from faceroster.trust.services import subject_key_create


def validate_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is no time zone; write it like Europe/Berlin."), "zone.unknown", {"name": name}
        )


class PunchRule(models.TextChoices):
    """How a site tells coming from going."""

    ALTERNATE = "alternate", _("In and out alternate, starting with in each day")
    IN_ONLY = "in_only", _("Every punch is an arrival")


class Liveness(models.TextChoices):
    """What a site's kiosks ask before they believe that somebody stands there."""

    OFF = "off", _("Off: a photo passes as well")
    PASSIVE = "passive", _("Passive: looks on, and asks for movements when in doubt")
    CHALLENGE = "challenge", _("Challenge: asks for movements unless there is no doubt at all")
    ALWAYS = "always", _("Challenge always: everybody makes the movements, each time")


class Site(PublicModel):
    """A place with kiosks. Its zone and its rules hold for every punch made there."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    timezone = models.CharField(_("timezone"), max_length=64, default="UTC", validators=[validate_zone])
    punch_rule = models.CharField(
        _("punch rule"), max_length=20, choices=PunchRule.choices, default=PunchRule.ALTERNATE
    )
    day_starts_at = models.TimeField(
        _("day starts at"),
        default=time(4, 0),
        help_text=_(
            "A punch before this time belongs to the day before, so that a late evening stays one day."
        ),
    )
    debounce_seconds = models.PositiveIntegerField(
        _("debounce seconds"),
        default=60,
        help_text=_("The same person again within this time is greeted but not punched twice."),
    )
    liveness = models.CharField(
        _("liveness"), max_length=10, choices=Liveness.choices, default=Liveness.PASSIVE
    )
    kiosk_pin = models.CharField(
        _("kiosk PIN"),
        max_length=128,
        blank=True,
        editable=False,
        help_text=_(
            "Opens the administrator's corner of the site's kiosks. Only a slow hash of it is stored."
        ),
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class Department(PublicModel):
    """People who are managed together, at one site."""

    name = models.CharField(_("name"), max_length=100)
    site = models.ForeignKey(
        Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="departments"
    )
    managers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("managers"),
        blank=True,
        related_name="managed_departments",
        help_text=_("They see this department's attendance, and no other's."),
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                name="department_name_once_per_site",
                violation_error_message=_("This site already has a department of that name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Person(PublicModel):
    """Someone who is on the roster."""

    employee_number = models.CharField(
        _("employee number"),
        max_length=40,
        unique=True,
        error_messages={"unique": _("Another person has this employee number.")},
    )
    name = models.CharField(_("name"), max_length=150)
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="people"
    )
    email = models.EmailField(_("email"), blank=True)
    joined_on = models.DateField(
        _("joined on"),
        null=True,
        blank=True,
        help_text=_("The first day of work. Empty: as long as there are records."),
    )
    left_on = models.DateField(
        _("left on"), null=True, blank=True, help_text=_("The last day of work, once it is known.")
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="person",
        help_text=_("Signs in to see their own days, and to ask for leave and corrections."),
    )
    active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Untick when the person has left: the kiosk knows them no more."),
    )
    subject_key = models.OneToOneField(
        SubjectKey,
        verbose_name=_("subject key"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="person",
    )

    class Meta:
        ordering = ["name", "employee_number"]
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [models.Index(fields=["department", "active"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(left_on__isnull=True)
                | models.Q(joined_on__isnull=True)
                | models.Q(left_on__gte=models.F("joined_on")),
                name="person_leaves_after_joining",
                violation_error_message=_("The last day of work is before the first."),
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
            if not self._state.adding:
                active, department_id = self._stored()
                self.returning = self.active and active is False
                if department_id is not None and department_id != self.department_id:
                    self._note_stay(department_id)
            super().save(*args, **kwargs)

    def _stored(self) -> tuple[bool | None, uuid.UUID | None]:
        # no_key: a worker who adds a template refers to this row, and may hold what we wait for next.
        row = Person.objects.select_for_update(no_key=True).order_by().filter(pk=self.pk)
        return row.values_list("active", "department_id").first() or (None, None)

    def _note_stay(self, department_id: uuid.UUID) -> None:
        """They have been in that department until today, which belongs to the new one."""
        left = Department.objects.select_related("site").get(pk=department_id)
        now = timezone.now().astimezone(left.site.zone)
        today = now.date() - timedelta(days=now.time() < left.site.day_starts_at)
        # Who moves twice in a day was never in the department between.
        DepartmentStay.objects.get_or_create(person=self, until=today, defaults={"department": left})


class DepartmentStay(models.Model):
    """Somebody was in ``department`` until the day before ``until``: days before a move keep their rules."""

    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="stays"
    )
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="+"
    )
    until = models.DateField(_("until"), help_text=_("The first day in the next department."))

    class Meta:
        ordering = ["person", "until"]
        verbose_name = _("stay in a department")
        verbose_name_plural = _("stays in departments")
        constraints = [models.UniqueConstraint(fields=["person", "until"], name="department_stay_once_a_day")]

    def __str__(self) -> str:
        return f"{self.department} until {self.until}"
