"""``manage.py replay_decision ID``, or ``--all [--since DAY]``: does what is stored come to what was said?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from faceroster.kiosks.models import Decision
from faceroster.kiosks.replaying import Replay, replay


class Command(BaseCommand):
    help = "Decide anew from what was stored, with the functions kiosks use. Exits with 1 where it differs."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("id", nargs="?", help="the decision's id")
        which.add_argument("--all", action="store_true", help="every decision")
        parser.add_argument(
            "--since", metavar="DAY", help="with --all: from this day on (UTC), as 2026-11-22"
        )
        parser.add_argument("--json", action="store_true", help="say it for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["since"] and not options["all"]:
            raise CommandError("--since goes with --all.")
        if options["all"]:
            different = self._many(_since(options["since"]), as_json=options["json"])
        else:
            told = replay(_one(options["id"]))
            self.stdout.write(json.dumps(_plain(told), indent=2) if options["json"] else _words(told))
            different = bool(told.differences)
        if different:
            raise CommandError("What is stored does not come to what was said.", returncode=1)

    def _many(self, rows: Iterable[Decision], *, as_json: bool) -> bool:
        counted: Counter[str] = Counter(same=0, different=0, not_possible=0)
        different = []
        for told in map(replay, rows):
            counted[_word(told)] += 1
            if told.differences:
                different.append(told)
        if as_json:
            said = {"counted": counted, "different": [_plain(told) for told in different]}
            self.stdout.write(json.dumps(said, indent=2))
            return bool(different)
        for told in different:
            self.stdout.write(_words(told))
        self.stdout.write(
            f"Same: {counted['same']}. Different: {counted['different']}. "
            f"Not to be replayed: {counted['not_possible']}."
        )
        return bool(different)


def _one(text: str) -> Decision:
    try:
        return Decision.objects.get(pk=UUID(text))
    except ValueError:
        raise CommandError("That is no id of a decision.") from None
    except Decision.DoesNotExist:
        raise CommandError("There is no such decision, or none any more.") from None


def _since(text: str | None) -> Iterable[Decision]:
    rows = Decision.objects.order_by("created_at")
    if text:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise CommandError("--since is a day like 2026-11-22.") from None
        rows = rows.filter(created_at__gte=datetime.combine(day, time.min, UTC))
    return rows.iterator(chunk_size=500)


def _word(told: Replay) -> str:
    if not told.possible:
        return "not_possible"
    return "same" if told.same else "different"


def _plain(told: Replay) -> dict[str, Any]:
    return {
        "id": str(told.decision.pk),
        "result": _word(told),
        "said": told.decision.outcome,
        "replayed": told.outcome or None,
        "differences": told.differences,
        "notes": told.notes,
    }


def _words(told: Replay) -> str:
    first = {"same": "same", "different": "DIFFERENT", "not_possible": "cannot be replayed"}[_word(told)]
    lines = [f"{told.decision.pk}: {told.decision.outcome}, {first}"]
    return "\n  ".join([*lines, *told.differences, *told.notes])
