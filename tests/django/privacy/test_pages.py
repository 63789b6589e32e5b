"""Two people for an erasure, one file for the person, and a policy that says what really holds."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.consents.models import Consent
from faceroster.core.errors import InvalidInput
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource, PhotoStatus
from faceroster.enrollment.services import photo_add
from faceroster.kiosks.models import Decision, Outcome
from faceroster.people.models import Department, Person
from faceroster.privacy import retention, tombstones
from faceroster.privacy.models import Erasure, ErasureStatus, Farewell, Kind
from faceroster.privacy.receipts import receipt_check
from faceroster.trust.models import Role, User

MakePerson = Callable[..., Person]


@pytest.fixture(autouse=True)
def _own_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tombstones, "tombstones_file", lambda: tmp_path / "erasures" / "tombstones.jsonl")


def _ask(client: Client, person: Person, **more: str) -> Any:
    return client.post(reverse("privacy:erasure_new", args=[person.pk]), {"reason": "left", **more})


def _decide(client: Client, verdict: str = "approve") -> Any:
    return client.post(
        reverse("privacy:erasure_decide", args=[Erasure.objects.get().pk]), {"verdict": verdict}, follow=True
    )


def test_one_asks_and_another_approves(staff_client: Client, admin_client: Client, person: Person) -> None:
    name = person.name
    assert _ask(staff_client, person).status_code == 302
    assert Person.objects.get(pk=person.pk).name == name
    page = admin_client.get(reverse("privacy:erasures")).content.decode()
    assert name in page
    assert name not in _decide(admin_client).content.decode()
    erasure = Erasure.objects.get()
    assert erasure.status == ErasureStatus.DONE
    assert Person.objects.get(pk=person.pk).name == erasure.label
    address = reverse("privacy:receipt", args=[erasure.pk])
    assert receipt_check(staff_client.get(f"{address}?as=json").content.decode())["label"] == erasure.label
    assert erasure.label in staff_client.get(address).content.decode()
    actions = set(Entry.objects.values_list("action", flat=True))
    assert {Action.ERASURE_ASKED, Action.ERASURE_APPROVED, Action.PERSON_ERASED} <= actions


def test_nobody_approves_what_they_asked_for(admin_client: Client, person: Person) -> None:
    name = person.name
    _ask(admin_client, person)
    assert "Somebody else must approve it." in _decide(admin_client).content.decode()
    assert Person.objects.get(pk=person.pk).name == name
    assert Erasure.objects.get().status == ErasureStatus.WAITING


def test_staff_approve_nothing(staff_client: Client, admin_client: Client, person: Person) -> None:
    _ask(admin_client, person)
    assert _decide(staff_client).status_code == 403
    assert _decide(staff_client, "refuse").status_code == 403
    assert Erasure.objects.get().status == ErasureStatus.WAITING


def test_nobody_approves_their_own_erasure(staff_client: Client, admin_client: Client, admin_user: User, person: Person) -> None:  # fmt: skip # noqa: E501
    Person.objects.filter(pk=person.pk).update(user=admin_user)
    User.objects.create_user("another", role=Role.ADMINISTRATOR)
    _ask(staff_client, person)
    assert "Nobody approves their own erasure." in _decide(admin_client).content.decode()


def test_a_request_is_taken_back_and_asked_again(staff_client: Client, person: Person) -> None:
    _ask(staff_client, person)
    assert _ask(staff_client, person).status_code == 409
    _decide(staff_client, "refuse")
    assert Erasure.objects.get().status == ErasureStatus.REFUSED
    assert _ask(staff_client, person).status_code == 302


def test_a_request_needs_a_reason(staff_client: Client, person: Person) -> None:
    answer = _ask(staff_client, person, reason="  ", everything="on")
    assert answer.status_code == 400
    assert "why the person is to be erased" in answer.content.decode()
    assert " checked" in answer.content.decode()  # what was chosen stays
    assert not Erasure.objects.exists()


def _opened(data: bytes) -> tuple[dict[str, Any], str, list[str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return json.loads(archive.read("data.json")), archive.read("index.html").decode(), archive.namelist()


def test_a_person_has_all_of_theirs_and_nothing_of_others(
    person_client: Client, person: Person, make_person: MakePerson, demo_photo: Any, run_jobs: Any
) -> None:
    other = make_person(department=person.department, name="Somebody Quite Different")
    photo = photo_add(person=person, data=demo_photo(0, 1), source=PhotoSource.API)
    run_jobs()
    Decision.objects.create(
        person=person,
        site=person.department.site,
        outcome=Outcome.ACCEPTED,
        threshold=0.5,
        margin=0.1,
        model="m@1",
        gallery_version=1,
        candidates=[{"person": str(person.pk), "score": 0.91}, {"person": str(other.pk), "score": 0.4}],
    )
    answer = person_client.post(reverse("privacy:mine"))
    assert answer.headers["Cache-Control"] == "private, no-store"
    told, page, names = _opened(answer.content)
    assert told["person"][0]["name"] == person.name
    assert told["recognitions"][0]["score"] == 0.91
    assert told["consents"]
    assert told["templates"]
    assert {f"photos/{photo.pk}.jpg", f"crops/{photo.pk}.jpg"} <= set(names)
    assert "person.data_given" in {row["code"] for row in told["looked"]}
    assert person.name in page
    for text in (str(other.pk), other.name, other.employee_number):
        assert text not in page + json.dumps(told)
    [entry] = Entry.objects.filter(action=Action.DATA_GIVEN)
    assert (entry.person_id, entry.actor_name) == (person.pk, "petra")


def test_the_page_of_a_file_runs_nothing(staff_client: Client, make_person: MakePerson) -> None:
    person = make_person(name="<script>alert(1)</script>")
    answer = staff_client.post(reverse("privacy:person_data", args=[person.pk]))
    assert "<script" not in _opened(answer.content)[1]


def test_the_command_writes_a_file_of_ones_own(person: Person, tmp_path: Any) -> None:
    path = tmp_path / "data.zip"
    call_command("subject_access", person.employee_number, "--out", str(path), stdout=io.StringIO())
    assert _opened(path.read_bytes())[0]["person"][0]["id"] == str(person.pk)
    assert oct(path.stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "ar"])
def test_the_policy_is_public_and_says_the_real_days(language: str, admin_user: User) -> None:
    retention.days_set(kind=Kind.DECISIONS, days=417, user=admin_user)
    answer = Client().get(reverse("privacy:policy"), headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert "417" in answer.content.decode()
    assert f'lang="{language}"' in answer.content.decode()


def test_days_have_bounds(admin_client: Client, admin_user: User) -> None:
    address = reverse("privacy:retention")
    assert admin_client.post(address, {Kind.REFUSED: "0"}).status_code == 400
    assert admin_client.post(address, {Kind.REFUSED: "many"}).status_code == 400
    # One of them wrong: none is stored.
    assert admin_client.post(address, {Kind.CROPS: "7", Kind.REFUSED: "9999"}).status_code == 400
    assert retention.days_of(Kind.CROPS) == 30
    assert admin_client.post(address, {Kind.CROPS: "7"}).status_code == 302
    assert retention.days_of(Kind.CROPS) == 7
    with pytest.raises(InvalidInput, match=r"retention\.out_of_bounds"):
        retention.days_set(kind=Kind.CROPS, days=91, user=admin_user)


def test_the_sweep_deletes_what_is_over_and_no_more(person: Person, department: Department) -> None:
    now = timezone.now()
    old, fresh = (
        EnrollmentPhoto.objects.create(
            person=person, status=PhotoStatus.REJECTED, width=1, height=1, digest=digest
        )
        for digest in "ab"
    )
    EnrollmentPhoto.objects.filter(pk=old.pk).update(created_at=now - timedelta(days=31))
    before = {going.kind: going for going in retention.preview(now)}
    assert (before[Kind.REFUSED].now, before[Kind.REFUSED].soon) == (1, 0)
    assert EnrollmentPhoto.objects.count() == 2  # looking deletes nothing
    assert retention.sweep(now=now)[Kind.REFUSED] == 1
    assert list(EnrollmentPhoto.objects.all()) == [fresh]
    assert sum(retention.sweep(now=now).values()) == 0


def test_a_whole_person_goes_only_after_their_notice(person: Person, admin_client: Client) -> None:
    name, now = person.name, timezone.now()
    Person.objects.filter(pk=person.pk).update(active=False, left_on=now.date() - timedelta(days=400))
    retention.sweep(now=now)
    assert Person.objects.get(pk=person.pk).name == name
    assert name in admin_client.get(reverse("privacy:retention")).content.decode()
    retention.sweep(now=now + timedelta(days=13))
    assert Person.objects.get(pk=person.pk).name == name
    retention.sweep(now=now + timedelta(days=15))
    assert Person.objects.get(pk=person.pk).name == Erasure.objects.get().label


def test_who_comes_back_goes_off_the_list(person: Person) -> None:
    now = timezone.now()
    Person.objects.filter(pk=person.pk).update(active=False, left_on=now.date() - timedelta(days=400))
    retention.sweep(now=now)
    assert Farewell.objects.count() == 1
    Person.objects.filter(pk=person.pk).update(active=True, left_on=None)
    retention.sweep(now=now + timedelta(days=15))
    assert not Farewell.objects.exists()
    assert not Erasure.objects.exists()


def test_photos_go_when_the_consent_ended_long_enough_ago(person: Person) -> None:
    now = timezone.now()
    EnrollmentPhoto.objects.create(person=person, width=1, height=1, digest="a")
    Consent.objects.filter(person=person).update(ended_at=now - timedelta(days=29), ending="withdrawn")
    assert retention.sweep(now=now)["consents"] == 0
    assert retention.sweep(now=now + timedelta(days=2))["consents"] == 1
    assert not EnrollmentPhoto.objects.exists()
    assert Person.objects.get(pk=person.pk).name == person.name  # they may go on with a PIN


def test_a_dry_run_says_what_would_go(person: Person) -> None:
    photo = EnrollmentPhoto.objects.create(
        person=person, status=PhotoStatus.REJECTED, width=1, height=1, digest="a"
    )
    EnrollmentPhoto.objects.filter(pk=photo.pk).update(created_at=timezone.now() - timedelta(days=31))
    out = io.StringIO()
    call_command("retention", "--dry-run", stdout=out)
    assert "refused: 1 now" in out.getvalue()
    assert EnrollmentPhoto.objects.exists()
    call_command("retention", stdout=out)
    assert not EnrollmentPhoto.objects.exists()
