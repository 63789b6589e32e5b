"""Codes: six digits, ten minutes, once, one kiosk, few tries; and the rights behind them, each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from faceroster.coaching import tickets
from faceroster.coaching.models import EnrolmentTicket, Outcome
from faceroster.kiosks.models import Kiosk
from faceroster.people.models import Person
from faceroster.trust.models import Role, User

CodeOf = Callable[[Callable[[], Any]], str]


def test_code_is_six_digits_and_only_a_keyed_hash_of_it_is_stored(person: Person, staff_user: User) -> None:
    ticket, code = tickets.code_make(person=person, user=staff_user)

    assert len(code) == 6
    assert code.isdigit()
    assert timedelta(minutes=9) < ticket.expires_at - timezone.now() <= timedelta(minutes=10)
    row = EnrolmentTicket.objects.filter(pk=ticket.pk).values().get()
    assert code not in str(row["digest"])
    assert len(row["digest"]) == 64


def test_code_opens_one_session_at_one_kiosk(
    kiosk: Kiosk, person: Person, staff_user: User, code_of: CodeOf
) -> None:
    _ticket, code = tickets.code_make(person=person, user=staff_user)

    opened = tickets.code_use(kiosk=kiosk, code=f"{code[:3]} {code[3:]}")

    assert (opened.person, opened.kiosk) == (person, kiosk)
    assert code_of(lambda: tickets.code_use(kiosk=kiosk, code=code)) == "coaching.code_used"


def test_wrong_and_expired_codes_open_nothing(
    kiosk: Kiosk, person: Person, staff_user: User, code_of: CodeOf, freeze: Callable[[datetime], None]
) -> None:
    _ticket, code = tickets.code_make(person=person, user=staff_user)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert code_of(lambda: tickets.code_use(kiosk=kiosk, code=wrong)) == "coaching.code_wrong"
    assert code_of(lambda: tickets.code_use(kiosk=kiosk, code="")) == "coaching.code_wrong"

    freeze(timezone.now() + timedelta(minutes=10, seconds=1))
    assert code_of(lambda: tickets.code_use(kiosk=kiosk, code=code)) == "coaching.code_expired"


def test_sixth_try_after_five_wrong_codes_is_refused_even_if_right(
    kiosk: Kiosk, person: Person, staff_user: User, code_of: CodeOf
) -> None:
    _ticket, code = tickets.code_make(person=person, user=staff_user)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _try in range(tickets.CODE_TRIES):
        assert code_of(lambda: tickets.code_use(kiosk=kiosk, code=wrong)) == "coaching.code_wrong"

    assert code_of(lambda: tickets.code_use(kiosk=kiosk, code=code)) == "coaching.too_many_codes"


def test_newer_code_ends_the_older_one_of_the_same_user(
    kiosk: Kiosk, person: Person, staff_user: User, code_of: CodeOf
) -> None:
    _first, older = tickets.code_make(person=person, user=staff_user)
    _second, newer = tickets.code_make(person=person, user=staff_user)

    if older != newer:
        assert code_of(lambda: tickets.code_use(kiosk=kiosk, code=older)) == "coaching.code_wrong"
    assert tickets.code_use(kiosk=kiosk, code=newer).person == person


def test_only_who_may_add_photos_gets_a_code(
    person: Person, manager_user: User, person_user: User, code_of: CodeOf
) -> None:
    for user in (manager_user, person_user):
        assert code_of(partial(tickets.code_make, person=person, user=user)) == "coaching.not_allowed"


def test_nobody_is_enrolled_who_has_left(person: Person, staff_user: User, code_of: CodeOf) -> None:
    Person.objects.filter(pk=person.pk).update(active=False)
    person.refresh_from_db()

    assert code_of(lambda: tickets.code_make(person=person, user=staff_user)) == "person.inactive"


def test_rights_that_are_gone_end_the_session(
    kiosk: Kiosk, ticket: EnrolmentTicket, staff_user: User, code_of: CodeOf
) -> None:
    tickets.session_of(kiosk, str(ticket.pk))
    User.objects.filter(pk=staff_user.pk).update(role=Role.MANAGER)

    assert code_of(lambda: tickets.session_of(kiosk, str(ticket.pk))) == "coaching.not_allowed"


def test_session_is_of_its_kiosk_alone(
    ticket: EnrolmentTicket, make_kiosk: Callable[[], tuple[Kiosk, Any]], code_of: CodeOf
) -> None:
    other, _browser = make_kiosk()

    for name in (str(ticket.pk), "nonsense", ""):
        assert code_of(partial(tickets.session_of, other, name)) == "coaching.no_session"


def test_session_ends_by_itself(
    kiosk: Kiosk, ticket: EnrolmentTicket, code_of: CodeOf, freeze: Callable[[datetime], None]
) -> None:
    assert tickets.sessions_sweep() == 0
    freeze(timezone.now() + tickets.SESSION_LIFE + timedelta(seconds=1))

    assert code_of(lambda: tickets.session_of(kiosk, str(ticket.pk))) == "coaching.ended"
    assert tickets.sessions_sweep() == 1
    ticket.refresh_from_db()
    assert ticket.outcome == Outcome.LEFT


def test_codes_that_nobody_used_are_swept_away(
    person: Person, staff_user: User, freeze: Callable[[datetime], None]
) -> None:
    tickets.code_make(person=person, user=staff_user)
    freeze(timezone.now() + timedelta(days=2))

    tickets.sessions_sweep()

    assert not EnrolmentTicket.objects.exists()


@pytest.mark.parametrize("ended", [tickets.session_cancel, tickets.session_end])
def test_ended_session_takes_no_more(
    kiosk: Kiosk, ticket: EnrolmentTicket, ended: Callable[[EnrolmentTicket], Any], code_of: CodeOf
) -> None:
    ended(ticket)

    assert code_of(lambda: tickets.session_of(kiosk, str(ticket.pk))) == "coaching.ended"
