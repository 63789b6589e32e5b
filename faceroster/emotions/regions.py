"""Where emotions may be read, and the sentence that says why not.

Reading the emotions of people at work or in education is prohibited in the European Union: Regulation (EU)
2024/1689 (the AI Act), Art. 5(1)(f), in force since 2 February 2025. It exempts medical and safety systems,
which this is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.core.errors import NotAllowed
from faceroster.people.models import Site

LOCKED = "emotion.locked"
_ARTICLE = gettext_lazy("Regulation (EU) 2024/1689, Article 5(1)(f)")

#: Member states, their parts with an entry of their own in the table of time zones, and the other states of
#: the European Economic Area.
_COUNTRIES = {
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    *("AX", "GF", "GP", "MF", "MQ", "RE", "YT", "IS", "LI", "NO"),
}
#: Old names of zones, which the table does not list.
_OLD_ZONES = frozenset({"Eire", "Iceland", "Poland", "Portugal", "CET", "EET", "MET", "WET"})


class Region(models.TextChoices):
    """The law that a site, or the whole installation, declares itself to be under."""

    EU = "eu", gettext_lazy("European Union or European Economic Area: prohibited, stays locked")
    OTHER = "other", gettext_lazy("Elsewhere, and the law there allows it")


@dataclass(frozen=True)
class Lock:
    """Why no emotion may be read: a code for programs, a sentence for people."""

    message: str
    code: str = LOCKED


class EmotionLocked(NotAllowed):
    """The law that was declared, or that nobody declared one, forbids it."""

    def __init__(self, lock: Lock) -> None:
        super().__init__(lock.code, lock.message)


@cache
def zones_under_eu_law() -> frozenset[str]:
    """The time zones of countries where the AI Act holds."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="ascii")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return _OLD_ZONES | {zone for country, _, zone, *_ in rows if country in _COUNTRIES}


def installation_lock() -> Lock | None:
    """What locks every site: ``FACEROSTER_EMOTION_REGION``. None when sites decide."""
    region = settings.FACEROSTER["EMOTION_REGION"]
    if region == Region.OTHER:
        return None
    if region == Region.EU:
        return Lock(
            _(
                "Emotion tagging is locked: this installation runs under the law of the European Union, "
                "where reading the emotions of people at work or in education is prohibited (%(article)s)."
            )
            % {"article": _ARTICLE}
        )
    return Lock(
        _(
            "Emotion tagging is locked: nobody has declared under which law this installation runs. Whoever "
            "runs it can do so with FACEROSTER_EMOTION_REGION (docs/emotion-tagging.md)."
        )
    )


def site_lock(site: Site, region: str = Region.OTHER) -> Lock | None:
    """What locks ``site`` when it declares ``region`` (of :class:`Region`). None when nothing does."""
    if lock := installation_lock():
        return lock
    if site.timezone in zones_under_eu_law():
        return Lock(
            _(
                "Emotion tagging is locked: the clock of %(site)s, %(zone)s, is that of a country of the "
                "European Union or the European Economic Area, where reading the emotions of people at work "
                "or in education is prohibited (%(article)s)."
            )
            % {"site": site.name, "zone": site.timezone, "article": _ARTICLE}
        )
    if region == Region.EU:
        return Lock(
            _(
                "Emotion tagging is locked: %(site)s lies in the European Union, where reading the emotions "
                "of people at work or in education is prohibited (%(article)s)."
            )
            % {"site": site.name, "article": _ARTICLE}
        )
    return None
