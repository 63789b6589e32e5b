"""Who is in another's way gives way, and tries again."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, transaction

from faceroster.core.contention import give_way, tried_again
from faceroster.people.models import Person


def _failing(times: int) -> tuple[list[int], Callable[[], str]]:
    tries: list[int] = []

    def work() -> str:
        tries.append(1)
        if len(tries) <= times:
            raise OperationalError("deadlock detected")
        return "done"

    return tries, work


@pytest.mark.django_db(transaction=True)
def test_what_was_in_the_way_is_tried_again_and_not_for_ever() -> None:
    tries, work = _failing(2)
    assert tried_again(work, pause=0) == "done"
    assert len(tries) == 3
    tries, work = _failing(9)
    with pytest.raises(OperationalError):
        tried_again(work, tries=4, pause=0)
    assert len(tries) == 4


@pytest.mark.django_db
def test_within_another_transaction_nothing_is_tried_again() -> None:
    tries, work = _failing(1)
    with pytest.raises(OperationalError):
        tried_again(work, pause=0)
    assert len(tries) == 1


@pytest.mark.database("postgresql")
@pytest.mark.django_db(transaction=True)
def test_it_waits_for_no_lock_and_comes_through_when_that_is_free(person: Person) -> None:
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Person.objects.select_for_update().get(pk=person.pk)
            held.set()
            free.wait(30)
        connection.close()

    @transaction.atomic
    def rename() -> None:
        give_way(50)
        failures.append(1)
        Person.objects.filter(pk=person.pk).update(name="New")
        failures.pop()

    failures: list[int] = []
    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(30)
    with pytest.raises(OperationalError):
        tried_again(rename, tries=2, pause=0)
    assert len(failures) == 2
    free.set()
    other.join()
    tried_again(rename)
    person.refresh_from_db()
    assert person.name == "New"
