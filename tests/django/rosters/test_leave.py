"""Leave: what may be asked for, who says yes, and what is left."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from faceroster.core.errors import FaceRosterError
from faceroster.rosters import signals
from faceroster.rosters.models import Holiday, LeaveEntitlement, LeaveStatus
from faceroster.rosters.selectors import days_taken, leave_balance, leave_balances, plans_of
from faceroster.rosters.services import leave_decide, leave_enter, leave_request, leave_withdraw
from tests.support.rosters import assign, make_shift

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def worker_person(person, site, monday):
    assign(person, make_shift(site))
    return person


@pytest.fixture
def ask(worker_person, holiday_kind, monday):
    def request(first=monday, last=None, **given):
        given = {"person": worker_person, "kind": holiday_kind, "user": None, **given}
        return leave_request(first=first, last=last or first, **given)

    return request


@pytest.fixture
def own_user(person, manager_user):
    """A manager who is on their own department's roster."""
    person.user = manager_user
    person.save()
    return manager_user


def code_of(call, *args, **kwargs):
    with pytest.raises(FaceRosterError) as caught:
        call(*args, **kwargs)
    return caught.value.code


def figures(person, kind, year=2026):
    balance = leave_balance(person, kind, year)
    return balance.entitled, balance.taken, balance.planned, balance.left


def test_only_days_of_work_count(ask, worker_person, holiday_kind, site, monday, admin_user):
    Holiday.objects.create(site=site, day=monday + DAY, name="Rest")
    leave = ask(monday - 3 * DAY, monday + 2 * DAY)  # Friday to Wednesday, with a holiday in between
    assert days_taken([leave])[leave.pk] == {monday - 3 * DAY: 1, monday: 1, monday + 2 * DAY: 1}
    assert figures(worker_person, holiday_kind) == (3, 0, 3, 0)
    leave_decide(leave=leave, user=admin_user, approved=True)
    assert figures(worker_person, holiday_kind) == (3, 2, 1, 0)


def test_halves(ask, worker_person, holiday_kind, monday, admin_user):
    morning = ask(part="morning")
    assert code_of(ask, part="morning") == "leave.overlap"
    assert code_of(ask) == "leave.overlap"
    afternoon = ask(part="afternoon")
    for leave in (morning, afternoon):
        leave_decide(leave=leave, user=admin_user, approved=True)
    assert figures(worker_person, holiday_kind)[1] == 1
    assert plans_of([worker_person], first=monday, last=monday)[worker_person.pk, monday].leave_days == 1
    assert code_of(ask, monday + DAY, monday + 2 * DAY, part="morning") == "leave.part"
    ask(monday + DAY, part="morning")
    assert figures(worker_person, holiday_kind)[3] == Decimal("1.5")


def test_what_is_refused(ask, holiday_kind, monday, own_user):
    assert code_of(ask, monday, monday - DAY) == "leave.order"
    assert code_of(ask, monday + 5 * DAY, monday + 6 * DAY) == "leave.nothing"
    assert code_of(ask, monday, monday + 366 * DAY) == "leave.too_long"
    assert code_of(ask, monday - 32 * DAY, user=own_user) == "leave.past"
    assert code_of(ask, reason="x" * 201) == "leave.invalid"
    assert code_of(ask, part="evening") == "leave.invalid"
    ask(monday - 31 * DAY, user=own_user)
    ask(monday - 32 * DAY)
    holiday_kind.active = False
    assert code_of(ask, monday + DAY) == "leave.kind"


def test_overlap_only_with_what_counts(ask, monday, admin_user):
    leave = ask(monday, monday + DAY)
    assert code_of(ask, monday + DAY, monday + 2 * DAY) == "leave.overlap"
    leave_decide(leave=leave, user=admin_user, approved=False)
    ask(monday + DAY, monday + 2 * DAY)


def test_limit_by_year(ask, worker_person, holiday_kind, admin_user):
    assert code_of(ask, date(2026, 4, 13), date(2026, 4, 16)) == "leave.balance"
    ask(date(2026, 12, 29), date(2027, 1, 5))  # three days of work in each year
    assert figures(worker_person, holiday_kind) == (3, 0, 3, 0)
    assert figures(worker_person, holiday_kind, 2027) == (3, 0, 3, 0)
    LeaveEntitlement.objects.create(person=worker_person, kind=holiday_kind, year=2026, days=4)
    ask(date(2026, 4, 13))
    assert code_of(ask, date(2026, 4, 14)) == "leave.balance"
    assert code_of(ask, date(2027, 4, 14)) == "leave.balance"


def test_no_limit(ask, worker_person, sick_kind):
    ask(date(2026, 4, 1), date(2026, 5, 31), kind=sick_kind)
    assert figures(worker_person, sick_kind) == (None, 0, 43, None)


def test_balance_is_asked_again_when_deciding(ask, worker_person, holiday_kind, admin_user):
    leave = ask(date(2026, 4, 13), date(2026, 4, 15))
    LeaveEntitlement.objects.create(person=worker_person, kind=holiday_kind, year=2026, days=2)
    assert code_of(leave_decide, leave=leave, user=admin_user, approved=True) == "leave.balance"
    assert leave_decide(leave=leave, user=admin_user, approved=False).status == LeaveStatus.REFUSED


def test_balances_of_many(
    ask, make_person, department, holiday_kind, sick_kind, django_assert_max_num_queries
):
    people = [make_person(department=department) for _ in range(4)]
    for someone in people:
        assign(someone, make_shift(department.site, f"Shift {someone.pk}"))
        ask(date(2026, 4, 13), person=someone)
    with django_assert_max_num_queries(10):
        balances = leave_balances(people, [holiday_kind, sick_kind], 2026)
    assert {balances[someone.pk, holiday_kind.pk].planned for someone in people} == {1}


def test_nobody_decides_about_their_own(ask, own_user, worker_person, sick_kind, monday):
    worker_person.refresh_from_db()
    leave = ask(user=own_user)
    assert code_of(leave_decide, leave=leave, user=own_user, approved=True) == "leave.own"
    enter = {"person": worker_person, "kind": sick_kind, "first": monday + DAY, "last": monday + DAY}
    assert code_of(leave_enter, **enter, user=own_user) == "leave.own"


def test_deciding_once(ask, admin_user, told, monday):
    leave = ask()
    assert told == []
    leave_decide(leave=leave, user=admin_user, approved=True, answer=" Enjoy ")
    leave.refresh_from_db()
    assert (leave.status, leave.answer, leave.decided_by) == ("approved", "Enjoy", admin_user)
    assert (told[0]["person_ids"], told[0]["first"], told[0]["last"]) == ([leave.person_id], monday, monday)
    assert code_of(leave_decide, leave=leave, user=admin_user, approved=False) == "leave.decided"
    refused = ask(monday + DAY)
    leave_decide(leave=refused, user=admin_user, approved=False)
    assert len(told) == 1


def test_withdrawing(ask, own_user, admin_user, monday, told):
    waiting, ahead, begun = ask(monday + DAY), ask(monday + 2 * DAY), ask(monday)
    for leave in (ahead, begun):
        leave_decide(leave=leave, user=admin_user, approved=True)
    told.clear()
    leave_withdraw(leave=waiting, user=own_user)
    assert told == []
    leave_withdraw(leave=ahead, user=own_user)
    assert [news["first"] for news in told] == [monday + 2 * DAY]
    assert code_of(leave_withdraw, leave=begun, user=own_user) == "leave.begun"
    leave_withdraw(leave=begun, user=admin_user)
    assert code_of(leave_withdraw, leave=begun, user=admin_user) == "leave.over"


def test_news(ask, worker_person, sick_kind, admin_user, monday):
    heard = []

    def on_request(**what):
        heard.append(("requested", what["leave"].status))

    def on_decision(**what):
        heard.append(("decided", what["leave"].status))

    def on_withdrawal(**what):
        heard.append(("withdrawn", what["was"]))

    wires = (
        (signals.leave_requested, on_request),
        (signals.leave_decided, on_decision),
        (signals.leave_withdrawn, on_withdrawal),
    )
    for signal, receiver in wires:
        signal.connect(receiver)
    try:
        leave = ask()
        leave_decide(leave=leave, user=admin_user, approved=False)
        day = monday + DAY
        entered = leave_enter(person=worker_person, kind=sick_kind, first=day, last=day, user=admin_user)
        leave_withdraw(leave=entered, user=admin_user)
    finally:
        for signal, receiver in wires:
            signal.disconnect(receiver)
    assert heard == [
        ("requested", "requested"),
        ("decided", "refused"),
        ("decided", "approved"),
        ("withdrawn", "approved"),
    ]
