"""A workday's trace in words: no code without a sentence, and times by the clock of the place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from faceroster.attendance import rules
from faceroster.attendance.rules.types import Result
from faceroster.attendance.traces import SENTENCES, sentences
from tests.django.attendance.rules.stories import MONDAY, a_day, away, one, shift
from tests.django.attendance.rules.stories import punches as told

_CODE = re.compile(r'"([a-z_]+\.[a-z_]+)"')


def emitted() -> set[str]:
    """Every string in the rules' source that looks like a code."""
    sources = Path(rules.__file__).parent.glob("*.py")
    return {code for source in sources for code in _CODE.findall(source.read_text("utf-8"))}


def words(result: Result) -> list[str]:
    return sentences([{"code": note.code, "values": note.values} for note in result.trace])


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    assert emitted() == {*SENTENCES, "punch.repeated"}
    assert len(emitted()) > 40


def test_a_day_is_told_by_the_clock_of_its_place() -> None:
    with translation.override("en"):
        lines = words(one(a_day(MONDAY, shift()), "in 09:12, out 09:12:30, in 09:13, in 09:13:20, out 17:30"))
    assert lines[:2] == [
        "The punch at 09:13 came once more and counts once.",
        "Shift “09:00-17:30” from 09:00 to 17:30: 8 h 00 min to work.",
    ]
    assert "Came at 09:12, 12 min after 09:00. The grace is 5 min." in lines


def test_two_zones_in_a_day_are_named() -> None:
    stamps = told("in 09:00") + told("out 16:30", zone="Europe/London")
    with translation.override("en"):
        lines = words(one(a_day(MONDAY, shift()), stamps))
    assert "From 09:00 (Europe/Berlin) to 16:30 (Europe/London): 8 h 30 min." in lines


def test_leave_is_called_by_its_name_if_it_is_known() -> None:
    with translation.override("en"):
        named = words(one(a_day(MONDAY, shift(), leave=(away(name="Parental leave"),))))
        plain = words(one(a_day(MONDAY, shift(), leave=(away("morning", paid=False),))))
    assert named[-1] == "Parental leave: 8 h 00 min count as done."
    assert "Leave in the first half of the day, unpaid: 4 h 00 min less are due." in plain


@pytest.mark.parametrize("code", ["from.another_version", "nonsense"])
def test_an_unknown_code_is_shown_as_it_is(code: str) -> None:
    assert sentences([{"code": code, "values": {"minutes": 3}}]) == [code]
