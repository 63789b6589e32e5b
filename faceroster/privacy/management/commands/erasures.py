"""``manage.py erasures verify|replay|key``: check receipts, and erase again after a restore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from faceroster.core.errors import FaceRosterError
from faceroster.privacy import receipts, tombstones
from faceroster.privacy.erasing import erasures_finish


class Command(BaseCommand):
    help = "Receipts and tombstones of erasures (docs/erasure.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        subcommands = parser.add_subparsers(dest="subcommand", required=True)
        verify = subcommands.add_parser("verify", help="is this receipt what was given out?")
        verify.add_argument("receipt", type=Path)
        replay = subcommands.add_parser("replay", help="erase again whoever came back with a backup")
        replay.add_argument("file", type=Path, nargs="?", help="by itself the one below FACEROSTER_HOME")
        replay.add_argument("--foreign", action="store_true", help="believe another installation's signature")
        subcommands.add_parser("key", help="print the public key of receipts")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["subcommand"])(options)
        except FaceRosterError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error}") from error

    def verify(self, options: dict[str, Any]) -> None:
        receipt = receipts.receipt_check(options["receipt"].read_text(encoding="utf-8"))
        self.stdout.write(receipts.receipt_text(receipt), ending="")
        self.stdout.write("The signature fits.")

    def replay(self, options: dict[str, Any]) -> None:
        path = options["file"] or tombstones.tombstones_file()
        lines = path.read_text(encoding="utf-8").splitlines()
        done = tombstones.replay(tombstones.stones_read(lines, foreign=options["foreign"]))
        erasures_finish()
        self.stdout.write(
            f"Erased again: {done['erased']}. Erased already: {done['already']}. "
            f"Keys of people who are not there, destroyed: {done['keys']}."
        )

    def key(self, options: dict[str, Any]) -> None:
        self.stdout.write(receipts.public_key())
