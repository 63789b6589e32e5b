"""``manage.py audit verify [--json]``: whether the audit log is what was written."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from faceroster.audit.verification import Result, verify


class Command(BaseCommand):
    help = (
        "Check the audit log, row by row. Names the first wrong row and why; exits with 1 when there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        subcommands = parser.add_subparsers(dest="subcommand", required=True)
        checking = subcommands.add_parser("verify", help=self.help, description=self.help)
        checking.add_argument("--json", action="store_true", help="say it for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        with tqdm(unit="entry", desc="Verifying", disable=True if options["json"] else None) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            result = verify(progress)
        self.stdout.write(_json(result) if options["json"] else _words(result))
        if result.problems:
            raise CommandError(f"Problems found: {len(result.problems)}.", returncode=1)


def _json(result: Result) -> str:
    problems = [{**asdict(problem), "message": str(problem)} for problem in result.problems]
    said = {"ok": not problems, "entries": result.entries, "hash": result.hash, "problems": problems}
    return json.dumps(said, indent=2)


def _words(result: Result) -> str:
    if result.problems:
        return "\n".join(str(problem) for problem in result.problems)
    return f"Nothing was altered. Entries: {result.entries}. Last hash: {result.hash or 'none yet'}"
