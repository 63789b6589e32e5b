"""``manage.py rotate_root_key``: a new root key, while everything goes on (docs/keys.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.core.errors import FaceRosterError
from faceroster.trust import keyfile, rotation, sealing

_FROM_ENVIRONMENT = """The root key comes from the environment, which this command cannot write.
  1. Set FACEROSTER_ROOT_KEY_PREVIOUS to the NEW key and restart every process, one after the other.
  2. Set FACEROSTER_ROOT_KEY to the new key and FACEROSTER_ROOT_KEY_PREVIOUS to the old one. Restart again.
  3. Run this command once more, with the same two set.
docs/configuration.md says how to make a key."""


class Command(BaseCommand):
    help = (
        "Put a new root key in force and wrap every key under it. Kiosks go on meanwhile. "
        "If it was interrupted, run it again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-key", type=Path, metavar="FILE", help="take the key in FILE (base64)")
        parser.add_argument("--check", action="store_true", help="only tell whether the old key is needed")
        parser.add_argument(
            "--destroy-old", action="store_true", help="remove the old key's file, once nothing needs it"
        )
        parser.add_argument("--json", action="store_true", help="say it for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["check"]:
                self._check(as_json=options["json"])
            elif options["destroy_old"]:
                self._destroy_old()
            else:
                self._rotate(options["new_key"], quiet=options["json"])
                self._check(as_json=options["json"])
        except (ImproperlyConfigured, FaceRosterError, OSError) as error:
            raise CommandError(str(error)) from error

    def _rotate(self, chosen: Path | None, *, quiet: bool) -> None:
        rotation.rewrap_check()
        before = sealing.root_key_id()
        new = sealing.decoded(chosen.read_text(encoding="ascii").strip()) if chosen else None
        unfinished = rotation.rows_left()
        # Left behind: it was interrupted after the new key was in force. So it goes on with that one.
        if not unfinished or (new is not None and sealing.key_id(new) != before):
            if unfinished:
                raise CommandError("The rotation before is not finished. Run this without --new-key first.")
            self._put_in_force(new)
        with tqdm(unit="key", desc="Wrapping anew", disable=True if quiet else None) as bar:
            bar.total = sum(rotation.rows_left().values())
            count = rotation.rewrap(bar.update)
        record(
            Action.ROOT_KEY_CHANGED,
            details={"before": next(iter(unfinished), before), "now": sealing.root_key_id(), "count": count},
        )

    def _put_in_force(self, new: bytes | None) -> None:
        if sealing.root_key_file() is None:
            raise CommandError(_FROM_ENVIRONMENT)
        if new is not None and sealing.key_id(new) == sealing.root_key_id():
            raise CommandError("That is the root key already.")
        keyfile.replace(new or keyfile.fresh())

    def _check(self, *, as_json: bool) -> None:
        left, derived = rotation.rows_left(), rotation.purposes_derived()
        if as_json:
            said = {"root_key": sealing.root_key_id(), "left": left, "derived_from_old": derived}
            self.stdout.write(json.dumps(said, indent=2))
        elif not left:
            self.stdout.write(f"Every key is wrapped by the root key in force ({sealing.root_key_id()}).")
            self._say_what_to_do()
        if derived and not as_json:
            self.stdout.write(
                "An earlier version derived these from the old root key; whoever has that can compute them: "
                f"{', '.join(derived)} (docs/keys.md)."
            )
        if left:
            raise CommandError(f"{left.total()} keys are still under another root key: {', '.join(left)}.")

    def _say_what_to_do(self) -> None:
        before = sealing.previous_file()
        if before is not None and before.is_file():
            self.stdout.write(
                f"{before} is the old key. Save the new one where you keep it. Once no backup from before is "
                "needed, or the old key is kept with them: manage.py rotate_root_key --destroy-old"
            )
        elif len(sealing.root_keys()) > 1:
            self.stdout.write(
                "Take FACEROSTER_ROOT_KEY_PREVIOUS away, restart every process, and destroy the old key."
            )

    def _destroy_old(self) -> None:
        rotation.rewrap()  # whatever was stored by a process that began before the new key was in force
        if not keyfile.destroy_previous():
            raise CommandError("There is no file with an old key.")
        record(Action.ROOT_KEY_DESTROYED, details={"now": sealing.root_key_id()})
        self.stdout.write("The old key is gone. Backups from before open with it only.")
