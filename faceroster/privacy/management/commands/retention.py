"""``manage.py retention [--dry-run] [--json]``: delete what was kept long enough, or say what would go."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from faceroster.privacy.retention.looking import SOON_DAYS, leaving, preview
from faceroster.privacy.retention.sweeping import sweep


class Command(BaseCommand):
    help = "Delete what was kept long enough (docs/retention.md). A worker does the same every night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            self._look(as_json=options["json"])
            return
        done = sweep(now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps({"deleted": done}))
            return
        for kind, count in done.items():
            self.stdout.write(f"{kind}: {count} deleted")
        if not done:
            self.stdout.write("Nothing was over.")

    def _look(self, *, as_json: bool) -> None:
        now = timezone.now()
        rows = preview(now)
        people = leaving(now, most=10_000)
        if as_json:
            kinds = {
                one.kind: {
                    "days": None if one.kept else one.days,
                    "now": one.now,
                    f"within_{SOON_DAYS}_days": one.soon,
                    "oldest": one.oldest.isoformat() if one.oldest else None,
                }
                for one in rows
            }
            listed = [
                {
                    "number": one.number,
                    "due_at": one.due_at.isoformat() if one.due_at else None,
                    "held_up": one.held,
                }
                for one in people
            ]
            self.stdout.write(json.dumps({"kinds": kinds, "people": listed}))
            return
        for one in rows:
            kept = "kept until erased" if one.kept else f"{one.days} days"
            oldest = f", oldest {one.oldest:%Y-%m-%d}" if one.oldest else ""
            self.stdout.write(
                f"{one.kind}: {one.now} now, {one.soon} within {SOON_DAYS} days ({kept}{oldest})"
            )
        for who in people:
            when = f"erased on {who.due_at:%Y-%m-%d}" if who.due_at else "to be announced"
            self.stdout.write(f"{who.number}: {when}{', waits: something is undecided' if who.held else ''}")
