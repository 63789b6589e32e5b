"""Which day it is at a site, by the calendar."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from faceroster.people.models import Site


def today_at(site: Site) -> date:
    return timezone.now().astimezone(site.zone).date()
