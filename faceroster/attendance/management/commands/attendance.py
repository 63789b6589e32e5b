"""``manage.py attendance SUBCOMMAND``: see :mod:`faceroster.attendance.commands`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from faceroster.attendance import commands
from faceroster.core.errors import FaceRosterError


class Command(BaseCommand):
    help = "Look after workdays: what is derived from punches, corrections and rosters."

    def add_arguments(self, parser: CommandParser) -> None:
        subcommands = parser.add_subparsers(dest="subcommand", required=True)
        for found in sorted(iter_modules(commands.__path__), key=lambda module: module.name):
            module = import_module(f"{commands.__name__}.{found.name}")
            module.arguments(subcommands.add_parser(found.name, help=module.HELP, description=module.HELP))

    def handle(self, *args: Any, **options: Any) -> None:
        module = import_module(f"{commands.__name__}.{options['subcommand']}")
        try:
            module.run(self, options)
        except FaceRosterError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
