"""When an offline punch was, whatever the device's clock did meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from faceroster.offline.clocks import Anchor, read

MET = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR, MINUTE, NONE = timedelta(hours=1), timedelta(minutes=1), timedelta()


def _read(
    *,
    wrong: timedelta = NONE,
    set_by: timedelta = NONE,
    slept: timedelta = NONE,
    reloaded: bool = False,
    set_later: timedelta = NONE,
) -> object:
    """An hour after the meeting a punch, two hours after it the server is back.

    ``wrong``: how far the device's clock is ahead all along; ``set_by``: how far it is set ahead between
    meeting and punch, ``set_later``: after the punch.
    """
    elapsed = None if reloaded else HOUR - slept
    anchor = Anchor(MET, MET + wrong, elapsed)
    device = MET + HOUR + wrong + set_by
    sent = MET + 2 * HOUR + wrong + set_by + set_later
    return read(device=device, anchor=anchor, sent=sent, received=MET + 2 * HOUR)


@pytest.mark.parametrize("reloaded", [False, True])
def test_a_right_clock_is_believed(reloaded: bool) -> None:
    reading = _read(reloaded=reloaded)
    assert (reading.at, reading.behind, reading.skewed) == (MET + HOUR, NONE, False)


@pytest.mark.parametrize("reloaded", [False, True])
@pytest.mark.parametrize("wrong", [-26 * HOUR, -3 * MINUTE, 3 * MINUTE, 9000 * HOUR])
def test_a_wrong_clock_is_put_right_and_told_of(wrong: timedelta, reloaded: bool) -> None:
    reading = _read(wrong=wrong, reloaded=reloaded)
    assert (reading.at, reading.behind, reading.skewed) == (MET + HOUR, -wrong, True)


def test_a_clock_that_is_a_little_off_is_put_right_and_no_news() -> None:
    reading = _read(wrong=MINUTE)
    assert (reading.at, reading.skewed) == (MET + HOUR, False)


def test_a_clock_that_was_set_before_the_punch_changes_nothing_but_is_told_of() -> None:
    reading = _read(set_by=-5 * HOUR)
    assert (reading.at, reading.skewed) == (MET + HOUR, True)


def test_a_clock_that_was_set_after_the_punch_is_told_of() -> None:
    reading = _read(set_later=5 * HOUR)
    assert (reading.at, reading.skewed) == (MET + HOUR, True)


def test_a_device_that_slept_is_right_by_its_clock() -> None:
    reading = _read(slept=50 * MINUTE)
    assert (reading.at, reading.skewed) == (MET + HOUR, False)


def test_without_an_earlier_meeting_the_clock_is_compared_when_it_is_sent() -> None:
    sent = MET + 3 * HOUR
    reading = read(device=MET + 2 * HOUR, anchor=None, sent=sent, received=MET + 2 * HOUR)
    assert (reading.at, reading.behind, reading.skewed) == (MET + HOUR, -HOUR, True)


def test_nothing_is_in_the_future() -> None:
    reading = read(device=MET + 9 * HOUR, anchor=Anchor(MET, MET, 9 * HOUR), sent=MET, received=MET)
    assert (reading.at, reading.skewed) == (MET, True)
