"""Durations, people and punches as the pages print them."""

from __future__ import annotations

import zlib

from django import template
from django.utils.translation import gettext as _

from faceroster.people.models import Person
from faceroster.reports.timesheets.wording import minutes_text
from faceroster.reports.wording import duration_text, punch_story

register = template.Library()
register.filter("duration", duration_text)
register.filter("minutes", minutes_text)
register.filter("story", punch_story)

_TONES = 8


@register.filter
def quoted(text: str) -> str:
    """What somebody wrote, between the quotation marks of the language."""
    return _("“%(text)s”") % {"text": text}


@register.filter
def initials(person: Person) -> str:
    """Of the first and the last of someone's names."""
    names = person.name.split()
    return "".join(name[0] for name in [*names[:1], *names[1:][-1:]]).upper()


@register.filter
def tone(person: Person) -> str:
    """One of a few colours, always the same for the same person."""
    return f"tone-{zlib.crc32(person.pk.bytes) % _TONES}"
