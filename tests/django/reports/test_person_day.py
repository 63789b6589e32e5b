"""A person's day: its punches and what was corrected about them, and what those who decide do about it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from faceroster.attendance.corrections import correction_make, correction_request
from faceroster.attendance.models import (
    Correction,
    Due,
    Finding,
    Period,
    PeriodStatus,
    Punch,
    Resolution,
    Workday,
)
from faceroster.attendance.workdays import workdays_compute
from faceroster.enrollment.models import EnrollmentPhoto, PhotoStatus, Template
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.people.models import Department, Person
from faceroster.reports.today.day import person_day_for
from faceroster.trust.models import User
from tests.django.reports.conftest import NOW, TODAY
from tests.support.rosters import assign, make_punch, make_shift, make_workday

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - timedelta(days=1)
_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(now: datetime) -> None:
    pass


def at(person: Person, clock: str, day: date = YESTERDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), person.department.site.zone).astimezone(UTC)


def punched(person: Person, clock: str, way: str, day: date = YESTERDAY, **kwargs: Any) -> Punch:
    return make_punch(person, at(person, clock, day), way, **kwargs)


def computed(person: Person, day: date = YESTERDAY) -> Workday:
    workdays_compute(person_ids=[person.pk], first=day, last=day, now=NOW)
    Due.objects.all().delete()
    return Workday.objects.get(person=person, day=day)


def url(person: Person, day: date = YESTERDAY, name: str = "today_day") -> str:
    return reverse(f"reports:{name}", args=[person.pk, day])


@pytest.fixture
def worked(person: Person, department: Department) -> Person:
    """Due from 9 to half past five, came twelve past nine and forgot to check out."""
    assign(department, make_shift(department.site))
    punched(person, "09:12", "in")
    computed(person)
    return person


def test_the_page_tells_the_figures_and_why(worked: Person, admin_client: Client) -> None:
    text = admin_client.get(url(worked)).text
    assert "Missed check-out" in text
    assert "09:12:00" in text
    assert "Came at 09:12" in text  # by the trace
    assert re.search(r'class="day-shift" x="\d', text)
    assert reverse("reports:today_day", args=[worked.pk, TODAY]) in text
    assert reverse("reports:today_day", args=[worked.pk, YESTERDAY - _DAY]) in text


def test_a_day_that_nobody_computed_yet_is_shown(person: Person, admin_client: Client) -> None:
    punched(person, "08:00", "in", TODAY)
    text = admin_client.get(url(person, TODAY)).text
    assert "Not known yet" in text
    assert "08:00:00" in text


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "20261118", "0001-01-01"])
def test_no_such_day(person: Person, admin_client: Client, day: str) -> None:
    assert admin_client.get(f"/reports/today/person/{person.pk}/{day}/").status_code == 404


def test_a_night_shows_its_morning_punch_on_the_day_it_began(
    person: Person, department: Department, admin_user: User
) -> None:
    assign(department, make_shift(department.site, "Night", "22:00", "06:00"))
    before = YESTERDAY - _DAY
    punched(person, "21:55", "in", before)
    out = punched(person, "06:05", "out", YESTERDAY)
    day = person_day_for(admin_user, person=person, day=before, now=NOW)
    assert [(line.direction, line.state) for line in day.lines] == [("in", "counts"), ("out", "counts")]
    assert [span.kind for span in day.bar.spans] == ["closed"]
    after = person_day_for(admin_user, person=person, day=YESTERDAY, now=NOW)
    assert out not in [line.punch for line in after.lines]


def test_corrections_are_shown_on_what_they_correct(worked: Person, admin_user: User) -> None:
    punch = Punch.objects.get(person=worked)
    common: dict[str, Any] = {"person": worked, "day": YESTERDAY, "user": admin_user}
    correction_make(kind="change", punch=punch, at=at(worked, "09:00"), reason="Was in a meeting", **common)
    added = correction_make(
        kind="add",
        at=at(worked, "17:30"),
        direction="out",
        reason="Forgot",
        site=worked.department.site,
        **common,
    )
    computed(worked)
    day = person_day_for(admin_user, person=worked, day=YESTERDAY, now=NOW)
    first, last = day.lines
    assert (first.at, first.was_at, first.kind) == (at(worked, "09:00"), punch.at, "corrected")
    assert (last.added, last.state) == (added, "counts")
    correction_make(kind="void", added=added, reason="Another day", **common)
    day = person_day_for(admin_user, person=worked, day=YESTERDAY, now=NOW)
    assert [line.state for line in day.lines] == ["counts", "void"]


def test_add_a_missing_punch(worked: Person, manager_client: Client) -> None:
    answer = manager_client.post(
        url(worked, name="today_correct"),
        {"form": "add", "kind": "add", "at": f"{YESTERDAY}T17:30", "direction": "out", "reason": "Forgot"},
        headers={"HX-Request": "true"},
    )
    correction = Correction.objects.get()
    assert (correction.at, correction.verdict.approved) == (at(worked, "17:30"), True)
    assert "Being computed" in answer.text
    assert "<html" not in answer.text
    computed(worked)
    assert "Missed check-out" not in manager_client.get(url(worked)).text


def test_a_refused_correction_says_why_where_it_was_asked_for(worked: Person, manager_client: Client) -> None:
    form = {"form": "add", "kind": "add", "at": f"{YESTERDAY}T17:30", "direction": "out", "reason": " "}
    answer = manager_client.post(url(worked, name="today_correct"), form, headers={"HX-Request": "true"})
    assert answer.status_code == 200, "or it is not swapped in"
    assert answer.text.index("correction.reason_missing") > answer.text.index('value="add"')
    assert f'value="{YESTERDAY}T17:30"' in answer.text
    assert manager_client.post(url(worked, name="today_correct"), form).status_code == 400
    form["at"] = "soon"
    assert "time.invalid" in manager_client.post(url(worked, name="today_correct"), form).text
    assert not Correction.objects.exists()


def test_a_refused_form_keeps_what_was_filled_in(
    worked: Person, manager_client: Client, person_user: User
) -> None:
    punch = punched(worked, "15:00", "out")
    computed(worked)
    given = {
        "form": f"change-punch-{punch.pk}",
        "kind": "change",
        "target": f"punch-{punch.pk}",
        "reason": " ",
    }
    given |= {"zone": punch.zone, "at": f"{YESTERDAY}T15:00", "shown_at": f"{YESTERDAY}T15:00"}
    given |= {"direction": "in", "shown_direction": "out"}
    text = manager_client.post(url(worked, name="today_correct"), given).text
    assert (
        '<option value="in" selected>' in text[text.index("correction.reason_missing") :].split("</form>")[0]
    )
    excuse = {"form": "excuse", "finding": ["early"], "reason": " "}
    text = manager_client.post(url(worked, name="today_excuse"), excuse).text
    assert 'value="early" checked' in text
    assert 'value="late">' in text
    worked.user = person_user
    worked.save()
    asked = correction_request(
        person=worked, kind="void", day=YESTERDAY, user=person_user, reason="x", punch=punch
    )
    verdict = {"verdict": "refuse", "form": str(asked.pk), "reason": "Not so." * 50}
    answer = manager_client.post(reverse("reports:today_verdict", args=[asked.pk]), verdict)
    assert answer.status_code == 400
    assert f'value="{verdict["reason"]}"' in answer.text


def test_a_change_is_told_by_the_clock_that_was_punched_by(
    worked: Person, manager_client: Client, person_user: User, make_site: Any
) -> None:
    """Ten in Berlin is nine in London, where it was punched: both times of a row are London's."""
    worked.user = person_user
    worked.save()
    punch = punched(worked, "10:00", "out", site=make_site(timezone="Europe/London"))
    correction_request(
        person=worked, kind="change", day=YESTERDAY, user=person_user, reason="x", punch=punch,
        at=at(worked, "11:30"),
    )  # fmt: skip
    day = manager_client.get(url(worked)).text
    waiting = day[day.index('class="waiting-text"') :].split("</div>")[0]
    assert ">10:30</time>" in waiting
    assert "Europe/London" in waiting
    row = manager_client.get(reverse("reports:exceptions"), {"tab": "correction"}).text
    facts = row[row.index('class="finding-facts"') :].split("</div>")[0]
    assert "10:30" in facts
    assert "09:00" in facts
    assert "11:30" not in facts


def test_a_time_that_the_clocks_jump_over(worked: Person, manager_client: Client) -> None:
    form = {"form": "add", "kind": "add", "at": "2026-03-29T02:30", "direction": "out", "reason": "x"}
    assert "time.skipped" in manager_client.post(url(worked, name="today_correct"), form).text


def test_change_only_the_direction_keeps_the_seconds(worked: Person, manager_client: Client) -> None:
    punch = Punch.objects.get()
    form = {
        "form": "x", "kind": "change", "target": f"punch-{punch.pk}", "zone": punch.zone, "reason": "x",
        "at": f"{YESTERDAY}T09:12", "shown_at": f"{YESTERDAY}T09:12",
        "direction": "out", "shown_direction": "in",
    }  # fmt: skip
    assert manager_client.post(url(worked, name="today_correct"), form).status_code == 302
    correction = Correction.objects.get()
    assert (correction.at, correction.direction) == (None, "out")
    form["direction"] = "in"
    assert "correction.nothing_changed" in manager_client.post(url(worked, name="today_correct"), form).text


def test_void_a_punch(worked: Person, manager_client: Client, make_person: Any) -> None:
    punch = Punch.objects.get()
    form = {"form": "x", "kind": "void", "target": f"punch-{punch.pk}", "reason": "Somebody else"}
    assert manager_client.post(url(worked, name="today_correct"), form).status_code == 302
    assert Correction.objects.get().kind == "void"
    colleague = make_person(department=worked.department)
    assert manager_client.post(url(colleague, name="today_correct"), form).status_code == 404
    assert (
        manager_client.post(url(worked, name="today_correct"), {**form, "target": "punch-x"}).status_code
        == 404
    )


def test_excuse_a_day(worked: Person, manager_client: Client) -> None:
    assert "Excuse it" in manager_client.get(url(worked)).text
    form = {"form": "excuse", "finding": ["late"], "reason": "Train"}
    assert manager_client.post(url(worked, name="today_excuse"), form).status_code == 302
    resolution = Resolution.objects.get()
    assert (resolution.finding, resolution.person, resolution.day) == (Finding.LATE, worked, YESTERDAY)
    text = manager_client.get(url(worked)).text
    assert "“Train”" in text
    assert "Excuse it" not in text
    assert "„Train“" in manager_client.get(url(worked), headers={"Accept-Language": "de"}).text
    answer = manager_client.post(url(worked, name="today_excuse"), {**form, "finding": []})
    assert "finding.none_chosen" in answer.text


@pytest.mark.parametrize(("word", "approved"), [("approve", True), ("refuse", False)])
def test_decide_about_a_waiting_correction(
    worked: Person, manager_client: Client, staff_user: User, word: str, approved: bool
) -> None:
    worked.user = staff_user
    worked.save()
    correction = correction_request(
        person=worked, kind="add", day=YESTERDAY, user=staff_user, reason="I forgot", at=at(worked, "17:30"),
        direction="out",
    )  # fmt: skip
    page = manager_client.get(url(worked)).text
    assert "Waiting for an answer" in page
    address = reverse("reports:today_verdict", args=[correction.pk])
    assert manager_client.post(address, {"verdict": word, "form": str(correction.pk)}).status_code == 302
    correction = Correction.objects.get()
    assert correction.verdict.approved is approved
    again = manager_client.post(address, {"verdict": word, "form": str(correction.pk)})
    assert again.status_code == 409


def test_a_closed_day_takes_no_forms(worked: Person, manager_client: Client) -> None:
    period = Period.objects.create(
        department=worked.department,
        first=YESTERDAY,
        last=YESTERDAY,
        status=PeriodStatus.CLOSED,
        digest="0" * 64,
    )
    Workday.objects.filter(person=worked).update(period=period)
    text = manager_client.get(url(worked)).text
    assert "Closed period" in text
    assert "today_correct" not in text
    assert "Add a missing punch" not in text
    form = {"form": "add", "kind": "add", "at": f"{YESTERDAY}T17:30", "direction": "out", "reason": "Forgot"}
    answer = manager_client.post(url(worked, name="today_correct"), form)
    assert answer.status_code == 409
    assert not Correction.objects.exists()


def test_the_photo_of_a_match_is_for_those_who_may_see_photos(
    worked: Person, staff_client: Client, manager_client: Client
) -> None:
    """The best photo whose template was there then: what the camera saw is not kept."""
    site = worked.department.site
    kiosk = Kiosk.objects.create(name="Door", site=site, secret_digest="x")
    photos = [
        EnrollmentPhoto.objects.create(
            person=worked, status=status, quality=quality, width=1, height=1, digest=str(quality)
        )
        for status, quality in (
            (PhotoStatus.ACCEPTED, 0.7),
            (PhotoStatus.ACCEPTED, 0.9),
            (PhotoStatus.REJECTED, 0.95),
        )
    ]
    for photo in photos:
        Template.objects.create(photo=photo, person=worked, model="m@1", sealed=b"")
    made = NOW - timedelta(days=30)
    Template.objects.filter(photo=photos[0]).update(created_at=made)
    decision = Decision.objects.create(
        kiosk=kiosk, site=site, outcome="accepted", person=worked, score=6.41, threshold=3.66, margin=1,
        score_kind="llr", model="m@1", gallery_version=1,
    )  # fmt: skip
    Decision.objects.filter(pk=decision.pk).update(created_at=at(worked, "12:00"))
    punched(worked, "12:00", "out", kiosk=kiosk, decision=decision)
    address = reverse("enrollment:picture", args=[photos[0].pk, "crop"])
    page = staff_client.get(url(worked)).text
    assert address in page
    assert str(photos[1].pk) not in page, "it was enrolled later"
    assert "6.41, 3.66 was needed" in page
    hidden = manager_client.get(url(worked)).text
    assert "6.41, 3.66 was needed" in hidden
    assert "enrollment" not in hidden
    assert ".jpg" not in hidden


def test_staff_look_and_do_not_decide(worked: Person, staff_client: Client) -> None:
    text = staff_client.get(url(worked)).text
    for word in ("Add a missing punch", "Excuse it", "Does not count"):
        assert word not in text


def test_its_queries_do_not_grow(
    worked: Person, admin_client: Client, admin_user: User, django_assert_max_num_queries: Any
) -> None:
    for minute in range(10, 50, 2):
        punched(worked, f"12:{minute}", "out" if minute % 4 else "in")
    for punch in Punch.objects.all()[:5]:
        correction_make(person=worked, kind="void", day=YESTERDAY, user=admin_user, reason="x", punch=punch)
    with django_assert_max_num_queries(25):
        admin_client.get(url(worked))


def test_whose_days_one_sees(
    worked: Person, make_person: Any, manager_client: Client, staff_client: Client, admin_client: Client
) -> None:
    other = make_person()
    make_workday(other, YESTERDAY)
    posts = ("today_correct", "today_excuse")
    assert manager_client.get(url(other)).status_code == 404
    assert manager_client.get(url(worked)).status_code == 200
    for client in (staff_client, admin_client):
        assert client.get(url(other)).status_code == 200
    for name in posts:
        assert manager_client.post(url(other, name=name), {"reason": "x"}).status_code == 404
        assert staff_client.post(url(other, name=name), {"reason": "x"}).status_code == 403
        assert manager_client.get(url(worked, name=name)).status_code == 405
    anonymous = Client()
    for address in (url(worked), *(url(worked, name=name) for name in posts)):
        method = anonymous.get if address == url(worked) else anonymous.post
        assert method(address)["Location"].startswith("/accounts/login/")
    person_user = User.objects.create_user("paula", role="person")
    anonymous.force_login(person_user)
    assert anonymous.get(url(worked)).status_code == 403
    assert anonymous.post(url(worked, name="today_excuse")).status_code == 403


def test_verdicts_are_for_those_who_decide(
    worked: Person, make_person: Any, manager_client: Client, staff_client: Client, staff_user: User
) -> None:
    other = make_person(user=staff_user)
    correction = correction_request(
        person=other,
        kind="add",
        day=YESTERDAY,
        user=staff_user,
        reason="x",
        at=at(other, "09:00"),
        direction="in",
    )
    address = reverse("reports:today_verdict", args=[correction.pk])
    assert manager_client.post(address, {"verdict": "approve"}).status_code == 404
    assert staff_client.post(address, {"verdict": "approve"}).status_code == 403
    assert Client().post(address, {"verdict": "approve"}).status_code == 302
