"""Derive workdays anew. Only rows that come out otherwise are written, and none that is sealed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Min, Q, QuerySet
from django.utils import timezone
from tqdm import tqdm

from faceroster.attendance.models import Correction, Punch, Workday
from faceroster.attendance.previews import DayDiff, workdays_preview
from faceroster.attendance.workdays import workdays_compute
from faceroster.people.models import Person

HELP = "Derive workdays anew from punches, corrections and rosters; sealed ones stay as they are."

_PEOPLE_AT_ONCE = 50


def arguments(parser: CommandParser) -> None:
    parser.add_argument("--first", type=_day, help="from this day on, YYYY-MM-DD; else from the first record")
    parser.add_argument("--last", type=_day, help="up to this day; else up to today")
    parser.add_argument("--site", help="the name or the key of a site: its people only")
    parser.add_argument("--department", help="the name or the key of a department: its people only")
    parser.add_argument("--person", help="an employee number or the key of a person: this one only")
    parser.add_argument("--dry-run", action="store_true", help="list what would change, and change nothing")


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    now = timezone.now()
    last = options["last"] or now.date()
    people = _people(options)
    if not people.exists():
        raise CommandError("Nobody is there by that name, number or key.")
    found = 0
    with tqdm(total=people.count(), unit="person", desc="Recomputing", disable=None) as bar:
        for ids, first in _groups(people, options["first"]):
            if options["dry_run"]:
                found += _list(command, workdays_preview(person_ids=ids, first=first, last=last, now=now))
            else:
                found += workdays_compute(person_ids=ids, first=first, last=last, now=now)
            bar.update(len(ids))
    what = "would change" if options["dry_run"] else "changed"
    command.stdout.write(f"{found} days {what}.")


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y-%m-%d").date()


def _people(options: dict[str, Any]) -> QuerySet[Person]:
    people = Person.objects.order_by("pk")
    for option, name, key in (
        ("site", "department__site__name", "department__site"),
        ("department", "department__name", "department"),
        ("person", "employee_number", "pk"),
    ):
        if given := options[option]:
            try:
                people = people.filter(Q(**{name: given}) | Q(**{key: UUID(given)}))
            except (ValueError, ValidationError):
                people = people.filter(**{name: given})
    return people


def _groups(people: QuerySet[Person], first: date | None) -> Iterator[tuple[list[UUID], date]]:
    """Some people at a time, with the first day of each."""
    ids = list(people.values_list("pk", flat=True))
    for start in range(0, len(ids), _PEOPLE_AT_ONCE):
        by_day: dict[date, list[UUID]] = defaultdict(list)
        for person_id, day in _first_days(ids[start : start + _PEOPLE_AT_ONCE], first).items():
            by_day[day].append(person_id)
        for day, found in sorted(by_day.items()):
            yield found, day


def _first_days(ids: list[UUID], first: date | None) -> dict[UUID, date]:
    """``first``, or the earliest that is known of each. Who joined at no known day has none before that."""
    people = list(Person.objects.filter(pk__in=ids).values_list("pk", "joined_on", "created_at"))
    known: dict[UUID, list[date]] = {row[0]: [row[1] or row[2].date()] for row in people}
    for rows, name in (
        (Punch.objects.filter(person__in=ids), "day"),
        (Workday.objects.filter(person__in=ids), "day"),
        (Correction.objects.filter(person__in=ids), "day"),
        (Correction.objects.filter(person__in=ids, at__isnull=False), "at"),
    ):
        firsts = rows.order_by().values("person_id").annotate(begins=Min(name))
        for person_id, begins in firsts.values_list("person_id", "begins"):
            # What is recorded for a day may belong to the night before.
            known[person_id].append((begins.date() if name == "at" else begins) - timedelta(days=1))
    joined = {row[0]: row[1] is not None for row in people}
    return {
        key: min(days) if first is None else first if joined[key] else max(first, min(days))
        for key, days in known.items()
    }


def _list(command: BaseCommand, diffs: list[DayDiff]) -> int:
    for diff in diffs:
        what = (
            "no row yet"
            if diff.fresh
            else ", ".join(
                f"{change.name.removesuffix('_id')} {_shown(change.before)} > {_shown(change.after)}"
                for change in diff.changes
            )
        )
        command.stdout.write(f"{diff.person.employee_number} {diff.person.name} {diff.day:%Y-%m-%d}: {what}")
    return len(diffs)


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    return "-" if value is None or value == "" else str(value)
