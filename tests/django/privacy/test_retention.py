"""What is over goes and nothing else does; a look beforehand tells the truth; people get their notice."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from faceroster.attendance.models import Correction, Punch, Verdict
from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.consents.models import Consent
from faceroster.core.errors import InvalidInput
from faceroster.enrollment.models import (
    EnrollmentPhoto,
    GalleryChange,
    ImportRun,
    ImportStatus,
    PhotoSource,
    PhotoStatus,
    Template,
)
from faceroster.enrollment.services import photo_add
from faceroster.kiosks.models import Decision, DecisionCrop, FalseAccept, Kiosk, Outcome
from faceroster.notices.models import Notice
from faceroster.offline.models import OfflineEntry, OfflineQueue, Status
from faceroster.people.models import Department, Person
from faceroster.privacy import tombstones
from faceroster.privacy.models import Erasure, Farewell, Kind, RetentionRun
from faceroster.privacy.retention import sweeping
from faceroster.privacy.retention.looking import going, leaving, preview
from faceroster.privacy.retention.rules import CONSENTS, RULES, all_days, days_of, days_set
from faceroster.privacy.retention.sweeping import sweep
from faceroster.trust.models import User
from tests.support.rosters import make_punch, make_workday
from tests.support.seals import closed_by_hand

MakePerson = Callable[..., Person]
DAY = timedelta(days=1)
PAGE = "privacy:retention"


@pytest.fixture(autouse=True)
def _own_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tombstones, "tombstones_file", lambda: tmp_path / "erasures" / "tombstones.jsonl")


@pytest.fixture
def kiosk(department: Department) -> Kiosk:
    return Kiosk.objects.create(name="Door", site=department.site)


def _aged(row: Any, days: float) -> Any:
    type(row)._base_manager.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=days))
    return row


def _decision(kiosk: Kiosk, person: Person | None, days: float, **fields: Any) -> Decision:
    outcome = Outcome.ACCEPTED if person else Outcome.UNKNOWN
    row = Decision.objects.create(
        kiosk=kiosk, site=kiosk.site, person=person, outcome=outcome, threshold=0.5, margin=0.1,
        model="m@1", gallery_version=1, **fields,
    )  # fmt: skip
    return _aged(row, days)  # type: ignore[no-any-return]


def _crop(decision: Decision, expires_at: datetime) -> DecisionCrop:
    return DecisionCrop.objects.create(
        decision=decision, person=decision.person, sealed=b"-", expires_at=expires_at
    )


def _photo(person: Person, days: float, status: str = PhotoStatus.REJECTED) -> EnrollmentPhoto:
    count = EnrollmentPhoto.objects.count()
    photo = EnrollmentPhoto.objects.create(
        person=person, status=status, width=1, height=1, digest=f"{count:064x}"
    )
    return _aged(photo, days)  # type: ignore[no-any-return]


def _entry(kiosk: Kiosk, days: float, status: str, *, attention: bool = False) -> OfflineEntry:
    queue, _ = OfflineQueue.objects.get_or_create(kiosk=kiosk, chain="0" * 32)
    number, now = OfflineEntry.objects.count() + 1, timezone.now()
    row = OfflineEntry.objects.create(
        queue=queue, kiosk=kiosk, site=kiosk.site, key=f"{number:032x}", counter=number, kind="pin",
        at=now, device_at=now, status=status, attention=attention,
    )  # fmt: skip
    return _aged(row, days)  # type: ignore[no-any-return]


def _gone(person: Person, days: int = 400) -> None:
    left = timezone.now().date() - timedelta(days=days)
    Person.objects.filter(pk=person.pk).update(active=False, joined_on=None, left_on=left)


def _pair(kind: str, person: Person, kiosk: Kiosk, admin: User) -> tuple[Any, Any]:
    """One row of ``kind`` that is over by a day, and one that has a day left."""
    days = days_of(kind) or RULES[kind].least
    now = timezone.now()

    def made(age: float) -> Any:
        if kind == Kind.CROPS:
            return _crop(_decision(kiosk, person, age), now + DAY)
        if kind == Kind.NOT_ME:
            decision = _decision(kiosk, person, 1)
            return _aged(
                FalseAccept.objects.create(decision=decision, person=person, model="m@1", sealed=b"-"), age
            )
        if kind == Kind.DECISIONS:
            return _decision(kiosk, None, age)
        if kind == Kind.REFUSED:
            return _photo(person, age)
        if kind in (Kind.OFFLINE, Kind.UNDECIDED):
            return _entry(kiosk, age, Status.REFUSED if kind == Kind.OFFLINE else Status.HELD)
        if kind == Kind.SIGN_INS:
            attempt = AccessAttempt.objects.create(
                username=f"u{age}", ip_address="192.0.2.1", failures_since_start=1
            )
            AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=now - timedelta(days=age))
            return attempt
        if kind == Kind.NOTICES:
            return _aged(Notice.objects.create(event="weekly", key=f"k{age}", payload={}), age)
        assert kind == Kind.IMPORTS
        return _aged(ImportRun.objects.create(table_name="people.csv", status=ImportStatus.DONE), age)

    return made(days + 1), made(days - 1)


@pytest.mark.parametrize(
    "kind", [kind for kind, rule in RULES.items() if rule.over and kind != Kind.LEFT_PHOTOS]
)
def test_each_kind_goes_when_it_is_over_and_not_a_day_before(
    kind: Kind, person: Person, kiosk: Kiosk, admin_user: User
) -> None:
    if kind == Kind.UNDECIDED:
        days_set(kind=kind, days=90, user=admin_user)
    old, fresh = _pair(kind, person, kiosk, admin_user)
    now = timezone.now()
    told = going(kind, now, days_of(kind))
    assert (told.now, told.soon) == (1, 1)
    assert told.oldest is not None
    assert type(old).objects.count() == 2  # looking deletes nothing
    assert sweep(now=now)[kind] == 1
    assert list(type(old).objects.values_list("pk", flat=True)) == [fresh.pk]
    assert kind not in sweep(now=now)


def test_what_is_still_needed_stays(person: Person, kiosk: Kiosk) -> None:
    kept = [_decision(kiosk, person, 900) for _ in range(2)]
    make_punch(person, timezone.now() - DAY, decision=kept[0])
    FalseAccept.objects.create(decision=kept[1], person=person, model="m@1", sealed=b"-")
    _decision(kiosk, person, 900)
    waiting = _entry(kiosk, 5000, Status.WAITING)
    held = _entry(kiosk, 5000, Status.HELD)
    looked_for = _entry(kiosk, 5000, Status.PUNCHED, attention=True)
    running = _aged(ImportRun.objects.create(table_name="a.csv", status=ImportStatus.RUNNING), 900)
    assert sweep(now=timezone.now()) == {Kind.DECISIONS: 1}
    assert set(Decision.objects.all()) == set(kept)
    assert set(OfflineEntry.objects.all()) == {waiting, held, looked_for}
    assert ImportRun.objects.get() == running


def test_zero_days_keep_only_where_that_is_said(person: Person, kiosk: Kiosk, admin_user: User) -> None:
    days_set(kind=Kind.NOT_ME, days=0, user=admin_user)
    decision = _decision(kiosk, person, 1)
    _aged(FalseAccept.objects.create(decision=decision, person=person, model="m@1", sealed=b"-"), 9000)
    assert going(Kind.NOT_ME, timezone.now(), 0).now == 0
    assert sweep(now=timezone.now()) == {}
    for kind in (Kind.DECISIONS, Kind.LEFT_PEOPLE, Kind.CROPS):
        with pytest.raises(InvalidInput, match=r"retention\.out_of_bounds"):
            days_set(kind=kind, days=0, user=admin_user)


def test_sessions_that_are_over_go(admin_client: Client) -> None:
    Session.objects.create(session_key="old", session_data="-", expire_date=timezone.now() - 91 * DAY)
    assert sweep(now=timezone.now()) == {Kind.SIGN_INS: 1}
    assert admin_client.get(reverse(PAGE)).status_code == 200  # the one in use stays


def test_faces_of_recognitions_never_stay_longer_than_the_installation_says(
    person: Person, kiosk: Kiosk, settings: Any
) -> None:
    settings.FACEROSTER = {**settings.FACEROSTER, "CROP_DAYS": 5}
    _crop(_decision(kiosk, person, 6), timezone.now() + 20 * DAY)
    assert days_of(Kind.CROPS) == 5
    assert sweep(now=timezone.now()) == {Kind.CROPS: 1}


def test_when_the_consent_ended_the_face_goes_and_the_person_stays(
    person: Person, kiosk: Kiosk, demo_photo: Any, run_jobs: Any, make_person: MakePerson
) -> None:
    other = make_person()
    for number, who in enumerate((person, other)):
        photo_add(person=who, data=demo_photo(number, 1), source=PhotoSource.API)
    run_jobs()
    decision = _decision(kiosk, person, 1)
    _crop(decision, timezone.now() + DAY)
    FalseAccept.objects.create(decision=decision, person=person, model="m@1", sealed=b"-")
    changes = GalleryChange.objects.count()
    now = timezone.now()
    ended = now - timedelta(days=29)
    Consent.objects.filter(person=person).update(ended_at=ended, ending="withdrawn")
    assert sweep(now=now) == {}
    assert sweep(now=now + 2 * DAY)[CONSENTS] == 4
    for model in (EnrollmentPhoto, Template, DecisionCrop, FalseAccept):
        assert not model._base_manager.filter(person=person).exists()
    assert GalleryChange.objects.count() > changes  # every process that searches hears of it
    left = Person.objects.get(pk=person.pk)
    assert (left.name, left.active) == (person.name, True)
    assert EnrollmentPhoto.objects.get().person_id == other.pk
    assert Decision.objects.get() == decision


def test_faces_of_who_left_go_and_those_of_who_is_here_stay(
    person: Person, make_person: MakePerson, department: Department
) -> None:
    left, quiet, back = (make_person(department=department) for _ in range(3))
    for who in (person, left, quiet, back):
        _photo(who, 5, PhotoStatus.ACCEPTED)
    _gone(left, 31)
    Person.objects.filter(pk=quiet.pk).update(active=False)  # nobody said when: they punched yesterday
    make_punch(quiet, timezone.now() - DAY)
    _gone(back, 31)
    Person.objects.filter(pk=back.pk).update(active=True)
    assert sweep(now=timezone.now()) == {Kind.LEFT_PHOTOS: 1}
    assert set(EnrollmentPhoto.objects.values_list("person", flat=True)) == {person.pk, quiet.pk, back.pk}


def test_a_whole_person_goes_only_after_their_notice(person: Person, admin_client: Client) -> None:
    name, now = person.name, timezone.now()
    _gone(person)
    assert [one.due_at for one in leaving(now)] == [None]
    sweep(now=now)
    assert Person.objects.get(pk=person.pk).name == name
    assert name in admin_client.get(reverse(PAGE)).content.decode()
    sweep(now=now + 13 * DAY)
    assert Person.objects.get(pk=person.pk).name == name
    assert going(Kind.LEFT_PEOPLE, now + 15 * DAY, 365).now == 1
    assert sweep(now=now + 15 * DAY) == {Kind.LEFT_PEOPLE: 1}
    assert Person.objects.get(pk=person.pk).name == Erasure.objects.get().label
    assert leaving(now + 15 * DAY) == []


def test_who_comes_back_goes_off_the_list(person: Person) -> None:
    now = timezone.now()
    _gone(person)
    sweep(now=now)
    assert Farewell.objects.count() == 1
    Person.objects.filter(pk=person.pk).update(active=True, left_on=None)
    sweep(now=now + 15 * DAY)
    assert not Farewell.objects.exists()
    assert not Erasure.objects.exists()


def _missed(person: Person) -> None:
    make_workday(person, timezone.now().date() - 400 * DAY, missed_out=True)


def _asked(person: Person) -> None:
    Correction.objects.create(
        person=person, kind="add", day=timezone.now().date() - 400 * DAY, at=timezone.now() - 400 * DAY,
        direction="in", site=person.department.site, zone="UTC", reason="I was there",
    )  # fmt: skip


def _unclosed(person: Person) -> None:
    day = timezone.now().date() - 400 * DAY
    make_workday(person, day, worked_minutes=480)
    closed_by_hand(person.department, day - 60 * DAY, day - 30 * DAY)


@pytest.mark.parametrize("make", [_missed, _asked, _unclosed])
def test_nobody_goes_while_something_about_them_is_undecided(
    person: Person, make: Callable[[Person], None], admin_client: Client
) -> None:
    now = timezone.now()
    _gone(person)
    make(person)
    sweep(now=now)
    assert sweep(now=now + 15 * DAY) == {}
    assert [one.held for one in leaving(now)] == [True]
    assert not Erasure.objects.exists()
    assert going(Kind.LEFT_PEOPLE, now + 15 * DAY, 365).now == 0


def test_and_goes_once_it_is_decided(person: Person, admin_user: User) -> None:
    now = timezone.now()
    _gone(person)
    _asked(person)
    sweep(now=now)
    Verdict.objects.create(correction=Correction.objects.get(), approved=False, decided_by=admin_user)
    make_workday(person, now.date() - 400 * DAY, worked_minutes=480)  # of a department that closes nothing
    assert sweep(now=now + 15 * DAY) == {Kind.LEFT_PEOPLE: 1}


def test_figures_without_a_name_go_when_their_time_is_over(person: Person) -> None:
    now = timezone.now()
    make_punch(person, now - 400 * DAY)
    _gone(person)
    sweep(now=now)
    sweep(now=now + 15 * DAY)
    assert Punch.objects.count() == 1
    later = timezone.now() + 1096 * DAY
    assert sweep(now=later) == {Kind.ATTENDANCE: 1}
    assert not Punch.objects.exists()
    assert not Person.objects.filter(pk=person.pk).exists()


def test_a_sweep_that_was_killed_loses_neither_rows_nor_numbers(
    person: Person, kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        _photo(person, 40)
        _aged(Notice.objects.create(event="weekly", key=f"k{_}", payload={}), 900)
    monkeypatch.setattr(sweeping, "_AT_ONCE", 2)
    with monkeypatch.context() as patch:

        def dies(*_args: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(sweeping.people, "farewells_keep", dies)
        with pytest.raises(KeyboardInterrupt):
            sweep(now=timezone.now())
    killed = RetentionRun.objects.get()
    assert (killed.ended_at, killed.counts) == (None, {Kind.REFUSED: 3, Kind.NOTICES: 3})
    assert not Entry.objects.filter(action=Action.RETENTION_RAN).exists()
    assert sweep(now=timezone.now() + timedelta(hours=2)) == {}
    killed.refresh_from_db()
    assert killed.ended_at is not None
    [entry] = Entry.objects.filter(action=Action.RETENTION_RAN)
    assert entry.details == {"deleted": ["notices: 3", "refused: 3"]}


def test_new_days_are_shown_before_they_hold(person: Person, admin_client: Client) -> None:
    address = reverse(PAGE)
    for age in (10, 20, 25):
        _photo(person, age)
    page = admin_client.post(address, {Kind.REFUSED: "15"})
    assert page.status_code == 200
    assert f'name="{Kind.REFUSED}_shown" value="15:2"' in page.content.decode()
    assert days_of(Kind.REFUSED) == 30
    assert EnrollmentPhoto.objects.count() == 3
    # What was shown is not what would go: it is shown anew.
    _photo(person, 21)
    agreed = {Kind.REFUSED: "15", f"{Kind.REFUSED}_shown": "15:2"}
    assert 'value="15:3"' in admin_client.post(address, agreed).content.decode()
    assert days_of(Kind.REFUSED) == 30
    assert admin_client.post(address, {**agreed, Kind.REFUSED: "12"}).status_code == 200
    agreed[f"{Kind.REFUSED}_shown"] = "15:3"
    assert admin_client.post(address, agreed).status_code == 302
    assert days_of(Kind.REFUSED) == 15
    [entry] = Entry.objects.filter(action=Action.SETTING_CHANGED)
    assert entry.details == {"retention": Kind.REFUSED, "changed": {"days": [30, 15]}}


def test_days_have_bounds(admin_client: Client) -> None:
    address = reverse(PAGE)
    for text in ("0", "many", "-3", "٣", "1e3", "999999", ""):
        assert admin_client.post(address, {Kind.REFUSED: text}).status_code == 400, text
    # One of them wrong: none is stored, and what was typed is still there.
    page = admin_client.post(address, {Kind.CROPS: "7", Kind.REFUSED: "9999"})
    assert page.status_code == 400
    assert 'value="9999"' in page.content.decode()
    assert days_of(Kind.CROPS) == 30


def test_only_administrators_see_it(staff_client: Client, person_client: Client) -> None:
    for client in (staff_client, person_client):
        assert client.get(reverse(PAGE)).status_code == 403
        assert client.post(reverse(PAGE), {Kind.CROPS: "7"}).status_code == 403


def test_the_command_says_what_would_go_and_then_deletes_it(person: Person) -> None:
    _photo(person, 31)
    _gone(person, 370)
    out = io.StringIO()
    call_command("retention", "--dry-run", stdout=out)
    assert "refused: 1 now" in out.getvalue()
    assert f"{person.employee_number}: to be announced" in out.getvalue()
    assert person.name not in out.getvalue()
    out = io.StringIO()
    call_command("retention", "--dry-run", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["kinds"]["refused"]["now"] == 1
    assert told["kinds"]["undecided"]["days"] is None
    assert set(told["kinds"]) == {*RULES, CONSENTS}
    assert EnrollmentPhoto.objects.exists()
    out = io.StringIO()
    call_command("retention", "--json", stdout=out)
    assert sum(json.loads(out.getvalue())["deleted"].values()) == 1
    assert not EnrollmentPhoto.objects.exists()


def test_every_kind_has_a_rule_and_stands_in_the_preview(db: None) -> None:
    assert set(RULES) == set(Kind.values) == set(all_days())
    assert {one.kind for one in preview(timezone.now())} == {*RULES, CONSENTS}
