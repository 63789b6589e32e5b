"""Rows of the roster whose every change is recorded in the audit log."""

from __future__ import annotations

from faceroster.audit.actions import Action
from faceroster.audit.following import follow, follow_many
from faceroster.people.models import Department, Person, Site

follow(
    Person,
    created=Action.PERSON_CREATED,
    changed=Action.PERSON_CHANGED,
    deleted=Action.PERSON_DELETED,
    fields=("employee_number", "name", "department", "email", "joined_on", "left_on", "user", "active"),
)
follow(Department, fields=("name", "site"))
follow_many(Department, "managers")
follow(
    Site,
    fields=("name", "timezone", "punch_rule", "day_starts_at", "debounce_seconds", "liveness"),
    hidden=("kiosk_pin",),
)
