"""Who is told of what, and that it is once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from faceroster.attendance import signals as attendance
from faceroster.attendance.models import (
    Correction,
    CorrectionKind,
    DayStatus,
    Direction,
    Period,
    PeriodEvent,
    PeriodEventKind,
    Verdict,
    Workday,
)
from faceroster.notices import telling, weekly
from faceroster.notices.choices import choices_of, choices_set
from faceroster.notices.models import Delivery, Event, Notice
from faceroster.notices.services import deliveries_send, notices_prune
from faceroster.people.models import Department, Person
from faceroster.rosters import signals as rosters
from faceroster.rosters.models import LeaveKind, LeaveRequest, LeaveStatus
from faceroster.trust.models import Role, User
from tests.django.notices.conftest import NOW
from tests.support.rosters import make_workday

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 11)


def told(event: str) -> list[str]:
    """Addresses that were written to of ``event``."""
    rows = Delivery.objects.filter(notice__event=event).order_by("target")
    return list(rows.values_list("target", flat=True))


@pytest.fixture(autouse=True)
def _noon(freeze: Callable[[datetime], None]) -> None:
    freeze(NOW)


def late_day(person: Person, **figures: Any) -> Workday:
    figures.setdefault("status", DayStatus.RUNNING)
    figures.setdefault("late_from", NOW - timedelta(minutes=3))
    figures.setdefault("expected_start", NOW - timedelta(minutes=8))
    return make_workday(person, figures.pop("day", DAY), **figures)


def test_managers_are_told_once_of_somebody_who_has_not_come(
    person: Person, boss: User, own_user: User
) -> None:
    late_day(person)
    assert telling.late_tell(now=NOW) == 1
    assert telling.late_tell(now=NOW + timedelta(minutes=1)) == 0
    assert told(Event.LATE) == ["mona@example.org"]
    deliveries_send()
    [sent] = mail.outbox
    assert sent.subject == f"{person.name} has not come yet"
    assert "Expected at: 11:52" in sent.body
    assert sent.alternatives[0][1] == "text/html"


@pytest.mark.parametrize(
    "figures",
    [
        {"late_from": NOW + timedelta(minutes=1)},
        {"late_from": NOW - timedelta(hours=7)},
        {"late_from": None},
        {"first_in": NOW - timedelta(minutes=1)},
        {"status": DayStatus.LEAVE},
        {"status": DayStatus.ABSENT},
        {"excused": True},
    ],
)
def test_nobody_is_told_of_who_is_not_late(person: Person, boss: User, figures: dict[str, Any]) -> None:
    late_day(person, **figures)
    assert telling.late_tell(now=NOW) == 0


def test_who_has_left_is_not_late(person: Person, boss: User) -> None:
    late_day(person)
    Person.objects.update(active=False)
    assert telling.late_tell(now=NOW) == 0


def test_looking_for_the_late_costs_two_queries_when_all_were_told(
    make_person: Any, department: Department, boss: User, django_assert_num_queries: Any
) -> None:
    for _ in range(12):
        late_day(make_person(department=department))
    assert telling.late_tell(now=NOW) == 12
    with django_assert_num_queries(2):
        assert telling.late_tell(now=NOW) == 0


def test_a_missed_check_out_is_told_to_the_person_and_the_manager_once(
    person: Person, boss: User, own_user: User
) -> None:
    row = make_workday(person, DAY, missed_out=True)
    attendance.workday_stored.send(sender=Workday, workday=row, before=None)
    attendance.workday_stored.send(sender=Workday, workday=row, before=None)
    assert telling.missed_tell(now=NOW) == 0
    assert told(Event.MISSED_OUT) == ["mona@example.org", "petra@example.org"]
    deliveries_send()
    assert {sent.subject for sent in mail.outbox} == {
        "Your check-out is missing on 11 March 2026",
        f"{person.name}: check-out missing on 11 March 2026",
    }


def test_days_long_ago_are_told_to_nobody(person: Person, boss: User) -> None:
    row = make_workday(person, DAY - timedelta(days=30), missed_out=True)
    attendance.workday_stored.send(sender=Workday, workday=row, before=None)
    assert telling.missed_tell(now=NOW) == 0
    assert not Notice.objects.exists()


def test_a_missed_check_out_whose_signal_was_lost_is_found(person: Person, boss: User) -> None:
    make_workday(person, DAY, missed_out=True)
    assert telling.missed_tell(now=NOW) == 1


def correction(person: Person, user: User | None, **kwargs: Any) -> Correction:
    return Correction.objects.create(
        person=person, kind=CorrectionKind.ADD, day=DAY, site=person.department.site, zone="Europe/Berlin",
        at=NOW, direction=Direction.OUT, reason="I forgot", requested_by=user, **kwargs
    )  # fmt: skip


def test_a_correction_is_told_to_who_decides_and_its_end_to_the_person(
    person: Person, boss: User, own_user: User
) -> None:
    row = correction(person, own_user)
    attendance.correction_requested.send(sender=Correction, correction=row)
    assert told(Event.CORRECTION_WAITING) == ["mona@example.org"]
    deliveries_send()
    verdict = Verdict.objects.create(correction=row, approved=False, decided_by=boss, note="You were there")
    for _ in range(2):
        attendance.correction_decided.send(sender=Correction, correction=row, verdict=verdict)
    assert told(Event.CORRECTION_DECIDED) == ["petra@example.org"]
    deliveries_send()
    assert mail.outbox[-1].subject == "Your correction of 11 March 2026 was refused"
    assert "You were there" in mail.outbox[-1].body


def test_who_decided_before_the_mail_went_is_not_asked_any_more(
    person: Person, boss: User, own_user: User
) -> None:
    row = correction(person, own_user)
    attendance.correction_requested.send(sender=Correction, correction=row)
    verdict = Verdict.objects.create(correction=row, approved=True, decided_by=boss)
    attendance.correction_decided.send(sender=Correction, correction=row, verdict=verdict)
    assert told(Event.CORRECTION_WAITING) == []


def test_what_is_undone_is_not_told(person: Person, boss: User, own_user: User) -> None:
    with transaction.atomic():
        row = correction(person, own_user)
        attendance.correction_requested.send(sender=Correction, correction=row)
        assert Notice.objects.exists()
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_nobody_is_asked_to_decide_about_themselves_or_what_they_asked_for(
    person: Person, boss: User, make_user: Any
) -> None:
    make_user("alma", Role.ADMINISTRATOR)
    person.user = boss
    person.save()
    attendance.correction_requested.send(sender=Correction, correction=correction(person, boss))
    assert told(Event.CORRECTION_WAITING) == ["alma@example.org"]


@pytest.mark.parametrize("role", [Role.STAFF, Role.PERSON])
def test_who_may_not_decide_is_not_told_even_as_a_manager_of_the_department(
    person: Person, make_user: Any, role: Role
) -> None:
    person.department.managers.add(make_user("stella", role))
    late_day(person)
    telling.late_tell(now=NOW)
    assert told(Event.LATE) == []


def leave(person: Person, user: User) -> LeaveRequest:
    kind = LeaveKind.objects.create(name="Holiday")
    return LeaveRequest.objects.create(
        person=person, kind=kind, first=DAY, last=DAY + timedelta(days=2), requested_by=user
    )


def test_leave_is_told_to_who_decides_and_its_end_to_the_person(
    person: Person, boss: User, own_user: User
) -> None:
    row = leave(person, own_user)
    rosters.leave_requested.send(sender=LeaveRequest, leave=row)
    assert told(Event.LEAVE_WAITING) == ["mona@example.org"]
    row.status, row.decided_by = LeaveStatus.APPROVED, boss
    row.save()
    rosters.leave_decided.send(sender=LeaveRequest, leave=row)
    assert told(Event.LEAVE_WAITING) == []
    assert told(Event.LEAVE_DECIDED) == ["petra@example.org"]
    deliveries_send()
    assert mail.outbox[0].subject == "Your leave from 11 March 2026 is approved"


def test_withdrawn_leave_needs_no_answer(person: Person, boss: User, own_user: User) -> None:
    row = leave(person, own_user)
    rosters.leave_requested.send(sender=LeaveRequest, leave=row)
    row.status = LeaveStatus.WITHDRAWN
    rosters.leave_withdrawn.send(sender=LeaveRequest, leave=row, was=LeaveStatus.REQUESTED)
    assert Delivery.objects.count() == 0


def test_a_closed_period_is_told_to_who_chose_so(department: Department, boss: User, make_user: Any) -> None:
    other = make_user("max", Role.MANAGER)
    department.managers.add(other)
    for user in (boss, other):
        choices_set(user=user, on=[Event.PERIOD_CLOSED])
    period = Period.objects.create(department=department, first=date(2026, 2, 1), last=date(2026, 2, 28))
    event = PeriodEvent.objects.create(period=period, kind=PeriodEventKind.CLOSED, made_by=boss, rows=4)
    attendance.period_closed.send(sender=Period, period=period, event=event)
    assert told(Event.PERIOD_CLOSED) == ["max@example.org"], "not who closed it"
    deliveries_send()
    assert department.name in mail.outbox[0].subject


def test_choices_count(person: Person, boss: User) -> None:
    assert {choice.event: choice.on for choice in choices_of(boss)}[Event.LATE]
    choices_set(user=boss, on=[Event.WEEKLY, Event.CORRECTION_DECIDED])
    assert [choice.event for choice in choices_of(boss) if choice.on] == [Event.WEEKLY]
    late_day(person)
    telling.late_tell(now=NOW)
    assert told(Event.LATE) == []


def test_the_week_is_told_on_monday_once_with_figures_and_without_names(
    person: Person, boss: User, make_person: Any, make_department: Any
) -> None:
    stranger = make_person(department=make_department())
    monday = date(2026, 3, 2)
    make_workday(person, monday, worked_minutes=500, overtime_minutes=20, late_minutes=4)
    make_workday(
        person, monday + timedelta(days=1), worked_minutes=100, weekly_overtime_minutes=5, missed_out=True
    )
    make_workday(person, monday + timedelta(days=2), status=DayStatus.ABSENT, absent=True, excused=True)
    make_workday(person, monday - timedelta(days=1), worked_minutes=999)
    make_workday(stranger, monday, worked_minutes=7)
    at_nine = datetime(2026, 3, 9, 8, 0, tzinfo=NOW.tzinfo)
    assert weekly.weekly_tell(now=at_nine - timedelta(hours=4)) == 0, "Monday has only begun"
    assert weekly.weekly_tell(now=at_nine) == 3, "a mail, and a notice per department"
    assert weekly.weekly_tell(now=at_nine + timedelta(hours=5)) == 0
    assert weekly.weekly_tell(now=at_nine + timedelta(days=3)) == 0, "too late for it"
    [row] = Notice.objects.get(key__startswith="weekly:user:").payload["departments"]
    assert (row["worked_minutes"], row["overtime_minutes"], row["late"]) == (600, 25, 1)
    assert (row["absent"], row["open"]) == (1, 2)
    deliveries_send()
    [sent] = mail.outbox
    assert "10:00" in sent.body
    assert person.name not in sent.body


def test_mail_speaks_the_receivers_language_and_leads_to_the_page(
    person: Person, boss: User, settings: Any
) -> None:
    settings.FACEROSTER_BASE_URL = "https://hours.example.org/"
    boss.language = "ar"
    boss.save()
    late_day(person)
    telling.late_tell(now=NOW)
    deliveries_send()
    [sent] = mail.outbox
    assert "https://hours.example.org/" in sent.body
    assert 'dir="rtl"' in sent.alternatives[0][0]


def test_a_name_cannot_break_into_a_mail(person: Person, boss: User) -> None:
    Person.objects.update(name="<b>Eve\r\nBcc: all@example.org</b>")
    late_day(Person.objects.get())
    telling.late_tell(now=NOW)
    deliveries_send()
    [sent] = mail.outbox
    assert "\n" not in sent.subject
    assert "<b>" not in sent.alternatives[0][0]
    assert sent.recipients() == ["mona@example.org"]


def test_a_mail_server_that_is_down_is_tried_again(
    person: Person, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    late_day(person)
    telling.late_tell(now=NOW)
    deliveries_send()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.next_at) == ("failed", NOW + timedelta(minutes=1))


def test_what_is_told_goes_with_the_person_and_with_time(person: Person, boss: User) -> None:
    row = late_day(person)
    telling.late_tell(now=NOW)
    deliveries_send()
    assert notices_prune(now=NOW) == 0
    assert notices_prune(now=datetime.now(NOW.tzinfo) + timedelta(days=181)) == 1
    telling.late_tell(now=NOW)
    row.delete()
    person.delete()
    assert not Notice.objects.exists()
