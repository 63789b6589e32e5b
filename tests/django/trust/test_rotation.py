"""A new root key while people punch, and whatever may interrupt it."""

from __future__ import annotations

import base64
import hashlib
import importlib
import io
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from faceroster.attendance.models import Punch
from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.audit.verification import verify
from faceroster.core.errors import Conflict
from faceroster.enrollment import gallery
from faceroster.enrollment.models import Template
from faceroster.people.models import Person
from faceroster.trust import keyfile, rotation, sealing
from faceroster.trust.models import PurposeKey, SubjectKey, User
from faceroster.trust.purposes import LASTING, purpose_key
from faceroster.trust.sealing import SealError
from faceroster.trust.services import subject_key_create, subject_key_destroy, subject_key_open
from faceroster.trust.wrapping import TABLES

OLD = "dGVzdC1vbmx5LXJvb3Qta2V5LW9mLTMyLWJ5dGVzISE="


@pytest.fixture
def key_file(db: None, settings: Any) -> Iterator[Path]:
    """The root key in a file, which the worker's process reads as well."""
    path = Path(settings.HOME) / "root.key"
    settings.FACEROSTER_ROOT_KEY_FILE = path
    keyfile.write(path, sealing.decoded(OLD))
    try:
        yield path
    finally:
        for left in path.parent.glob("root.key*"):
            left.unlink()


def _command(*args: Any) -> str:
    out = io.StringIO()
    call_command("rotate_root_key", *args, stdout=out)
    return out.getvalue()


def _said() -> dict[str, Any]:
    said: dict[str, Any] = json.loads(_command("--check", "--json"))
    return said


def test_everything_is_wrapped_anew_and_stays_what_it_is(key_file: Path, person: Person) -> None:
    keys = [subject_key_create() for _ in range(3)]
    subject_key_destroy(key=keys[2])
    before = [subject_key_open(key) for key in keys[:2]], [purpose_key(purpose) for purpose in LASTING]
    old_id = sealing.root_key_id()
    said = _command()
    assert sealing.root_key_id() != old_id
    assert f"{key_file}.previous is the old key" in said
    now = [SubjectKey.objects.get(pk=key.pk) for key in keys]
    assert [subject_key_open(key) for key in now[:2]] == before[0]
    assert [purpose_key(purpose) for purpose in LASTING] == before[1]
    assert _said() == {"root_key": sealing.root_key_id(), "left": {}, "derived_from_old": []}
    assert key_file.stat().st_mode & 0o777 == 0o600
    entry = Entry.objects.get(action=Action.ROOT_KEY_CHANGED)
    assert (entry.details["before"], entry.details["now"]) == (old_id, sealing.root_key_id())
    assert verify().problems == []
    with pytest.raises(SealError, match=r"sealed\.key_destroyed"):
        subject_key_open(now[2])


def test_with_the_old_key_nothing_opens(key_file: Path, person: Person) -> None:
    subject_key_create()
    _command()
    _command("--destroy-old")
    assert not Path(f"{key_file}.previous").exists()
    assert not list(key_file.parent.glob("root.key.*"))
    assert Entry.objects.filter(action=Action.ROOT_KEY_DESTROYED).exists()
    old = sealing.decoded(OLD)
    tried = 0
    for model, wrapping in TABLES.items():
        for row in model._default_manager.exclude(wrapped=b""):
            key = sealing.derived_key(old, wrapping.purpose)
            with pytest.raises(SealError):
                sealing.unseal(key, bytes(row.wrapped), context=f"{wrapping.label}|{row.pk}")
            tried += 1
    assert tried > len(LASTING)
    keyfile.write(key_file, old)
    for row in SubjectKey.objects.all():
        with pytest.raises(SealError, match=r"sealed\.wrong_root_key"):
            subject_key_open(row)
    for purpose in LASTING:
        with pytest.raises(SealError, match=r"sealed\.wrong_root_key"):
            purpose_key(purpose)


def test_what_is_on_its_way_still_opens_and_not_for_ever(key_file: Path) -> None:
    blob = sealing.seal_passing("probes", b"a frame", context="probe|1")
    _command()
    assert sealing.unseal_passing("probes", blob, context="probe|1") == b"a frame"
    with pytest.raises(SealError):
        sealing.unseal_passing("probes", blob, context="probe|2")
    _command("--destroy-old")
    with pytest.raises(SealError):
        sealing.unseal_passing("probes", blob, context="probe|1")


class Killed(BaseException):
    """What nothing catches."""


@pytest.mark.parametrize("writes", [1, 2])
def test_killed_before_the_new_key_is_in_force_it_begins_again(key_file: Path, writes: int) -> None:
    """After the old key was put aside, or the new one written but not in its place yet."""
    subject_key_create()
    real, done = keyfile.write, []

    def write(path: Path, key: bytes) -> None:
        done.append(path)
        if len(done) > writes - 1:
            path.with_name(f"{path.name}.new").write_text("half")
            raise Killed
        real(path, key)

    with mock.patch.object(keyfile, "write", write), pytest.raises(Killed):
        _command()
    assert sealing.root_key() == sealing.decoded(OLD)
    _command()
    assert sealing.root_key() != sealing.decoded(OLD)
    assert _said()["left"] == {}
    _command("--destroy-old")


@pytest.mark.parametrize("batches", [0, 1, 7])
def test_killed_among_the_batches_it_goes_on_with_the_same_new_key(key_file: Path, batches: int) -> None:
    keys = [subject_key_create() for _ in range(5)]
    plain = [subject_key_open(key) for key in keys]
    real, done = type(next(iter(TABLES.values()))).wrap, []

    def wrap(self: Any, pk: object, plain: bytes) -> tuple[bytes, str]:
        done.append(pk)
        if len(done) > batches:
            raise Killed
        return real(self, pk, plain)

    with (
        mock.patch("faceroster.trust.wrapping.Wrapping.wrap", wrap),
        mock.patch.object(rotation, "_BATCH", 1),
        pytest.raises(Killed),
    ):
        _command()
    new_id = sealing.root_key_id()
    with pytest.raises(CommandError, match="are still under another root key"):
        _command("--check")
    # Between the two everything opens: what is done and what is not.
    assert [subject_key_open(SubjectKey.objects.get(pk=key.pk)) for key in keys] == plain
    chosen = key_file.with_name("root.key.chosen")
    keyfile.write(chosen, b"c" * 32)
    with pytest.raises(CommandError, match="not finished"):
        _command("--new-key", chosen)
    _command()
    assert (sealing.root_key_id(), _said()["left"]) == (new_id, {})
    assert [subject_key_open(SubjectKey.objects.get(pk=key.pk)) for key in keys] == plain


def test_a_key_of_ones_own_may_be_taken(key_file: Path) -> None:
    chosen = key_file.with_name("root.key.chosen")
    keyfile.write(chosen, b"k" * 32)
    _command("--new-key", chosen)
    assert sealing.root_key() == b"k" * 32
    with pytest.raises(CommandError, match="already"):
        _command("--new-key", chosen)
    chosen.write_text("short")
    with pytest.raises(CommandError, match=r"base64|32 bytes"):
        _command("--new-key", chosen)
    assert sealing.root_key() == b"k" * 32


def test_in_the_environment_it_says_what_to_do_and_then_wraps(
    db: None, person: Person, settings: Any
) -> None:
    settings.FACEROSTER_ROOT_KEY_FILE = ""
    key = subject_key_create()
    plain = subject_key_open(key)
    with pytest.raises(CommandError, match="FACEROSTER_ROOT_KEY_PREVIOUS to the NEW key"):
        _command()
    new = base64.urlsafe_b64encode(b"e" * 32).decode()
    settings.FACEROSTER_ROOT_KEY_PREVIOUS = new  # step 1: both are known, and the old one in force
    assert subject_key_open(key) == plain
    settings.FACEROSTER_ROOT_KEY, settings.FACEROSTER_ROOT_KEY_PREVIOUS = new, OLD
    assert "Take FACEROSTER_ROOT_KEY_PREVIOUS away" in _command()
    settings.FACEROSTER_ROOT_KEY_PREVIOUS = ""
    key.refresh_from_db()
    assert subject_key_open(key) == plain
    assert _said()["left"] == {}


def test_it_does_not_begin_where_a_key_is_lost_already(key_file: Path) -> None:
    subject_key_create()
    SubjectKey.objects.update(root_key_id="lost")
    with pytest.raises(CommandError, match=r"root_key\.unknown: .*lost"):
        _command()
    with pytest.raises(Conflict):
        rotation.rewrap()
    assert sealing.root_key() == sealing.decoded(OLD)


def test_an_installation_of_before_keeps_the_keys_that_were_derived(key_file: Path, admin_user: User) -> None:
    PurposeKey.objects.all().delete()
    migration = importlib.import_module("faceroster.trust.migrations.0005_purpose_keys")
    migration.keep_what_was_derived(apps, None)
    old = sealing.decoded(OLD)
    assert {purpose: purpose_key(purpose) for purpose in migration.LASTING} == {
        purpose: sealing.derived_key(old, purpose) for purpose in migration.LASTING
    }
    assert "derived these from the old root key" not in _command("--check")
    assert "derived these from the old root key" in _command()
    assert _said()["derived_from_old"] == sorted(migration.LASTING)
    assert purpose_key("pins") == sealing.derived_key(old, "pins")


def test_a_new_installation_has_nothing_derived(db: None) -> None:
    migration = importlib.import_module("faceroster.trust.migrations.0005_purpose_keys")
    PurposeKey.objects.all().delete()
    migration.keep_what_was_derived(apps, None)
    assert not PurposeKey.objects.exists()
    assert purpose_key("pins") == purpose_key("pins")
    root = sealing.root_key()
    assert purpose_key("pins") != sealing.derived_key(root, "pins")
    with pytest.raises(ValueError, match="no such purpose"):
        purpose_key("typo")


@pytest.mark.timeout(900)
def test_punches_go_on_meanwhile(
    worker: None,
    key_file: Path,
    enrolled: Callable[..., Person],
    demo_photo: Callable[[int, int], bytes],
    api_token: Callable[..., str],
    admin_user: User,
) -> None:
    """A real worker, a process of its own on the production profile, identifies through three rotations."""
    person = enrolled(0)
    scopes = ("faces:identify", "punches:write", "photos:write")
    client = Client(headers={"Authorization": f"Token {api_token(admin_user, *scopes)}"})
    over, answers = threading.Event(), []
    began = timezone.now() - timedelta(days=5)

    def punch() -> int:
        found = client.post("/api/v1/faces/identify/", demo_photo(0, 5), content_type="image/jpeg")
        known = found.json().get("person") or {}
        at = began + timedelta(minutes=2 * len(answers))  # not twice within a minute
        body = {"person": known.get("id"), "site": str(person.department.site_id), "at": at.isoformat()}
        stored = client.post("/api/v1/punches/", json.dumps(body), content_type="application/json")
        answers.append((found.status_code, stored.status_code, found.content + stored.content))
        return len(answers)

    def go_on() -> None:
        try:
            while not over.is_set():
                punch()
        finally:
            connection.close()

    punch()
    thread = threading.Thread(target=go_on)
    thread.start()
    ids = [sealing.root_key_id()]
    try:
        for _ in range(3):
            with mock.patch.object(rotation, "_BATCH", 2):
                _command("--json")
            ids.append(sealing.root_key_id())
            seen = len(answers)
            while len(answers) < seen + 2:  # some of them under both, and some after
                assert thread.is_alive()
                over.wait(0.05)
    finally:
        over.set()
        thread.join(60)
    wrong = [answer for answer in answers if answer[:2] != (200, 201)]
    assert not wrong
    assert len(set(ids)) == 4
    assert Punch.objects.filter(person=person).count() == len(answers)
    _command("--destroy-old")
    punch()
    assert answers[-1][:2] == (200, 201)
    gallery.forget()
    keyfile.write(key_file, sealing.decoded(OLD))  # whoever stole it long ago
    with pytest.raises(SealError, match=r"sealed\.wrong_root_key"), gallery.synced():
        pass
    with pytest.raises(SealError, match=r"sealed\.wrong_root_key"):
        gallery.template_open(Template.objects.first())  # type: ignore[arg-type]


def test_ids_of_root_keys_tell_nothing(key_file: Path) -> None:
    assert sealing.root_key_id() != hashlib.sha256(sealing.root_key()).hexdigest()[:16]
    assert len(sealing.root_key_id()) == 16
