"""``manage.py retention [--dry-run]``: delete what was kept long enough, or say what would go."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from faceroster.privacy import retention
from faceroster.privacy.models import Farewell


class Command(BaseCommand):
    help = "Delete what was kept long enough (docs/erasure.md). A worker does the same every night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if not options["dry_run"]:
            for kind, count in retention.sweep(now=now).items():
                self.stdout.write(f"{kind}: {count}")
            return
        for going in retention.preview(now):
            self.stdout.write(
                f"{going.kind}: {going.now} now, {going.soon} within two weeks ({going.days} days)"
            )
        self.stdout.write(f"photos of ended consents: {retention.photos_of_ended_consents(now).count()} now")
        for farewell in Farewell.objects.select_related("person"):
            self.stdout.write(f"{farewell.person}: erased on {farewell.due_at:%Y-%m-%d}")
        for person in retention.people_over(now).filter(farewell__isnull=True):
            self.stdout.write(f"{person}: announced now, erased {retention.NOTICE_DAYS} days later")
        for person in retention.nameless_over(now):
            self.stdout.write(f"{person.name}: punches and workdays go now")
