"""Tickets for a PIN, and the vectors that "that's not me" is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.core.cache import cache
from django.utils import timezone

from faceroster.core.errors import Conflict, InvalidInput
from faceroster.kiosks.evidence import visit_vectors, visit_vectors_keep
from faceroster.kiosks.limits import TooMany
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.tickets import LIFE, Why, ticket_make, ticket_open, ticket_spend, tickets_prune
from faceroster.people.models import Site

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def _other_kiosk(site: Site) -> Kiosk:
    return Kiosk.objects.create(name="Back", site=site, status=KioskStatus.ACTIVE, secret_digest="other")


def test_a_ticket_says_who_may_answer_and_tells_the_page_nothing(kiosk: Kiosk) -> None:
    people = [uuid4(), uuid4()]
    token = ticket_make(kiosk, Why.LOOK_ALIKE, people, None)
    ticket = ticket_open(kiosk, token)
    assert (ticket.why, ticket.people, ticket.decision) == ("look_alike", tuple(people), None)
    for person in people:
        assert str(person) not in token


def test_a_ticket_is_of_its_kiosk_and_cannot_be_made_up(kiosk: Kiosk, site: Site) -> None:
    token = ticket_make(kiosk, Why.NOT_LIVE, [], None)
    forged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    for at, what in (
        (_other_kiosk(site), token),
        (kiosk, forged),
        (kiosk, ""),
        (kiosk, "ünsinn"),
        (kiosk, "a"),
    ):
        with pytest.raises(InvalidInput, match=r"ticket\.invalid"):
            ticket_open(at, what)
    assert ticket_open(kiosk, token).people == ()


def test_a_ticket_ends_after_a_minute(kiosk: Kiosk, freeze: Callable[[datetime], None]) -> None:
    freeze(MORNING)
    token = ticket_make(kiosk, Why.NOT_ME, [uuid4()], None)
    freeze(MORNING + timedelta(seconds=59))
    ticket_open(kiosk, token)
    freeze(MORNING + timedelta(seconds=61))
    with pytest.raises(Conflict, match=r"ticket\.expired"):
        ticket_open(kiosk, token)


def test_a_ticket_works_once_and_takes_three_tries(kiosk: Kiosk) -> None:
    token = ticket_make(kiosk, Why.NOT_ME, [uuid4()], None)
    first, again = ticket_open(kiosk, token), ticket_open(kiosk, token)
    ticket_spend(first)
    with pytest.raises(Conflict, match=r"ticket\.used"):
        ticket_spend(again)
    with pytest.raises(Conflict, match=r"ticket\.used"):
        ticket_open(kiosk, token)
    other = ticket_make(kiosk, Why.NOT_ME, [uuid4()], None)
    for _ in range(3):
        ticket_open(kiosk, other)
    with pytest.raises(TooMany, match=r"ticket\.too_many"):
        ticket_open(kiosk, other)


def test_what_was_answered_is_remembered_for_longer_than_any_ticket_lives(kiosk: Kiosk) -> None:
    token = ticket_make(kiosk, Why.NOT_ME, [uuid4()], None)
    ticket_spend(ticket_open(kiosk, token))
    assert tickets_prune(now=timezone.now() + LIFE) == 0
    with pytest.raises(Conflict, match=r"ticket\.used"):
        ticket_open(kiosk, token)
    assert tickets_prune(now=timezone.now() + timedelta(days=2)) == 1


def test_the_vectors_of_a_visit_come_back_and_lie_sealed() -> None:
    decision, other = uuid4(), uuid4()
    vectors = np.linspace(-1, 1, 3 * 128, dtype=np.float32).reshape(3, 128)
    visit_vectors_keep(decision, "net@1", vectors)
    found = visit_vectors(decision)
    assert found is not None
    assert found[0] == "net@1"
    np.testing.assert_array_equal(found[1], vectors)
    blob = cache.get(f"kiosk-visit:{decision}")
    assert vectors.tobytes()[:16] not in blob
    cache.set(f"kiosk-visit:{other}", blob)
    assert visit_vectors(other) is None, "another decision's"
    assert visit_vectors(uuid4()) is None
