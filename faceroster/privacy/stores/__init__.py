"""Every store that holds something of a person, in the order in which an erasure clears them.

A model that points at a person and stands in no store is found by a test
(``tests/django/privacy/test_stores.py``). ``docs/erasure.md`` lists them for readers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from faceroster.people.models import Person
from faceroster.trust.models import User

Counts = Counter[str]


@dataclass(slots=True)
class Case:
    """Whom an erasure is about, as they were. ``pending``: ids of what is cleared after the commit."""

    person: Person
    label: str
    everything: bool
    user: User | None
    pending: dict[str, list[str]] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """What says who it is, and stands in no text about others by chance, as a short number would."""
        told = [str(self.person.pk), self.person.email, self.person.employee_number]
        if " " in self.person.name:
            told.append(self.person.name)
        if self.user is not None:
            told += [self.user.username, self.user.email]
        return sorted({text for text in told if len(text) >= _TELLING and not text.isdecimal()})

    def later(self, kind: str, keys: list[UUID]) -> None:
        self.pending[kind] = [str(key) for key in keys]


#: A shorter number or name stands in texts about others.
_TELLING = 5


@dataclass(frozen=True, slots=True)
class Store:
    """``models``: labels of the tables with a key to people that this one answers for."""

    name: str
    models: tuple[str, ...]
    erase: Callable[[Case], Counts]


def stores() -> tuple[Store, ...]:
    from faceroster.privacy.stores import attendance, biometrics, identity, traces

    return (
        Store("key", (), biometrics.key),
        Store("imports", (), traces.imports),
        Store(
            "photos",
            ("enrollment.EnrollmentPhoto", "enrollment.PhotoReview", "enrollment.Template"),
            biometrics.photos,
        ),
        Store("consents", ("consents.Consent",), biometrics.consents),
        Store("passes", ("passes.Pin", "passes.Badge"), biometrics.passes),
        Store("enrolments", ("coaching.EnrolmentTicket",), biometrics.enrolments),
        Store("offline entries", ("offline.OfflineEntry",), attendance.offline),
        Store(
            "days",
            (
                "attendance.Punch",
                "attendance.Correction",
                "attendance.Resolution",
                "attendance.TimesheetEvent",
                "attendance.Seal",
                "attendance.Redaction",
                "attendance.Workday",
                "attendance.Due",
            ),
            attendance.days,
        ),
        Store(
            "recognitions",
            ("kiosks.Decision", "kiosks.FalseAccept", "kiosks.DecisionCrop"),
            attendance.recognitions,
        ),
        Store(
            "plans",
            (
                "rosters.CalendarFeed",
                "rosters.LeaveEntitlement",
                "rosters.LeaveRequest",
                "rosters.Assignment",
                "rosters.RosterException",
            ),
            attendance.plans,
        ),
        Store("notices", ("notices.Notice",), traces.notices),
        Store("exports", (), traces.exports),
        Store("admin history", (), traces.admin_history),
        Store("sign-in", (), identity.sign_in),
        Store(
            "person",
            (
                "people.DepartmentStay",
                "privacy.Erasure",
                "privacy.Farewell",
            ),
            identity.person,
        ),
        Store("audit log", (), identity.audit_log),
    )
