"""Two people for an erasure, and one file for the person."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.enrollment.models import PhotoSource
from faceroster.enrollment.services import photo_add
from faceroster.kiosks.models import Decision, Outcome
from faceroster.people.models import Person
from faceroster.privacy import tombstones
from faceroster.privacy.models import Erasure, ErasureStatus
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
