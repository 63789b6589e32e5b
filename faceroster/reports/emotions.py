"""The page of emotion counts: what was told of each day, as bars and in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from faceroster.emotions.models import EmotionDay
from faceroster.emotions.selectors import Tagging, days_told_to, taggings_of
from faceroster.people.models import Site

#: Days on the page: a month.
_DAYS = 31


@dataclass(frozen=True)
class Part:
    """A stretch of a day's bar. ``x`` and ``width`` in percent; ``tone``: the emotion, or ``rest``."""

    name: str
    people: int
    tone: str
    x: str
    width: str


@dataclass(frozen=True)
class ToldDay:
    day: date
    words: str
    parts: list[Part]
    rest: str


@dataclass(frozen=True)
class EmotionSheet:
    """One site's days, newest first. ``tagging``: whether it is on there, and if not, why not.

    ``least``: how many people a group needs to be told, at present.
    """

    site: Site
    tagging: Tagging
    days: list[ToldDay]
    least: int


def emotion_sheet_for(user: object, *, site: Site) -> EmotionSheet:
    """The page of ``site``, which ``user`` may see: the caller has made sure of that."""
    [tagging] = taggings_of([site])
    days = days_told_to(user).filter(site=site)[:_DAYS]
    return EmotionSheet(
        site, tagging, [_told(day) for day in days], settings.FACEROSTER["EMOTION_LEAST_PEOPLE"]
    )


def _told(day: EmotionDay) -> ToldDay:
    rest = day.groups[-1]["emotions"] if day.groups else []
    return ToldDay(day.day, _words(day), list(_parts(day)), ", ".join(map(_, rest)))


def _words(day: EmotionDay) -> str:
    if day.people is None:
        return ngettext("fewer than %(count)d person", "fewer than %(count)d people", day.least or 0) % {
            "count": day.least
        }
    if not day.groups:
        return ngettext(
            "%(count)d person, too few to tell groups of at least %(least)d apart",
            "%(count)d people, too few to tell groups of at least %(least)d apart",
            day.people,
        ) % {"count": day.people, "least": day.least}
    return ngettext("%(count)d person", "%(count)d people", day.people) % {"count": day.people}


def _parts(day: EmotionDay) -> Iterable[Part]:
    before, total = 0, sum(group["people"] for group in day.groups)
    for number, group in enumerate(day.groups, start=1):
        rest = number == len(day.groups)
        name = _("all others") if rest else _(group["emotions"][0])
        x, width = (f"{100 * share / total:.2f}%" for share in (before, group["people"]))
        yield Part(name, group["people"], "rest" if rest else group["emotions"][0], x, width)
        before += group["people"]
