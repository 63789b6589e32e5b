"""PINs that somebody who knows the person, or people, tries first."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

#: Down the middle of a keypad, round its corners, and the like.
_PATTERNS = frozenset({"2580", "0852", "1397", "7931", "1379", "1470", "3690", "147258", "147258369"})
_YEARS = range(1900, 2100)


def is_weak(pin: str, employee_number: str = "") -> bool:
    """Whether ``pin`` (four to eight digits) is one of those: a row like 1234 or 9876 or 2468, a repetition
    like 0000, 1212 or 123123, a year like 1987, a date with its year like 24121987, or the own number."""
    own = "".join(sign for sign in employee_number if sign.isdigit())
    return (
        _repeats(pin)
        or _is_row(pin)
        or _is_date(pin)
        or pin in _PATTERNS
        or (len(own) >= 4 and (pin in own or own in pin))
    )


def _repeats(pin: str) -> bool:
    """Made of one part again and again: 1111, 1212, 123123; or of two digits in runs: 1122, 0001."""
    parts = (pin[:size] for size in range(1, len(pin) // 2 + 1) if len(pin) % size == 0)
    if any(part * (len(pin) // len(part)) == pin for part in parts):
        return True
    runs = sum(a != b for a, b in pairwise(pin))
    return len(set(pin)) == 2 and runs == 1


def _is_row(pin: str) -> bool:
    """Each digit as far from the one before, 9 followed by 0: 1234, 7890, 8642."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return len(steps) == 1 and steps <= {1, 2, 8, 9}


def _is_date(pin: str) -> bool:
    if len(pin) == 4:
        return int(pin) in _YEARS
    if len(pin) != 8:
        return False
    orders = ((pin[4:], pin[2:4], pin[:2]), (pin[4:], pin[:2], pin[2:4]), (pin[:4], pin[4:6], pin[6:]))
    return any(_day(*map(int, order)) for order in orders)


def _day(year: int, month: int, day: int) -> bool:
    if year not in _YEARS:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
