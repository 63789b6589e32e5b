"""Settling findings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from faceroster.attendance import signals
from faceroster.attendance.models import Due, Resolution
from faceroster.attendance.resolutions import finding_resolve
from faceroster.core.errors import Conflict, FaceRosterError, InvalidInput, NotAllowed
from faceroster.kiosks.models import Decision, Outcome
from faceroster.people.models import Department, Person, Site
from faceroster.trust.models import Role, User
from tests.support.rosters import make_workday
from tests.support.seals import closed_by_hand

DAY = date(2026, 3, 3)


def resolve(user: User, **change: Any) -> Resolution:
    return finding_resolve(**{"finding": "late", "day": DAY, "reason": "The train.", "user": user, **change})


def refused(user: User, **change: Any) -> FaceRosterError:
    before = Resolution.objects.count()
    with pytest.raises(FaceRosterError) as error:
        resolve(user, **change)
    assert Resolution.objects.count() == before
    return error.value


def make_decision(site: Site) -> Decision:
    return Decision.objects.create(
        site=site, outcome=Outcome.UNKNOWN, threshold=0, margin=0, model="m", gallery_version=1
    )


def test_lateness_is_settled_once_and_the_day_computed_anew(person: Person, manager_user: User) -> None:
    heard: list[Resolution] = []
    Due.objects.all().delete()  # a new person has days too

    def listen(resolution: Resolution, **kwargs: Any) -> None:
        heard.append(resolution)

    signals.finding_resolved.connect(listen)
    try:
        made = resolve(manager_user, person=person, reason=" The train. ")
    finally:
        signals.finding_resolved.disconnect(listen)
    assert heard == [made]
    assert (made.reason, made.made_by) == ("The train.", manager_user)
    assert list(Due.objects.values_list("person_id", "day")) == [(person.pk, DAY)]
    again = refused(manager_user, person=person)
    assert isinstance(again, Conflict)
    assert again.code == "finding.resolved"
    resolve(manager_user, person=person, finding="early")


def test_what_cannot_be_used_is_refused(person: Person, manager_user: User) -> None:
    for code, change in {
        "unknown": {"person": person, "finding": "asleep"},
        "of_nothing": {},
        "reason_missing": {"person": person, "reason": ""},
        "reason_long": {"person": person, "reason": "x" * 301},
    }.items():
        error = refused(manager_user, **change)
        assert isinstance(error, InvalidInput)
        assert error.code == f"finding.{code}"


def test_who_may(
    person: Person, staff_user: User, manager_user: User, make_department: Callable[..., Department]
) -> None:
    stranger = User.objects.create_user("other", password="a long enough password", role=Role.MANAGER)
    make_department().managers.add(stranger)
    for user in (staff_user, stranger):
        assert refused(user, person=person).code == "finding.not_yours"
    Person.objects.filter(pk=person.pk).update(user=manager_user)
    error = refused(manager_user, person=person)
    assert isinstance(error, NotAllowed)
    assert error.code == "finding.own"


def test_a_closed_day_stays_but_its_late_punches_are_settled(person: Person, manager_user: User) -> None:
    make_workday(person, DAY, period=closed_by_hand(person.department, DAY))
    assert refused(manager_user, person=person).code == "period.closed"
    assert resolve(manager_user, person=person, finding="closed_punch").person == person


def test_a_strangers_face_is_settled_by_who_decides_at_that_site(
    department: Department, manager_user: User, staff_user: User, make_site: Callable[..., Site]
) -> None:
    here, elsewhere = make_decision(department.site), make_decision(make_site())
    settle: dict[str, Any] = {"finding": "unknown_face", "reason": "A visitor."}
    assert resolve(manager_user, decision=here, **settle).person is None
    assert refused(manager_user, decision=here, **settle).code == "finding.resolved"
    assert refused(manager_user, decision=elsewhere, **settle).code == "finding.not_yours"
    assert refused(staff_user, decision=elsewhere, **settle).code == "finding.not_yours"


def test_a_year_that_is_a_slip_is_refused(person: Person, manager_user: User) -> None:
    """A day at the beginning of the calendar has none before it, and could never be computed."""
    assert refused(manager_user, person=person, day=date.min).code == "finding.too_early"


def test_nothing_is_excused_ahead(
    person: Person, manager_user: User, freeze: Callable[[datetime], None]
) -> None:
    freeze(datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert refused(manager_user, person=person).code == "finding.in_future"
    freeze(datetime(2026, 3, 3, 12, tzinfo=UTC))
    resolve(manager_user, person=person)
