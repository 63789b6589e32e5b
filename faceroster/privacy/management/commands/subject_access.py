"""``manage.py subject_access PERSON --out FILE``: all that is stored about somebody, as one ZIP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from faceroster.core.errors import FaceRosterError
from faceroster.privacy.access import subject_access
from faceroster.privacy.finding import person_named


class Command(BaseCommand):
    help = "Write all that is stored about a person into one ZIP: a page to read, JSON, and the pictures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="employee number or id")
        parser.add_argument("--out", type=Path, required=True, help="the file to write; only you may read it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = subject_access(person=person_named(options["person"]))
            with os.fdopen(
                os.open(options["out"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(data)
        except FaceRosterError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error}") from error
        self.stdout.write(f"Written: {options['out']} ({len(data)} bytes)")
