"""Check that closed periods are what they were when they were closed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from faceroster.attendance.models import Period, PeriodStatus, Redaction
from faceroster.attendance.verification import verify_all

HELP = "Check that nothing in closed periods was altered, row by row. Exits with 1 when something was."


def arguments(parser: CommandParser) -> None:
    """There are none: everything is checked."""


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    with tqdm(total=Period.objects.count(), unit="period", desc="Verifying", disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.update(done - bar.n)

        problems = verify_all(progress)
    for problem in problems:
        command.stdout.write(str(problem))
    closed = Period.objects.filter(status=PeriodStatus.CLOSED).count()
    if problems:
        raise CommandError(f"Problems found: {len(problems)}. Closed periods: {closed}.", returncode=1)
    command.stdout.write(f"Nothing was altered. Closed periods: {closed}.")
    if taken := Redaction.objects.count():
        command.stdout.write(f"Erasures of people took words or rows out of closed days: {taken}.")
