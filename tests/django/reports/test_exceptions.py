"""Exceptions: what is found, whose, and settling it one by one or many at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from faceroster.attendance.corrections import correction_request
from faceroster.attendance.models import (
    Correction,
    Due,
    Finding,
    Period,
    PeriodEvent,
    PeriodStatus,
    Resolution,
    Workday,
)
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.people.models import Department, Person, Site
from faceroster.people.selectors import sites_visible_to
from faceroster.reports.exceptions.faces import NEAR, VISIT_GAP
from faceroster.reports.exceptions.findings import Narrow, Tab
from faceroster.reports.exceptions.selectors import PAGE, Exceptions, exceptions_for
from faceroster.trust.models import User
from tests.django.reports.conftest import NOW, TODAY
from tests.support.rosters import make_punch, make_workday

pytestmark = pytest.mark.django_db
_DAY = timedelta(days=1)
YESTERDAY = TODAY - _DAY
URL, SOLVE = "/reports/exceptions/", "/reports/exceptions/solve/"


@pytest.fixture(autouse=True)
def _now(now: datetime) -> None:
    pass


def instant(site: Site, clock: str, day: date = YESTERDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=site.zone).astimezone(UTC)


def found(
    person: Person, day: date = YESTERDAY, came: str = "09:00", left: str = "", **figures: Any
) -> Workday:
    """A day from 9 to half past five with something wrong in it."""
    site = person.department.site
    figures.setdefault("expected_start", instant(site, "09:00", day))
    figures.setdefault("expected_end", instant(site, "17:30", day))
    if came:
        figures.setdefault("first_in", instant(site, came, day))
    if left:
        figures.setdefault("last_out", instant(site, left, day))
    return make_workday(person, day, **figures)


def read(user: User, tab: Tab | None = None, **kwargs: Any) -> Exceptions:
    return exceptions_for(
        user,
        tab=tab,
        narrow=Narrow(kwargs.pop("first", TODAY.replace(day=1)), TODAY, **kwargs),
        sites=list(sites_visible_to(user)),
        everyone=False,
        number="1",
        now=NOW,
    )


def counts(user: User, **kwargs: Any) -> dict[str, int]:
    return {one.tab.value: one.count for one in read(user, **kwargs).tabs if one.count}


def solve(client: Client, tab: Tab, *keys: Any, **answer: Any) -> Any:
    form = {"row": keys, "reason": "As agreed", **answer}
    return client.post(f"{SOLVE}?tab={tab.value}", form, headers={"HX-Request": "true"})


@pytest.fixture
def kiosk(department: Department) -> Kiosk:
    return Kiosk.objects.create(name="Door", site=department.site, secret_digest="k", status="active")


@pytest.fixture
def face(kiosk: Kiosk) -> Callable[..., Decision]:
    """``face(moment)``: a face that nobody was told by, seen for two seconds."""

    def make(moment: datetime, outcome: str = "unknown", kiosk: Kiosk = kiosk, **fields: Any) -> Decision:
        decision = Decision.objects.create(
            kiosk=kiosk, site=kiosk.site, outcome=outcome, threshold=3.66, margin=1, model="m@1",
            gallery_version=1, **fields,
        )  # fmt: skip
        Decision.objects.filter(pk=decision.pk).update(
            created_at=moment, last_frame_at=moment + timedelta(seconds=2)
        )
        decision.refresh_from_db()
        return decision

    return make


def test_each_kind_is_counted_and_listed(person: Person, make_person: Any, admin_user: User) -> None:
    mate = make_person(department=person.department)
    found(person, missed_out=True, late_minutes=12)
    found(mate, early_minutes=30, left="17:00")
    found(mate, YESTERDAY - _DAY, absent=True, came="")
    found(person, YESTERDAY - _DAY, missed_in=True, came="", left="17:30")
    make_workday(person, YESTERDAY - 2 * _DAY)
    assert counts(admin_user) == {"missed_out": 1, "missed_in": 1, "late": 1, "early": 1, "absent": 1}
    assert [row.thing.person for row in read(admin_user, Tab.EARLY).rows] == [mate]
    assert read(admin_user).tab is Tab.MISSED_OUT
    assert counts(admin_user, first=YESTERDAY) == {"missed_out": 1, "late": 1, "early": 1}


def test_what_is_settled_or_being_computed_is_not_there(person: Person, admin_user: User) -> None:
    found(person, late_minutes=12, missed_out=True)
    Resolution.objects.create(finding=Finding.LATE, person=person, day=YESTERDAY, reason="Train")
    Due.objects.all().delete()
    assert counts(admin_user) == {"missed_out": 1}
    Due.objects.create(person=person, day=YESTERDAY)
    assert counts(admin_user) == {}
    assert read(admin_user, Tab.MISSED_OUT).rows == []
    assert read(admin_user).pending == 1


def test_check_out_at_the_end_of_the_shift_for_many(
    person: Person, make_person: Any, manager_client: Client, manager_user: User
) -> None:
    rows = [found(person, missed_out=True), found(make_person(department=person.department), missed_out=True)]
    answer = solve(manager_client, Tab.MISSED_OUT, *(row.pk for row in rows), action="shift_end")
    assert "2 are settled." in answer.text
    assert "Nothing to do here" in answer.text
    made = Correction.objects.all()
    assert {one.at for one in made} == {instant(person.department.site, "17:30")}
    assert {(one.kind, one.direction, one.reason, one.verdict.approved) for one in made} == {
        ("add", "out", "As agreed", True)
    }


@pytest.mark.parametrize(
    ("tab", "row", "clock", "expected"),
    [
        (Tab.MISSED_OUT, {"missed_out": True}, "16:10", "16:10"),
        (Tab.MISSED_IN, {"missed_in": True, "came": "", "left": "17:30"}, "08:50", "08:50"),
    ],
)
def test_a_time_for_a_missing_punch(
    person: Person, manager_client: Client, tab: Tab, row: dict[str, Any], clock: str, expected: str
) -> None:
    solve(manager_client, tab, found(person, **row).pk, action="at", clock=clock)
    assert Correction.objects.get().at == instant(person.department.site, expected)


def test_the_morning_after_a_night(person: Person, manager_client: Client) -> None:
    site = person.department.site
    row = found(
        person, YESTERDAY - _DAY, "22:00", missed_out=True,
        expected_start=instant(site, "22:00", YESTERDAY - _DAY), expected_end=instant(site, "06:00"),
    )  # fmt: skip
    solve(manager_client, Tab.MISSED_OUT, row.pk, action="at", clock="06:15")
    assert Correction.objects.get().at == instant(site, "06:15")


@pytest.mark.parametrize(
    ("row", "answer", "code"),
    [
        ({"expected_start": None, "expected_end": None}, {"action": "shift_end"}, "exception.no_shift"),
        ({"left": "12:00"}, {"action": "shift_end"}, "exception.several_spans"),
        ({"came": "18:00"}, {"action": "shift_end"}, "exception.time_crossed"),
        ({}, {"action": "at", "clock": "soon"}, "exception.time_missing"),
        ({}, {"action": "excuse"}, "exception.action_unknown"),
        ({}, {"action": ""}, "exception.action_unknown"),
        ({}, {"action": "dismiss", "reason": " "}, "exception.reason_missing"),
    ],
)
def test_answers_that_settle_nothing(
    person: Person, manager_client: Client, row: dict[str, Any], answer: dict[str, str], code: str
) -> None:
    text = solve(manager_client, Tab.MISSED_OUT, found(person, missed_out=True, **row).pk, **answer).text
    assert code in text
    assert "settled." not in text
    assert not Correction.objects.exists()
    assert not Resolution.objects.exists()


def test_nothing_chosen(manager_client: Client) -> None:
    assert "exception.none_chosen" in solve(manager_client, Tab.LATE, action="excuse").text


@pytest.mark.parametrize(
    ("tab", "figures"),
    [
        (Tab.LATE, {"late_minutes": 9}),
        (Tab.EARLY, {"early_minutes": 9}),
        (Tab.ABSENT, {"absent": True, "came": ""}),
    ],
)
def test_excuses(person: Person, manager_client: Client, tab: Tab, figures: dict[str, Any]) -> None:
    row = found(person, **figures)
    assert "1 is settled." in solve(manager_client, tab, row.pk, action="excuse").text
    assert Resolution.objects.get().finding == tab.value
    assert "exception.pending" in solve(manager_client, tab, row.pk, action="excuse").text
    Due.objects.all().delete()
    assert "finding.resolved" in solve(manager_client, tab, row.pk, action="excuse").text
    Workday.objects.filter(pk=row.pk).update(late_minutes=0, early_minutes=0, absent=False)
    assert "exception.gone" in solve(manager_client, tab, row.pk, action="excuse").text


def test_a_closed_day_stays_and_says_so_and_the_others_are_settled(
    person: Person, make_person: Any, manager_client: Client
) -> None:
    mate = make_person(department=person.department, name="Mate")
    row, other = found(person, late_minutes=9), found(mate, YESTERDAY - _DAY, late_minutes=9)
    period = Period.objects.create(
        department=person.department,
        first=YESTERDAY,
        last=YESTERDAY,
        status=PeriodStatus.CLOSED,
        digest="0" * 64,
    )
    Workday.objects.filter(pk=row.pk).update(period=period)
    text = solve(manager_client, Tab.LATE, row.pk, other.pk, action="excuse").text
    assert "1 is settled." in text
    assert "1 could not be settled:" in text
    assert text.count("period.closed") == 2, "on top and at its row"
    assert f'value="{row.pk}"' in text
    assert f'value="{other.pk}"' not in text
    assert [resolution.person for resolution in Resolution.objects.all()] == [mate]


def test_decisions_of_one_visit_are_one_row(
    person: Person, face: Callable[..., Decision], admin_user: User, make_site: Any
) -> None:
    found(person, absent=True, came="")
    start = instant(person.department.site, "09:10")
    first = face(start)
    for n in (1, 2):
        face(start + n * timedelta(seconds=30))
    face(start + timedelta(seconds=62) + VISIT_GAP + timedelta(seconds=1))
    face(
        start,
        kiosk=Kiosk.objects.create(
            name="Gate", site=person.department.site, secret_digest="g", status="active"
        ),
    )
    assert counts(admin_user)["unknown_face"] == 3
    rows = read(admin_user, Tab.UNKNOWN_FACE).rows
    assert sorted(len(row.visit.ids) for row in rows if row.visit) == [1, 1, 3]
    assert first.pk in {row.key for row in rows}
    assert all(row.near == [person] for row in rows)


def test_only_faces_at_known_times_count(
    person: Person,
    face: Callable[..., Decision],
    admin_user: User,
    admin_client: Client,
    make_department: Any,
) -> None:
    site = person.department.site
    found(person, absent=True, came="")
    near, far = face(instant(site, "09:00") + NEAR), face(instant(site, "09:05") + NEAR)
    elsewhere = Kiosk.objects.create(
        name="Far", site=make_department().site, secret_digest="f", status="active"
    )
    face(instant(site, "09:00"), kiosk=elsewhere)
    sheet = read(admin_user, Tab.UNKNOWN_FACE)
    assert [row.key for row in sheet.rows] == [near.pk]
    assert sheet.others == 2
    text = admin_client.get(URL, {"tab": "unknown_face", "faces": "all"}).text
    assert f'value="{far.pk}"' in text
    assert "no recognition" in text


def test_a_missed_check_out_is_a_known_time_too(
    person: Person, face: Callable[..., Decision], admin_user: User
) -> None:
    found(person, missed_out=True)
    face(instant(person.department.site, "17:35"))
    face(instant(person.department.site, "09:00"))  # they came, and the kiosk knew them
    assert counts(admin_user)["unknown_face"] == 1


def test_a_face_is_dismissed_with_all_its_decisions(
    person: Person, face: Callable[..., Decision], manager_client: Client, manager_user: User
) -> None:
    found(person, absent=True, came="")
    start = instant(person.department.site, "09:00")
    head, second = face(start), face(start + timedelta(seconds=20))
    assert "1 is settled." in solve(manager_client, Tab.UNKNOWN_FACE, head.pk, action="dismiss").text
    assert {one.decision for one in Resolution.objects.all()} == {head, second}
    assert "unknown_face" not in counts(manager_user)
    assert "exception.gone" in solve(manager_client, Tab.UNKNOWN_FACE, head.pk, action="dismiss").text


def test_a_face_is_given_to_a_person(
    person: Person, face: Callable[..., Decision], manager_client: Client, make_person: Any
) -> None:
    head = face(instant(person.department.site, "09:04"), "ambiguous")
    answer = {"action": "assign", "direction": "in"}
    for nobody in ("", "Nobody (X1)", f"({make_person().employee_number})"):
        text = solve(manager_client, Tab.AMBIGUOUS, head.pk, person=nobody, **answer).text
        assert "exception.person_missing" in text
    whose = f"{person.name} ({person.employee_number})"
    assert "1 is settled." in solve(manager_client, Tab.AMBIGUOUS, head.pk, person=whose, **answer).text
    made = Correction.objects.get()
    assert (made.person, made.at, made.direction, made.site) == (person, head.created_at, "in", head.site)
    assert Resolution.objects.get().decision == head


def test_a_face_stays_when_its_punch_is_refused(
    person: Person, face: Callable[..., Decision], manager_client: Client, manager_user: User
) -> None:
    """Nobody decides about their own days: neither the punch nor the dismissal is stored."""
    person.user = manager_user
    person.save()
    head = face(instant(person.department.site, "09:04"), "ambiguous")
    text = solve(
        manager_client, Tab.AMBIGUOUS, head.pk, action="assign", direction="in", person=person.employee_number
    ).text
    assert "correction.own" in text
    assert not Resolution.objects.exists()


def test_ambiguous_faces_name_only_visible_people(
    person: Person, make_person: Any, face: Callable[..., Decision], manager_user: User
) -> None:
    other = make_person()
    candidates = [{"person": str(one.pk), "score": 3.9} for one in (person, other)]
    face(instant(person.department.site, "09:04"), "ambiguous", candidates=candidates, score=3.9)
    assert [row.between for row in read(manager_user, Tab.AMBIGUOUS).rows] == [[person.name]]


@pytest.mark.parametrize(("action", "approved"), [("approve", True), ("refuse", False)])
def test_corrections_that_wait(
    person: Person, staff_user: User, manager_client: Client, manager_user: User, action: str, approved: bool
) -> None:
    person.user = staff_user
    person.save()
    asked = correction_request(
        person=person, kind="add", day=YESTERDAY, user=staff_user, reason="I forgot", direction="out",
        at=instant(person.department.site, "17:00"),
    )  # fmt: skip
    assert counts(manager_user) == {"correction": 1}
    assert "I forgot" in manager_client.get(URL, {"tab": "correction"}).text
    assert "1 is settled." in solve(manager_client, Tab.CORRECTION, asked.pk, action=action).text
    assert Correction.objects.get().verdict.approved is approved
    assert counts(manager_user) == {}
    assert "correction.decided" in solve(manager_client, Tab.CORRECTION, asked.pk, action=action).text


def test_punches_that_came_too_late(
    person: Person, manager_client: Client, manager_user: User, freeze: Any
) -> None:
    row = found(person)
    period = Period.objects.create(
        department=person.department,
        first=YESTERDAY,
        last=YESTERDAY,
        status=PeriodStatus.CLOSED,
        digest="0" * 64,
    )
    Workday.objects.filter(pk=row.pk).update(period=period)
    PeriodEvent.objects.create(period=period, kind="closed", digest="0" * 64)
    freeze(NOW + timedelta(minutes=1))
    punch = make_punch(person, instant(person.department.site, "17:30"), "out")
    assert counts(manager_user) == {"closed_punch": 1}
    assert "1 is settled." in solve(manager_client, Tab.CLOSED_PUNCH, punch.pk, action="dismiss").text
    assert Resolution.objects.get().finding == Finding.CLOSED_PUNCH


def test_pages(make_person: Any, department: Department, admin_client: Client, admin_user: User) -> None:
    for n in range(PAGE + 2):
        found(make_person(department=department, name=f"Person {n:03}"), late_minutes=6)
    assert len(read(admin_user, Tab.LATE).rows) == PAGE
    text = admin_client.get(URL, {"tab": "late", "page": "2"}).text
    assert f"Person {PAGE + 1:03}" in text
    assert text.count('name="row"') == 2


def test_its_queries_do_not_grow(
    make_person: Any, make_department: Any, face: Callable[..., Decision], department: Department,
    admin_client: Client, django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for place in (department, make_department()):
        for _ in range(4):
            found(make_person(department=place), late_minutes=6, missed_out=True)
    for n in range(4):
        face(instant(department.site, "17:30") + timedelta(minutes=5 * n))
    for tab in Tab:
        with django_assert_max_num_queries(14):
            admin_client.get(URL, {"tab": tab.value}, headers={"HX-Request": "true"})


def test_bad_questions(person: Person, manager_client: Client, make_department: Any) -> None:
    other = make_department()
    for query in ({"tab": "x"}, {"first": "x"}, {"department": other.pk}, {"site": other.site_id}):
        assert manager_client.get(URL, query).status_code == 404, query
    assert manager_client.get(URL, {"first": "2020-01-01", "last": "2026-11-18"}).status_code == 200
    row = found(person, late_minutes=9)
    for keys in (["x"], [row.pk, "00000000-0000-4000-8000-000000000000"]):
        assert solve(manager_client, Tab.LATE, *keys, action="excuse").status_code == 404
    assert manager_client.post(SOLVE, {"row": row.pk}).status_code == 404
    assert not Resolution.objects.exists()


def test_without_scripts_the_answer_is_a_page(person: Person, manager_client: Client) -> None:
    row = found(person, late_minutes=9)
    answer = manager_client.post(f"{SOLVE}?tab=late", {"row": row.pk, "action": "excuse", "reason": ""})
    assert answer.status_code == 400
    assert "<html" in answer.text
    assert "exception.reason_missing" in answer.text


def test_managers_see_and_settle_their_own(
    person: Person,
    make_person: Any,
    face: Callable[..., Decision],
    manager_client: Client,
    manager_user: User,
) -> None:
    other = make_person(name="Someone Else")
    mine, theirs = found(person, late_minutes=9), found(other, late_minutes=9)
    far = Kiosk.objects.create(
        name="Far kiosk", site=other.department.site, secret_digest="f", status="active"
    )
    their_face = face(instant(other.department.site, "09:00"), "ambiguous", kiosk=far)
    assert counts(manager_user) == {"late": 1}
    text = manager_client.get(URL, {"tab": "late"}).text
    assert person.name in text
    assert other.name not in text
    assert solve(manager_client, Tab.LATE, mine.pk, theirs.pk, action="excuse").status_code == 404
    assert solve(manager_client, Tab.AMBIGUOUS, their_face.pk, action="dismiss").status_code == 404
    assert not Resolution.objects.exists()
    offered = manager_client.get(reverse("reports:exceptions_people"), {"person": "e"}).text
    assert person.employee_number in offered
    assert other.employee_number not in offered


def test_who_may_look_and_who_may_settle(person: Person, staff_client: Client, admin_client: Client) -> None:
    row = found(person, late_minutes=9)
    people = reverse("reports:exceptions_people")
    page = staff_client.get(URL, {"tab": "late"}).text
    assert person.name in page
    assert 'name="row"' not in page
    assert solve(staff_client, Tab.LATE, row.pk, action="excuse").status_code == 403
    assert person.name not in staff_client.get(people, {"person": person.name}).text
    visitor = Client()
    for address in (URL, people):
        assert visitor.get(address)["Location"].startswith("/accounts/login/")
    assert visitor.post(SOLVE)["Location"].startswith("/accounts/login/")
    visitor.force_login(User.objects.create_user("paula", role="person"))
    assert [
        visitor.get(URL).status_code,
        visitor.get(people).status_code,
        visitor.post(SOLVE).status_code,
    ] == [403] * 3
    assert "1 is settled." in solve(admin_client, Tab.LATE, row.pk, action="excuse").text
