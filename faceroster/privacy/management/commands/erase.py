"""``manage.py erase PERSON``: remove somebody from every store, and print the signed receipt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from faceroster.core.errors import FaceRosterError
from faceroster.privacy.erasing import erase
from faceroster.privacy.finding import person_named
from faceroster.privacy.models import Cause
from faceroster.privacy.receipts import receipt_text


class Command(BaseCommand):
    help = "Erase a person: key, photos, templates, recognitions, name and account. It cannot be undone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="employee number or id")
        parser.add_argument("--everything", action="store_true", help="punches and workdays too")
        parser.add_argument("--yes", action="store_true", help="do not ask whether that is meant")
        parser.add_argument("--receipt", type=Path, help="write the receipt (JSON) into this file as well")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = person_named(options["person"])
            if not options["yes"]:
                asked = f"Erase {person.name} ({person.employee_number})? Type the number again: "
                if input(asked).strip() != person.employee_number:
                    raise CommandError("Nothing was erased.")
            erasure = erase(person=person, everything=options["everything"], cause=Cause.COMMAND)
        except FaceRosterError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        if options["receipt"]:
            options["receipt"].write_text(json.dumps(erasure.receipt, indent=2) + "\n", encoding="utf-8")
        self.stdout.write(receipt_text(erasure.receipt), ending="")
