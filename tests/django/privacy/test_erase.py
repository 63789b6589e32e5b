"""An erasure leaves nothing that says who it was, and nothing of their face."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from faceroster.attendance.corrections import correction_request
from faceroster.attendance.models import Correction, CorrectionKind, Punch, PunchSource
from faceroster.attendance.services import punch_record
from faceroster.audit.models import Entry
from faceroster.audit.verification import verify
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.enrollment import gallery, storage
from faceroster.enrollment.models import EnrollmentPhoto, ImportRun, ImportStatus, PhotoSource, Template
from faceroster.enrollment.services import photo_add
from faceroster.kiosks.models import Decision, Outcome
from faceroster.notices.models import Notice
from faceroster.passes.models import Pin
from faceroster.passes.pins import pin_set
from faceroster.people.models import Department, Person, Site
from faceroster.privacy import receipts, tombstones
from faceroster.privacy.erasing import erase, erasures_finish
from faceroster.privacy.models import Cause, Erasure, ErasureStatus, Tombstone
from faceroster.rosters.models import LeaveKind, LeaveRequest
from faceroster.trust import sealing
from faceroster.trust.models import Role, SubjectKey, User
from tests.django.conftest import Enrolled
from tests.support import canary

NAME, NUMBER, EMAIL = "Zenobia Quillfeather", "ZQ-77031", "zenobia@quillfeather.example"


@pytest.fixture(autouse=True)
def _own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tombstones, "tombstones_file", lambda: tmp_path / "erasures" / "tombstones.jsonl")


def vectors_of(person: Person) -> list[np.ndarray]:
    found = []
    for template in Template.objects.filter(person=person).select_related("person__subject_key"):
        found.append(gallery.template_open(template))
    return found


def decision(person: Person | None, site: Site, **fields: Any) -> Decision:
    base = {
        "outcome": Outcome.ACCEPTED,
        "threshold": 0.5,
        "margin": 0.1,
        "model": "m@1",
        "gallery_version": 1,
        "score": 0.9,
    }
    return Decision.objects.create(person=person, site=site, **{**base, **fields})


@pytest.fixture
def zenobia(enrolled: Enrolled, department: Department, make_person: Any, admin_user: User) -> Person:
    """Somebody with a trace in as many stores as there are."""
    user = User.objects.create_user("zquillfeather", EMAIL, "a long password", role=Role.PERSON)
    person = enrolled(0, name=NAME, employee_number=NUMBER, email=EMAIL, department=department, user=user)
    Client().force_login(user)
    site = department.site
    other = make_person(department=department)
    mine = decision(person, site, candidates=[{"person": str(person.pk), "score": 0.9}])
    decision(
        other,
        site,
        candidates=[{"person": str(other.pk), "score": 0.8}, {"person": str(person.pk), "score": 0.3}],
        classified={"person": str(person.pk), "probability": 0.7},
    )
    decision(person, site)
    punch = punch_record(
        person=person,
        site=site,
        source=PunchSource.KIOSK,
        at=timezone.now() - timedelta(days=1),
        decision=mine,
    ).punch
    correction_request(
        person=person,
        user=user,
        kind=CorrectionKind.VOID,
        day=punch.day,
        punch=punch,
        reason="I was at the dentist, " + NAME,
    )
    pin_set(person=person, pin="804136", user=admin_user)
    LeaveRequest.objects.create(
        person=person,
        kind=LeaveKind.objects.create(name="Illness"),
        first=timezone.now().date(),
        last=timezone.now().date(),
        reason="An operation of " + NAME,
        requested_by=user,
    )
    Notice.objects.create(event="weekly", key="of all", payload={"people": [NAME]}, department=department)
    LogEntry.objects.create(
        user=admin_user,
        content_type=ContentType.objects.get_for_model(Person),
        object_id=str(person.pk),
        object_repr=str(person),
        action_flag=ADDITION,
    )
    return person


def _tampered() -> list[str]:
    """What does not fit in the log itself; the anchor beside it is of whichever test ran before."""
    return [str(problem) for problem in verify().problems if not problem.code.startswith("anchor")]


def _places() -> Iterator[canary.Place]:
    yield from canary.database()
    yield from canary.folder(Path(settings.HOME), without=["models"])
    yield from canary.local_cache()
    if settings.TEST_PROFILE == "production":
        yield from canary.redis_server(settings.REDIS_URL)


def _words() -> list[canary.Needle]:
    return [canary.Needle(text, text.encode()) for text in (NAME, NUMBER, EMAIL, "zquillfeather")]


def test_nothing_says_who_it_was(zenobia: Person, demo_photo: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert {found.what for found in canary.scan(_words(), canary.database())} == {
        NAME,
        NUMBER,
        EMAIL,
        "zquillfeather",
    }  # or the scan below says nothing
    needles = [*_words(), *canary.needles_of_picture(demo_photo(0, 1))]
    for vector in vectors_of(zenobia):
        needles += canary.needles_of_vector(vector)
    ids = list(EnrollmentPhoto.objects.filter(person=zenobia).values_list("pk", flat=True))
    erasure = erase(person=zenobia)
    assert canary.scan(needles, [p for p in _places() if not p.name.endswith((".sqlite3", "-wal"))]) == []
    assert canary.scan(needles, [canary.Place("log", caplog.text.encode())]) == []
    assert canary.scan(needles, [canary.Place("receipt", json.dumps(erasure.receipt).encode())]) == []
    for key in ids:
        for kind in (storage.PHOTO, storage.CROP):
            assert not storage._store().exists(storage._path(kind, key))
    assert _tampered() == []


def test_their_key_is_destroyed_and_nothing_opens(zenobia: Person) -> None:
    template = Template.objects.select_related("person__subject_key").filter(person=zenobia)[0]
    gallery.template_open(template)
    erase(person=zenobia)
    key = SubjectKey.objects.get(pk=str(zenobia.subject_key_id))
    assert bytes(key.wrapped) == b""
    assert key.destroyed_at is not None
    template.person.subject_key = key
    with pytest.raises(sealing.SealError) as error:
        gallery.template_open(template)
    assert error.value.code == "sealed.key_destroyed"


def test_they_are_unknown_from_then_on(zenobia: Person) -> None:
    with gallery.synced() as (faces, before):
        assert len(faces) == 3
    erase(person=zenobia)
    with gallery.synced() as (faces, after):
        assert len(faces) == 0
    assert after > before


def test_the_figures_stay_without_a_name(zenobia: Person) -> None:
    punch = Punch.objects.get(person=zenobia)
    erasure = erase(person=zenobia)
    left = Person.objects.get(pk=zenobia.pk)
    assert (left.name, left.employee_number, left.email) == (erasure.label, erasure.label, "")
    assert not left.active
    assert left.user is None
    assert left.subject_key is None
    assert Punch.objects.get(pk=punch.pk).at == punch.at
    kept = Decision.objects.get(pk=str(punch.decision_id))
    assert (kept.candidates, kept.score, kept.liveness) == ([], None, {})
    assert not Decision.objects.filter(person=zenobia).exclude(pk=kept.pk).exists()
    assert Correction.objects.get(person=zenobia).reason == "…"
    assert LeaveRequest.objects.get(person=zenobia).reason == ""


def test_what_others_were_compared_with_names_them_no_more(zenobia: Person) -> None:
    erase(person=zenobia)
    [other] = Decision.objects.exclude(person=zenobia)
    assert [one["person"] for one in other.candidates] == [str(other.person_id)]
    assert other.classified == {"person": None, "probability": 0.7}


def test_everything_leaves_no_row(zenobia: Person) -> None:
    pk = zenobia.pk
    erase(person=zenobia, everything=True)
    assert not Person.objects.filter(pk=pk).exists()
    assert not Punch.objects.exists()
    assert not Correction.objects.exists()
    needle = [canary.Needle("id", str(pk).encode()), canary.Needle("id", pk.hex.encode())]
    # The audit log says by random ids what was done; names and details are gone.
    assert {found.where.split(".")[0] for found in canary.scan([*needle, *_words()], canary.database())} <= {
        "audit_entry"
    }
    assert _tampered() == []


def test_figures_may_go_later(zenobia: Person) -> None:
    first = erase(person=zenobia)
    left = Person.objects.get(pk=zenobia.pk)
    with pytest.raises(Conflict) as error:
        erase(person=left)
    assert error.value.code == "erasure.already"
    second = erase(person=left, everything=True)
    assert second.label == first.label
    assert not Person.objects.filter(pk=zenobia.pk).exists()
    assert Tombstone.objects.get().everything


def test_the_receipt_is_signed_and_counts(zenobia: Person, tmp_path: Path) -> None:
    photos = EnrollmentPhoto.objects.filter(person=zenobia).count()
    receipt = erase(person=zenobia).receipt
    assert receipt["removed"]["enrollment.enrollmentphoto"] == photos == 3
    assert receipt["removed"]["files in photo/, gone for certain"] == photos
    assert receipt["removed"]["passes.pin"] == 1
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(receipt))
    out = io.StringIO()
    call_command("erasures", "verify", str(file), stdout=out)
    assert "The signature fits." in out.getvalue()
    assert receipt["label"] in out.getvalue()


@pytest.mark.parametrize("change", ["count", "label", "signature", "key"])
def test_a_changed_receipt_does_not_verify(person: Person, change: str) -> None:
    receipt = erase(person=person).receipt
    changed = {**receipt, "removed": dict(receipt["removed"])}
    if change == "count":
        changed["removed"]["enrollment.template"] = 99
    else:
        changed[change] = changed[change][:-4] + "AAA="
    with pytest.raises(InvalidInput) as error:
        receipts.receipt_check(json.dumps(changed))
    assert error.value.code == "receipt.wrong"


def test_a_receipt_of_another_installation_is_told_apart(person: Person, monkeypatch: Any) -> None:
    text = json.dumps(erase(person=person).receipt)
    monkeypatch.setattr(receipts, "purpose_key", lambda _: b"\x07" * 32)
    with pytest.raises(InvalidInput) as error:
        receipts.receipt_check(text)
    assert error.value.code == "receipt.foreign"


def test_what_crashes_after_the_commit_is_finished_later(zenobia: Person, monkeypatch: Any) -> None:
    from faceroster.privacy import aftermath

    with monkeypatch.context() as patch:
        patch.setattr(aftermath, "files_delete", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(person=zenobia)
    [left] = Erasure.objects.all()
    assert left.status == ErasureStatus.ERASED
    assert left.receipt == {}
    assert Person.objects.get(pk=zenobia.pk).name == left.label
    assert erasures_finish() == 1
    left.refresh_from_db()
    assert left.status == ErasureStatus.DONE
    assert left.pending == {}
    receipts.receipt_check(json.dumps(left.receipt))
    assert tombstones.tombstones_file().read_text().count(left.label) == 1
    assert erasures_finish() == 0


def test_a_refusal_leaves_everything_as_it_was(zenobia: Person) -> None:
    ImportRun.objects.create(table_name="people.csv", status=ImportStatus.RUNNING)
    with pytest.raises(Conflict) as error:
        erase(person=zenobia)
    assert error.value.code == "erasure.import_running"
    zenobia.refresh_from_db()
    assert zenobia.name == NAME
    assert zenobia.subject_key is not None
    assert zenobia.subject_key.destroyed_at is None
    assert Pin.objects.filter(person=zenobia).exists()
    assert not Erasure.objects.exists()
    assert not Tombstone.objects.exists()


def test_the_last_administrator_is_not_erased(person: Person, admin_user: User) -> None:
    Person.objects.filter(pk=person.pk).update(user=admin_user)
    person.refresh_from_db()
    with pytest.raises(Conflict) as error:
        erase(person=person)
    assert error.value.code == "erasure.last_administrator"
    User.objects.create_user("another", role=Role.ADMINISTRATOR)
    erase(person=person)
    assert not User.objects.filter(username="alma").exists()


def test_an_account_that_decided_about_others_stays_empty(
    zenobia: Person, make_person: Callable[..., Person], department: Department
) -> None:
    user = zenobia.user
    assert user is not None
    erasure = erase(person=zenobia)
    user = User.objects.get(pk=user.pk)  # it asked for the leave and the correction, which stay
    assert (user.username, user.email, user.is_active) == (erasure.label, "", False)
    assert not user.has_usable_password()


def test_a_tombstone_brings_nobody_back_and_says_no_name(zenobia: Person) -> None:
    erase(person=zenobia)
    text = tombstones.tombstones_file().read_text()
    assert canary.scan(_words(), [canary.Place("file", text.encode())]) == []
    assert str(zenobia.pk) not in text
    assert str(zenobia.subject_key_id) not in text
    assert oct(tombstones.tombstones_file().stat().st_mode & 0o777) == "0o600"


def test_replay_erases_who_came_back_with_a_backup(person: Person, demo_photo: Any, run_jobs: Any) -> None:
    photo_add(person=person, data=demo_photo(0, 1), source=PhotoSource.API)
    run_jobs()
    kept, key = Person.objects.get(pk=person.pk), person.subject_key
    assert key is not None
    row, sealed = SubjectKey.objects.filter(pk=key.pk), bytes(key.wrapped)
    erasure = erase(person=person)
    # As it lies in the backup: the row with its name, and a key that opens.
    Person.objects.filter(pk=person.pk).update(
        name=kept.name, employee_number=kept.employee_number, subject_key=key, active=True
    )
    row.update(wrapped=sealed, destroyed_at=None)
    Tombstone.objects.all().delete()
    out = io.StringIO()
    call_command("erasures", "replay", stdout=out)
    assert "Erased again: 1." in out.getvalue()
    left = Person.objects.get(pk=person.pk)
    assert left.name == erasure.label
    assert left.subject_key is None
    assert bytes(row.get().wrapped) == b""
    assert Erasure.objects.filter(cause=Cause.REPLAY).count() == 1
    call_command("erasures", "replay", stdout=out)
    assert "Erased again: 0. Erased already: 1." in out.getvalue()
    assert Erasure.objects.filter(cause=Cause.REPLAY).count() == 1
    assert tombstones.tombstones_file().read_text().count("person_hash") == 1


def test_a_forged_tombstone_erases_nobody(person: Person, make_person: Callable[..., Person]) -> None:
    erase(person=person)
    victim = make_person()
    path = tombstones.tombstones_file()
    line = json.loads(path.read_text())
    path.write_text(json.dumps({**line, "person_hash": tombstones.person_hash(victim)}))
    with pytest.raises(CommandError, match=r"tombstones\.wrong"):
        call_command("erasures", "replay")
    assert Person.objects.get(pk=victim.pk).name == victim.name


def test_the_command_asks_first(person: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "no")
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase", person.employee_number)
    assert Person.objects.get(pk=person.pk).name == person.name
    out = io.StringIO()
    monkeypatch.setattr("builtins.input", lambda _: person.employee_number)
    call_command("erase", person.employee_number, stdout=out)
    assert "Ed25519" in out.getvalue()
    assert person.name not in out.getvalue()
    with pytest.raises(CommandError, match=r"person\.unknown"):
        call_command("erase", person.employee_number, "--yes")


def test_what_the_log_says_of_others_that_named_them_is_blanked(
    zenobia: Person, make_person: Callable[..., Person]
) -> None:
    from faceroster.audit.actions import Action
    from faceroster.audit.services import record

    other = make_person()
    entry = record(Action.PHOTO_KEPT, subject=other, details={"reason": f"twin of {NAME}"})
    quiet = record(Action.PHOTO_KEPT, subject=other, details={"reason": "looks fine"})
    erase(person=zenobia)
    assert Entry.objects.get(pk=entry.pk).details == {}
    assert Entry.objects.get(pk=quiet.pk).details == {"reason": "looks fine"}
    assert _tampered() == []
