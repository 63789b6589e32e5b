"""Consents on paper that a table tells of: the day they were signed, and which text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from faceroster.consents.forms import signed_at
from faceroster.consents.models import ConsentText, How
from faceroster.consents.selectors import consents_in_force
from faceroster.consents.services import consent_sign
from faceroster.people.models import Person
from faceroster.trust.models import User

FindText = Callable[[str], ConsentText | None]
DAY, TEXT = "consent_signed_on", "consent_text"


@dataclass(frozen=True, slots=True)
class PaperConsent:
    """What one row says. Raises nothing later: it was checked when the table was read."""

    day: date
    text: ConsentText

    @property
    def difference(self) -> str:
        told = _("consent on paper: %(text)s, signed %(day)s")
        return told % {"text": self.text.label, "day": date_format(self.day, "SHORT_DATE_FORMAT")}


class Unclear(Exception):
    """A cell that cannot be used: its column, and why."""

    def __init__(self, column: str, message: str) -> None:
        self.column, self.message = column, message
        super().__init__(message)


def read(cells: dict[str, str], find: FindText) -> PaperConsent | None:
    """The consent of a row; None where it tells of none. Raises :class:`Unclear`.

    ``find``: :func:`text_labelled`, which need not ask the database for each row.
    """
    day_text, label = cells.get(DAY, ""), cells.get(TEXT, "")
    if not day_text and not label:
        return None
    if not day_text:
        raise Unclear(DAY, _("The day on which the consent was signed is missing."))
    try:
        day = datetime.fromisoformat(day_text).date()
    except ValueError as error:
        told = _("“%(text)s” is no day. Write it like 2026-11-30.") % {"text": day_text}
        raise Unclear(DAY, told) from error
    text = find(label)
    if text is None:
        told = _("There is no consent text %(label)s. Write it like 1-en.") % {"label": label or "–"}
        raise Unclear(TEXT, told)
    today = timezone.localdate()
    if day > today:
        raise Unclear(DAY, _("A consent cannot be signed in the future."))
    if day + timedelta(days=text.term_days) <= today:
        told = _("A signature of that day is no longer good: its term of %(days)d days is over.")
        raise Unclear(DAY, told % {"days": text.term_days})
    return PaperConsent(day, text)


def days_signed(people: Iterable[Person]) -> dict[UUID, datetime]:
    """When the consents in force of ``people`` were signed; of one from before consents, long ago."""
    rows = consents_in_force().filter(person__in=[person.pk for person in people])
    long_ago = datetime.min.replace(tzinfo=timezone.get_default_timezone())
    return {
        person: long_ago if how == How.BEFORE else signed
        for person, how, signed in rows.values_list("person_id", "how", "signed_at")
    }


def is_news(paper: PaperConsent, person: Person, signed: dict[UUID, datetime]) -> bool:
    """Whether ``paper`` is newer than what ``person`` has signed so far."""
    last = signed.get(person.pk)
    return last is None or signed_at(paper.day, person) > last


def sign(paper: PaperConsent, person: Person, user: User | None) -> None:
    consent_sign(
        person=person, text=paper.text, how=How.PAPER, user=user, signed_at=signed_at(paper.day, person)
    )
