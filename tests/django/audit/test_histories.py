"""Random histories with random attacks, and writers at once: one chain, and no attack is missed."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceroster.audit import anchor, chain, triggers
from faceroster.audit.actions import Action
from faceroster.audit.models import Entry, Link, Waiting
from faceroster.audit.services import record, record_many
from faceroster.audit.verification import verify

_WRITERS, _EACH = 2, 15

_words = st.text(max_size=30)
_details = st.dictionaries(
    st.sampled_from(["name", "note", "days", "changed"]),
    st.one_of(_words, st.integers(-(2**53), 2**53), st.booleans(), st.none(), st.floats(), st.lists(_words)),
    max_size=3,
)
#: One entry, some at once, or one that is undone.
_steps = st.lists(
    st.tuples(st.sampled_from(["one", "many", "undone", "chain"]), st.sampled_from(list(Action)), _details),
    min_size=3,
    max_size=12,
)
_attacks = st.sampled_from(["edit", "delete entry", "delete link", "move", "cut", "blank"])


def _do(step: str, action: Action, details: dict[str, Any]) -> None:
    if step == "chain":
        chain.extend()
    elif step == "many":
        record_many([(None, details)] * 3, action=action)
    elif step == "one":
        record(action, details=details)
    else:
        with transaction.atomic():
            record(action, details=details)
            transaction.set_rollback(True)


def _attack(what: str, number: int) -> None:
    link = Link.objects.get(number=number)
    key = Entry._meta.pk.get_db_prep_value(link.entry_id, connection)
    statements = {
        "edit": [("UPDATE audit_entry SET action = 'nothing.happened' WHERE id = %s", [key])],
        "delete entry": [
            ("DELETE FROM audit_link WHERE number = %s", [number]),
            ("DELETE FROM audit_entry WHERE id = %s", [key]),
        ],
        "delete link": [("DELETE FROM audit_link WHERE number = %s", [number])],
        "move": [("UPDATE audit_link SET number = number + 1000 WHERE number = %s", [number])],
        "cut": [("DELETE FROM audit_link WHERE number >= %s", [number])],
        "blank": [("UPDATE audit_entry SET salt = '', actor_name = '', details = '{}' WHERE id = %s", [key])],
    }
    with connection.cursor() as cursor:
        for statement, params in statements[what]:
            cursor.execute(statement, params)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_steps, attack=_attacks, where=st.floats(0, 1, exclude_max=True))
def test_a_history_is_right_until_somebody_touches_it(
    db: None, steps: list[Any], attack: str, where: float
) -> None:
    anchor.path().unlink(missing_ok=True)  # of the history before
    with transaction.atomic():
        for step in steps:
            _do(*step)
        result = verify()
        assert result.problems == []
        assert list(Link.objects.values_list("number", flat=True)) == list(range(1, result.entries + 1))
        if result.entries:
            triggers.remove()
            number = 1 + int(where * result.entries)
            _attack(attack, number)
            first = next(one for one in verify().problems if one.code != "trigger.missing")
            assert first.number == number
        transaction.set_rollback(True)


@pytest.mark.database("postgresql")
@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_one_chain(db: None) -> None:
    """Some of what they write is undone; the numbers have no gap."""
    for action in (Action.SETTING_CREATED, Action.SETTING_DELETED):
        record(action)
    failures: list[BaseException] = []
    start = threading.Barrier(_WRITERS)

    def write(name: int) -> None:
        try:
            start.wait()
            for n in range(_EACH):
                with transaction.atomic():
                    record(Action.SETTING_CHANGED, details={"writer": name, "n": n})
                    if n % 5 == 4:
                        transaction.set_rollback(True)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in range(_WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert not Waiting.objects.exists()
    result = verify()
    assert result.problems == []
    assert result.entries == 2 + _WRITERS * (_EACH - _EACH // 5)


@pytest.mark.database("postgresql")
@pytest.mark.django_db(transaction=True)
def test_who_holds_an_entry_back_holds_up_nobody(db: None) -> None:
    """A long transaction has recorded something; another writer is in the chain before it."""
    recorded, done = threading.Event(), threading.Event()

    def long() -> None:
        try:
            with transaction.atomic():
                record(Action.PERIOD_CLOSED)
                recorded.set()
                done.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=long)
    thread.start()
    try:
        assert recorded.wait(30)
        punch = record(Action.PUNCH_ADDED)
        assert Link.objects.get(entry=punch).number == 1
    finally:
        done.set()
        thread.join()
    assert list(Link.objects.values_list("entry__action", flat=True)) == ["punch.added", "period.closed"]
    assert verify().problems == []
