"""Times, people and spans as the sheets and the board print them."""

from __future__ import annotations

import zlib

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from faceroster.attendance.models import Punch
from faceroster.people.models import Person
from faceroster.reports import wording

register = template.Library()
register.filter("duration", wording.duration_text)
register.filter("span_note", wording.span_note)
register.filter("day_note", wording.day_note)
register.filter("story", wording.punch_story)

_TONES = 8


def _zone_label(zone: str) -> SafeString:
    """The city that a zone is named after; its whole name is there for whoever points at it."""
    city = zone.rpartition("/")[2].replace("_", " ")
    return format_html(' <span class="zone" title="{}">{}</span>', zone, city)


@register.simple_tag
def clock(punch: Punch | None, zone: str = "") -> SafeString:
    """The time of ``punch`` at its site, and that site's zone unless it is ``zone``. Nothing without one."""
    if punch is None:
        return SafeString("")
    local = wording.local_time(punch)
    later = wording.days_later(punch)
    return format_html(
        '<time datetime="{}">{}</time>{}{}',
        local.isoformat(timespec="seconds"),
        f"{local:%H:%M}",
        format_html('<sup class="later" title="{}">{}</sup>', _("after midnight"), f"{later:+d}")
        if later
        else "",
        _zone_label(punch.zone) if punch.zone != zone else "",
    )


@register.filter
def initials(person: Person) -> str:
    """Of the first and the last of someone's names."""
    names = person.name.split()
    return "".join(name[0] for name in [*names[:1], *names[1:][-1:]]).upper()


@register.filter
def tone(person: Person) -> str:
    """One of a few colours, always the same for the same person."""
    return f"tone-{zlib.crc32(person.pk.bytes) % _TONES}"
