"""``manage.py duplicates``: people who may be one human under two names. Reads only."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from faceroster import vision
from faceroster.core.errors import FaceRosterError
from faceroster.enrollment import doubles, gallery
from faceroster.people.models import Person


class Command(BaseCommand):
    help = "Compare everybody on the roster with everybody else: who may be one human under two names?"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="also pairs that somebody has decided about in review"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object per pair and line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with gallery.synced() as (faces, _):
                people = doubles.people_to_compare()
                # Without a terminal there is nobody to see a bar.
                found = doubles.pairs(faces, tqdm(people, unit="person", desc="Comparing", disable=None))
                threshold = vision.suspicion(faces).threshold
        except (vision.ModelError, FaceRosterError) as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        except ImproperlyConfigured as error:  # no root key: nothing opens
            raise CommandError(str(error)) from error
        shown = [pair for pair in found if options["all"] or not pair.decided]
        if options["json"]:
            for pair in shown:
                self.stdout.write(json.dumps(_as_json(pair, faces.scorer.name, threshold)))
            return
        self._tell(shown, len(people), len(found) - len(shown), threshold)

    def _tell(self, pairs: list[doubles.Pair], people: int, left_out: int, threshold: float) -> None:
        self.stdout.write(f"{people} people compared; pairs are listed from a score of {threshold:.3g}.")
        for pair in pairs:
            self.stdout.write(
                f"{pair.score:8.3g}  {_named(pair.first)}  and  {_named(pair.second)}, "
                f"similarity {100 * pair.similarity:.0f} %{', decided' if pair.decided else ''}"
            )
        self.stdout.write(
            f"{len(pairs)} may be one human under two names, or relatives."
            if pairs
            else "Nobody seems to be there under two names."
        )
        if left_out:
            self.stdout.write(f"{left_out} left out that somebody has decided about; --all shows them.")


def _named(person: Person) -> str:
    return f"{person.employee_number} {person.name}"


def _as_json(pair: doubles.Pair, kind: str, threshold: float) -> dict[str, Any]:
    return {
        "people": [
            {"id": str(one.pk), "employee_number": one.employee_number, "name": one.name}
            for one in (pair.first, pair.second)
        ],
        "score": round(pair.score, 5),
        "threshold": round(threshold, 5),
        "score_kind": kind,
        "similarity": round(pair.similarity, 5),
        "decided": pair.decided,
    }
