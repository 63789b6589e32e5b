"""A workday's trace in words: one translated sentence for each note of the rules.

Times are shown by the clock of the place they belong to, with the zone beside them where the day knows more
than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

#: One for each code of a Note in ``attendance.rules``; a test goes through them all.
SENTENCES: Mapping[str, Promise | str] = {
    "break.automatic": _("%(minutes)s of break are taken off: the presence is longer than %(after)s."),
    "break.paid_automatic": _("%(minutes)s of break are paid: the presence is longer than %(after)s."),
    "break.paid_punched": _("%(minutes)s of the break are paid and count as worked."),
    "break.punched": _("Break as punched: %(minutes)s."),
    "correction.without_punch": _("A correction counts for nothing: its punch is not there."),
    "credit.holiday": _("%(minutes)s that were due count as done because of the holiday."),
    "day.absent": _("Absent: nobody came until the end of the shift. %(minutes)s were to be worked."),
    "day.ahead": _("The shift has not begun yet."),
    "day.excused_absent": _("The absence is excused."),
    "day.excused_early": _("Leaving early is excused."),
    "day.excused_late": _("The lateness is excused."),
    "day.free": _("No shift, and nothing is planned."),
    "day.half": _("Half a day: less than %(limit)s were worked."),
    "day.holiday": _("Holiday: %(name)s."),
    "day.not_employed": _("Not employed on this day."),
    "day.not_employed_punched": _("Not employed on this day, so the punches count for nothing."),
    "day.rest": _("Rest day: no shift is planned."),
    "day.running": _("The day is still under way."),
    "early.counted": _("Left at %(at)s, %(minutes)s before %(end)s. The grace is %(grace)s."),
    "early.grace": _("Left at %(at)s, %(minutes)s before %(end)s: within the grace of %(grace)s."),
    "early.left_out": _("Nobody was there for the shift “%(name)s”: %(minutes)s count as left early."),
    "late.counted": _("Came at %(at)s, %(minutes)s after %(start)s. The grace is %(grace)s."),
    "late.grace": _("Came at %(at)s, %(minutes)s after %(start)s: within the grace of %(grace)s."),
    "late.left_out": _("Nobody was there for the shift “%(name)s”: %(minutes)s count as late."),
    "leave.afternoon": _("%(name)s in the second half of the day, unpaid: %(minutes)s less are due."),
    "leave.afternoon_paid": _("%(name)s in the second half of the day: %(minutes)s count as done."),
    "leave.morning": _("%(name)s in the first half of the day, unpaid: %(minutes)s less are due."),
    "leave.morning_paid": _("%(name)s in the first half of the day: %(minutes)s count as done."),
    "leave.not_needed": _("%(name)s takes nothing off the balance: nothing was to be worked."),
    "leave.whole": _("%(name)s, unpaid: %(minutes)s less are due."),
    "leave.whole_paid": _("%(name)s: %(minutes)s count as done."),
    "leave.worked": _("Came although on leave. The work counts, and the leave stays."),
    "overtime.daily": _("Overtime: %(minutes)s were worked beyond %(after)s."),
    "overtime.rest": _("Overtime: all %(minutes)s, as nothing was to be worked."),
    "overtime.weekly": _("Weekly overtime: %(minutes)s beyond %(after)s in the week, less daily overtime."),
    "punch.added": _("Added by a correction: %(moment)s, %(way)s."),
    "punch.changed": _("Corrected: %(moment)s, %(way)s, instead of %(was_moment)s, %(was_way)s."),
    "punch.voided": _("Does not count any more, by a correction: %(moment)s, %(way)s."),
    "shift.expected": _("Shift “%(name)s” from %(start)s to %(end)s: %(minutes)s to work."),
    "shift.flexible": _("Shift “%(name)s”, flexible between %(start)s and %(end)s: %(minutes)s to work."),
    "span.arrival": _("Came at %(at)s. Nobody checks out here, so the hours are not known."),
    "span.filled": _("Came at %(start)s, check-out missed: by rule counted until %(end)s."),
    "span.missed_in": _("Check-out at %(at)s without a check-in: counts nothing."),
    "span.missed_out": _("Came at %(at)s, check-out missed: counts nothing."),
    "span.open": _("Came at %(at)s and is still in."),
    "span.outside": _("From %(start)s to %(end)s, outside of every shift: %(minutes)s."),
    "span.worked": _("From %(start)s to %(end)s: %(minutes)s."),
    "time.before_start": _("%(minutes)s before the start of the shift do not count."),
    "time.rounded_employee": _("Times are rounded to %(step)s in favour of the person."),
    "time.rounded_employer": _("Times are rounded to %(step)s in favour of the employer."),
    "time.rounded_nearest": _("Times are rounded to the nearest %(step)s."),
}

_WAYS = {"in": _("check-in"), "out": _("check-out")}
_LENGTHS = frozenset({"minutes", "after", "grace", "limit", "step"})
#: Keys that hold a time, and the key of its zone.
_TIMES = {"at": "zone", "was_at": "zone", "start": "zone", "end": "zone"}


def sentences(trace: Iterable[Mapping[str, Any]]) -> list[str]:
    """The lines of a ``Workday.trace`` in the present language, one for each note.

    A code that an older or newer version of the rules wrote, and this one does not know, is shown as it is.
    """
    notes = list(trace)
    zones = {note["values"].get(key) for note in notes for key in ("zone", "end_zone")} - {None}
    return [_sentence(note["code"], note["values"], many=len(zones) > 1) for note in notes]


def _sentence(code: str, values: Mapping[str, Any], *, many: bool) -> str:
    words = {key: _word(key, value, values, many=many) for key, value in values.items()}
    if code == "punch.repeated":
        return (
            ngettext(
                "The punch at %(at)s came once more and counts once.",
                "The punch at %(at)s came %(count)s more times and counts once.",
                values["count"],
            )
            % words
        )
    if code in ("punch.added", "punch.changed", "punch.voided"):
        words |= {name: _moment(values, key) for key, name in _MOMENTS.items() if key in values}
    if code.startswith("leave.") and "name" in words:
        words["name"] = words["name"] or gettext("Leave")
    template = SENTENCES.get(code)
    return str(template) % words if template is not None else code


_MOMENTS = {"at": "moment", "was_at": "was_moment"}


def _word(key: str, value: Any, values: Mapping[str, Any], *, many: bool) -> str:
    if key in _LENGTHS:
        return _length(value)
    if key in _TIMES:
        zone = values.get("end_zone", values["zone"]) if key == "end" else values["zone"]
        local = datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
        clock = date_format(local, "H:i")
        return gettext("%(time)s (%(zone)s)") % {"time": clock, "zone": zone} if many else clock
    if key in ("way", "was_way"):
        return str(_WAYS[value])
    return str(value)


def _moment(values: Mapping[str, Any], key: str) -> str:
    """Date and time: a correction may move a punch to another day."""
    local = datetime.fromisoformat(values[key]).astimezone(ZoneInfo(values["zone"]))
    return date_format(local, "SHORT_DATETIME_FORMAT")


def _length(minutes: int) -> str:
    hours, rest = divmod(int(minutes), 60)
    if hours:
        return gettext("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": rest}
    return gettext("%(minutes)d min") % {"minutes": rest}
