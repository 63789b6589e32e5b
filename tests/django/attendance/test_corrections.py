"""Asking for corrections and deciding about them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from faceroster.attendance import guards, signals
from faceroster.attendance.corrections import correction_decide, correction_make, correction_request
from faceroster.attendance.models import Correction, Due, Punch, Verdict
from faceroster.core.errors import Conflict, FaceRosterError, InvalidInput, NotAllowed
from faceroster.people.models import Department, DepartmentStay, Person
from faceroster.trust.models import Role, User
from tests.support.rosters import make_punch, make_workday
from tests.support.seals import closed_by_hand

DAY = date(2026, 3, 3)
NINE = datetime(2026, 3, 3, 8, tzinfo=UTC)  # in Berlin
NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze: Callable[[datetime], None]) -> None:
    freeze(NOW)


@pytest.fixture
def own_user(person: Person) -> User:
    person.user = User.objects.create_user("paula", password="a long enough password", role=Role.PERSON)
    person.save()
    return person.user


def ask(person: Person, user: User, **change: Any) -> Correction:
    given: dict[str, Any] = {"kind": "add", "day": DAY, "at": NINE, "direction": "in", "reason": "Forgot."}
    return correction_request(person=person, user=user, **{**given, **change})


def ask_to_void(person: Person, user: User, punch: Punch, **change: Any) -> Correction:
    return ask(person, user, **{"kind": "void", "punch": punch, "at": None, "direction": "", **change})


def test_it_waits_until_somebody_decides(person: Person, own_user: User, manager_user: User) -> None:
    correction = ask(person, own_user, reason=" Forgot. ")
    assert (correction.reason, correction.zone, correction.site) == (
        "Forgot.",
        "Europe/Berlin",
        person.department.site,
    )
    Due.objects.all().delete()  # a new person has days too
    verdict = correction_decide(correction=correction, user=manager_user, approved=True, note=" Yes ")
    assert (verdict.approved, verdict.decided_by, verdict.note) == (True, manager_user, "Yes")
    assert DAY in Due.objects.values_list("day", flat=True)


def test_one_that_is_refused_computes_nothing(person: Person, own_user: User, manager_user: User) -> None:
    correction = ask(person, own_user)
    Due.objects.all().delete()
    correction_decide(correction=correction, user=manager_user, approved=False)
    assert not Due.objects.exists()


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("kind_unknown", {"kind": "erase"}),
        ("reason_missing", {"reason": "  "}),
        ("reason_long", {"reason": "x" * 301}),
        ("time_missing", {"at": None}),
        ("zone_missing", {"at": datetime(2026, 3, 3, 8)}),
        ("in_future", {"at": NOW + timedelta(minutes=1), "day": date(2026, 3, 4)}),
        ("too_early", {"at": datetime(1926, 3, 3, 8, tzinfo=UTC), "day": date(1926, 3, 3)}),
        ("other_day", {"at": NINE - timedelta(days=2)}),
        ("direction_missing", {"direction": ""}),
        ("direction_unknown", {"direction": "up"}),
        ("punch_missing", {"kind": "void"}),
        ("punch_missing", {"kind": "change"}),
    ],
)
def test_what_cannot_be_used_is_refused(
    person: Person, manager_user: User, code: str, change: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as error:
        ask(person, manager_user, **change)
    assert error.value.code == f"correction.{code}"
    assert not Correction.objects.exists()


def test_what_is_corrected_must_be_theirs_and_count(
    person: Person, manager_user: User, make_person: Callable[..., Person]
) -> None:
    mine, theirs = make_punch(person, NINE), make_punch(make_person(), NINE)
    waiting = ask(person, manager_user, at=NINE + timedelta(hours=1))
    for code, change in {
        "not_theirs": {"punch": theirs},
        "not_counting": {"punch": None, "added": waiting},
        "two_targets": {"added": waiting},
        "nothing_changed": {"kind": "change"},
    }.items():
        with pytest.raises(InvalidInput) as error:
            ask_to_void(person, manager_user, **{"punch": mine, **change})
        assert error.value.code == f"correction.{code}"


def test_a_punch_that_was_added_can_be_voided(person: Person, manager_user: User) -> None:
    added = correction_make(
        person=person, user=manager_user, reason="Forgot.", kind="add", day=DAY, at=NINE, direction="in"
    )
    assert ask(person, manager_user, kind="void", added=added).at is None


def test_the_same_is_not_asked_for_twice(person: Person, manager_user: User, own_user: User) -> None:
    punch = make_punch(person, NINE)
    ask(person, own_user)
    first = ask_to_void(person, own_user, punch)
    for again in (lambda: ask(person, manager_user), lambda: ask_to_void(person, own_user, punch)):
        with pytest.raises(Conflict) as error:
            again()
        assert error.value.code == "correction.repeated"
    correction_decide(correction=first, user=manager_user, approved=False)
    ask_to_void(person, own_user, punch)


def test_who_may_ask(
    person: Person, staff_user: User, own_user: User, make_department: Callable[..., Department]
) -> None:
    stranger = User.objects.create_user("other", password="a long enough password", role=Role.MANAGER)
    make_department().managers.add(stranger)
    for user in (staff_user, stranger):
        with pytest.raises(NotAllowed) as error:
            ask(person, user)
        assert error.value.code == "correction.not_yours"
    assert ask(person, own_user).requested_by == own_user


def test_who_may_decide(
    person: Person, staff_user: User, own_user: User, admin_user: User, manager_user: User
) -> None:
    correction = ask(person, own_user)
    for user in (staff_user, own_user):
        with pytest.raises(NotAllowed) as error:
            correction_decide(correction=correction, user=user, approved=True)
        assert error.value.code == "correction.not_yours"
    Person.objects.filter(pk=person.pk).update(user=manager_user)
    with pytest.raises(NotAllowed) as error:
        correction_decide(correction=correction, user=manager_user, approved=True)
    assert error.value.code == "correction.own"
    with pytest.raises(NotAllowed) as error:
        correction_make(
            person=person, user=manager_user, reason="Me.", kind="add", day=DAY, at=NINE, direction="in"
        )
    assert error.value.code == "correction.own"
    assert correction_decide(correction=correction, user=admin_user, approved=True).approved


def test_a_closed_day_is_not_corrected(person: Person, manager_user: User) -> None:
    punch, waiting = make_punch(person, NINE), ask(person, manager_user)
    make_workday(person, DAY, period=closed_by_hand(person.department, DAY))
    for attempt in (
        lambda: ask_to_void(person, manager_user, punch),
        lambda: correction_decide(correction=waiting, user=manager_user, approved=True),
        # Said to be about the day after, but the time lies on the closed one.
        lambda: ask(person, manager_user, day=DAY + timedelta(days=1), at=NINE + timedelta(hours=2)),
        lambda: ask(person, manager_user, kind="change", punch=punch, day=DAY + timedelta(days=1)),
    ):
        with pytest.raises(Conflict) as error:
            attempt()
        assert error.value.code == "period.closed"
    assert not correction_decide(correction=waiting, user=manager_user, approved=False).approved


def test_the_end_of_a_closed_night_is_not_corrected_on_the_next_day(
    person: Person, manager_user: User
) -> None:
    make_workday(
        person,
        DAY,
        period=closed_by_hand(person.department, DAY),
        expected_end=datetime(2026, 3, 4, 5, tzinfo=UTC),
    )
    morning = datetime(2026, 3, 4, 5, 10, tzinfo=UTC)
    with pytest.raises(Conflict) as error:
        ask(person, manager_user, day=DAY + timedelta(days=1), at=morning, direction="out")
    assert error.value.code == "period.closed"


def test_a_day_without_a_row_goes_by_the_department(person: Person, manager_user: User) -> None:
    closed_by_hand(person.department, DAY)
    with pytest.raises(Conflict) as error:
        ask(person, manager_user)
    assert error.value.code == "period.closed"


@pytest.mark.parametrize("moved", [False, True])
def test_a_day_without_a_row_lies_in_the_department_of_that_day(
    moved: bool, person: Person, make_person: Callable[..., Person]
) -> None:
    left, other = person.department, Department.objects.create(name="Yard", site=person.department.site)
    closed_by_hand(other if moved else left, DAY)
    person.department = other
    person.save()
    DepartmentStay.objects.update(until=DAY if moved else DAY + timedelta(days=1))
    assert bool(guards.closed_period(person, [DAY])), "it was closed where they were then"
    assert guards.closed_period(person, [DAY + timedelta(days=9)]) is None


def test_the_news_of_it(person: Person, own_user: User, manager_user: User) -> None:
    heard: list[str] = []

    def requested(**kwargs: Any) -> None:
        heard.append("requested")

    def decided(correction: Correction, verdict: Verdict, **kwargs: Any) -> None:
        heard.append(f"decided {verdict.approved}")

    signals.correction_requested.connect(requested)
    signals.correction_decided.connect(decided)
    try:
        correction_decide(correction=ask(person, own_user), user=manager_user, approved=False)
        correction_make(
            person=person, user=manager_user, reason="So.", kind="add", day=DAY, at=NINE, direction="out"
        )
    finally:
        signals.correction_requested.disconnect(requested)
        signals.correction_decided.disconnect(decided)
    assert heard == ["requested", "decided False", "decided True"]


@pytest.mark.django_db(transaction=True)
def test_of_two_verdicts_at_once_one_counts(person: Person, manager_user: User) -> None:
    correction = ask(person, manager_user)
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def decide(approved: bool) -> None:
        try:
            gate.wait(timeout=30)
            correction_decide(correction=correction, user=manager_user, approved=approved)
            outcomes.append("counts")
        except FaceRosterError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(approved,)) for approved in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["correction.decided", "counts"]
    assert Verdict.objects.count() == 1
