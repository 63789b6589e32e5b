"""``manage.py demo_history``: a made-up company with a believable year of punches, leave and corrections."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from faceroster.attendance.demo import history
from faceroster.core.errors import FaceRosterError


def _bar(items: Iterable[Any], total: int, what: str) -> Iterable[Any]:
    # Without a terminal there is nobody to see a bar.
    return tqdm(items, total=total, desc=what, disable=None, smoothing=0.05)


def _processes() -> int:
    # More than the database can take at once gain nothing.
    return min(os.cpu_count() or 1, 4)


class Command(BaseCommand):
    help = "Write a made-up company and its punches, to look at every page with a full house."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, default=2000, help="how many people (default 2000)")
        parser.add_argument("--months", type=int, default=12, help="how many months (default 12)")
        parser.add_argument("--seed", type=int, default=0, help="another one writes another company")
        parser.add_argument("--until", help="the last day, like 2026-11-22 (default: today)")
        parser.add_argument("--yes", action="store_true", help="also beside real people")
        parser.add_argument(
            "--processes",
            type=int,
            default=_processes(),
            help="how many compute workdays (default %(default)s)",
        )
        parser.add_argument("--no-workdays", action="store_true", help="only punches, compute nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        wanted = history.Wanted(
            options["people"], options["months"], options["seed"], _until(options["until"], now), now
        )
        real = history.real_people()
        if real and not options["yes"]:
            raise CommandError(
                f"There are {real} people here who are no demo. Use an empty database, or say --yes."
            )
        started = time.monotonic()
        try:
            counted = history.history_write(wanted=wanted, progress=_bar)
        except FaceRosterError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.stdout.write(
            f"{counted['people']:,} people in {counted['departments']} departments from {wanted.first} to "
            f"{wanted.last}: {counted['punches']:,} punches, {counted['leave']:,} times of leave, "
            f"{counted['corrections']:,} corrections, {counted['resolutions']:,} findings settled "
            f"in {time.monotonic() - started:.0f} s."
        )
        if not options["no_workdays"]:
            self._follow(wanted, options["processes"])

    def _follow(self, wanted: history.Wanted, processes: int) -> None:
        started = time.monotonic()
        written = history.workdays_write(wanted=wanted, progress=_bar, processes=processes)
        self.stdout.write(f"{written:,} workdays computed in {time.monotonic() - started:.0f} s.")
        started = time.monotonic()
        closed, refused = history.months_close(wanted=wanted, progress=_bar, processes=processes)
        self.stdout.write(f"{closed} months of departments closed in {time.monotonic() - started:.0f} s.")
        for code, count in refused.items():
            self.stdout.write(f"{count} stayed open: {code}.")


def _until(text: str | None, now: datetime) -> date:
    if not text:
        return now.date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CommandError("--until is a day like 2026-11-22.") from None
    if day > now.date():
        raise CommandError("--until lies ahead: nobody has punched then.")
    return day
