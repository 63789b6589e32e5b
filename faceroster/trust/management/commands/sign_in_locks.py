"""``manage.py sign_in_locks``: who is locked out after wrong passwords, and lifting it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from faceroster.trust import guessing


class Command(BaseCommand):
    help = "List who is locked out after wrong passwords; lift it with --lift-user, --lift-address or both."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lift-user", default="", metavar="NAME")
        parser.add_argument("--lift-address", default="", metavar="ADDRESS")

    def handle(self, *args: Any, **options: Any) -> None:
        username, address = options["lift_user"], options["lift_address"]
        if username or address:
            if not guessing.locks_lift(username=username, address=address):
                words = " at ".join(filter(None, (username, address)))
                raise CommandError(f"There are no wrong tries of {words}.")
            self.stdout.write("Lifted.")
            return
        locked = guessing.locks()
        if not locked:
            self.stdout.write("Nobody is locked out.")
        for lock in locked:
            who = guessing.shown_name(lock["username"]) or "everybody"
            until = f"{lock['until']:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(f"{lock['address']}  {who}  {lock['failures']} wrong tries, until {until}")
