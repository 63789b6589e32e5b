"""What an export holds, whatever its format: the sheet, who asked for it, when, and whether it is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.text import slugify
from django.utils.translation import gettext as _

from faceroster.reports.timesheets.sheets import DepartmentSheet, Head, PersonSheet, Totals
from faceroster.reports.timesheets.wording import month_text
from faceroster.trust.models import User


class Fact(NamedTuple):
    """One line about the export. ``key`` is stable, ``label`` is for people."""

    key: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Document:
    """A sheet on its way into a file. ``single`` is the one person that it is about, if it is."""

    head: Head
    people: tuple[PersonSheet, ...]
    totals: Totals
    asked_by: str
    made_at: datetime
    single: bool = False

    @property
    def rows(self) -> int:
        return sum(len(person.days) for person in self.people)

    @property
    def title(self) -> str:
        whose = self.people[0].who.name if self.single else self.head.department
        return _("Timesheet of %(whose)s, %(month)s") % {"whose": whose, "month": month_text(self.head.first)}

    @property
    def seal(self) -> str:
        """The period's digest in words, or that there is none."""
        if self.head.digest:
            return _("Sealed, SHA-256 %(digest)s") % {"digest": self.head.digest}
        return _("Open, not sealed")

    def file_name(self, ending: str) -> str:
        whose = self.people[0].who.number if self.single else self.head.department
        return f"{slugify(f'timesheet {whose} {self.head.month}')}.{ending}"

    def facts(self) -> list[Fact]:
        """Everything that every export says about itself, in this order."""
        head = self.head
        made = self.made_at.astimezone(ZoneInfo(head.zone)).isoformat(timespec="seconds")
        facts = [
            Fact("department", _("Department"), head.department),
            Fact("site", _("Site"), head.site),
            Fact("zone", _("Time zone"), head.zone),
            Fact("period", _("Period"), f"{head.first.isoformat()} – {head.last.isoformat()}"),
            Fact("seal", _("Seal"), self.seal),
            Fact("rules", _("Version of the rules"), ", ".join(map(str, head.rules_versions)) or "–"),
            Fact("asked_by", _("Exported by"), self.asked_by),
            Fact("made_at", _("Exported at"), made),
        ]
        if self.single:
            who = self.people[0].who
            facts.insert(0, Fact("person", _("Person"), f"{who.name} ({who.number})"))
        return facts


def user_name(user: User) -> str:
    return user.get_full_name() or user.get_username()


def document_of(sheet: DepartmentSheet | PersonSheet, *, user: User, now: datetime) -> Document:
    """``sheet`` as ``user`` exports it ``now``."""
    if isinstance(sheet, PersonSheet):
        return Document(sheet.head, (sheet,), sheet.totals, user_name(user), now, single=True)
    return Document(sheet.head, sheet.people, sheet.totals, user_name(user), now)
