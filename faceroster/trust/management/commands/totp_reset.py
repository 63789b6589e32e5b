"""``manage.py totp_reset USER``: take away the second step of somebody who lost it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from faceroster.trust import second_steps
from faceroster.trust.models import User


class Command(BaseCommand):
    help = "Take away the second step of a user who lost the app and the recovery codes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the user's name to sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']}.")
        if not second_steps.reset(user=user, by=None):
            raise CommandError(f"{user} has no second step.")
        self.stdout.write(f"{user} signs in without a second step now.")
