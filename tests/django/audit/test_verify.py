"""Whatever is done to the log by plain SQL is found, and the first wrong row is named."""

from __future__ import annotations

import base64
import json
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from faceroster.audit import chain, triggers, words
from faceroster.audit.actions import Action
from faceroster.audit.forgetting import person_forget
from faceroster.audit.models import Entry, Head, Key, Link, Waiting
from faceroster.audit.services import record
from faceroster.audit.verification import Problem, verify
from faceroster.people.models import Person
from faceroster.trust import rotation
from faceroster.trust.models import User
from tests.django.audit.conftest import Sql

E, L, H = "audit_entry", "audit_link", "audit_head"


def _key(entry: Entry) -> Any:
    return Entry._meta.pk.get_db_prep_value(entry.pk, connection)


def _problems() -> list[Problem]:
    """Without those about the triggers, which every attack here has taken away."""
    return [problem for problem in verify().problems if problem.code != "trigger.missing"]


def _codes() -> set[str]:
    return {problem.code for problem in _problems()}


def test_what_was_written_is_what_is_there(history: list[Entry]) -> None:
    result = verify()
    assert result.problems == []
    assert result.entries == len(history) == 10
    assert result.hash == Link.objects.get(number=10).hash


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("action", "photo.added", "entry.changed"),
        ("at", "2020-01-01 00:00:00+00:00", "entry.changed"),
        ("actor_kind", "system", "entry.changed"),
        ("actor_id", "99", "entry.changed"),
        ("subject_kind", "people.site", "entry.changed"),
        ("subject_id", "99", "entry.changed"),
        ("person_id", None, "entry.changed"),
        ("department_id", None, "entry.changed"),
        ("site_id", None, "entry.changed"),
        ("request_id", "99", "entry.changed"),
        ("told", "0" * 64, "entry.changed"),
        ("seal", "0" * 64, "entry.changed"),
        ("actor_name", "Nobody", "entry.texts"),
        ("subject_name", "Nobody", "entry.texts"),
        ("details", '{"reason": "none"}', "entry.texts"),
        ("address", "192.0.2.9", "entry.texts"),
        ("salt", "0" * 32, "entry.texts"),
    ],
)
def test_an_edited_column_is_found(
    history: list[Entry], sql: Sql, column: str, value: Any, code: str
) -> None:
    looked = next(entry for entry in history if entry.action == Action.FACE_LOOKED)
    number = Link.objects.get(entry=looked).number
    assert sql(f"UPDATE {E} SET {column} = %s WHERE id = %s", value, _key(looked)) == 1
    first = _problems()[0]
    assert (first.code, first.number, first.entry) == (code, number, str(looked.pk))


def test_every_column_is_tried_above() -> None:
    sealed = {field.column for field in Entry._meta.concrete_fields} - {"id", "key_id"}
    [marks] = [
        mark
        for mark in test_an_edited_column_is_found.pytestmark
        if mark.name == "parametrize"  # type: ignore[attr-defined]
    ]
    assert {column for column, _, _ in marks.args[1]} == sealed


def test_an_entry_of_another_key_is_found(history: list[Entry], sql: Sql) -> None:
    sql(f"UPDATE {E} SET key_id = %s WHERE id = %s", _key(history[0]), _key(history[3]))
    assert _problems()[0].code == "key.missing"


def test_a_lost_key_is_found(history: list[Entry], sql: Sql) -> None:
    Key.objects.all().delete()
    assert "key.missing" in _codes()


def test_a_deleted_entry_is_found(history: list[Entry], sql: Sql) -> None:
    sql(f"DELETE FROM {L} WHERE number = 5")
    sql(f"DELETE FROM {E} WHERE id = %s", _key(history[4]))
    assert _problems()[0] == Problem("link.missing", 5, detail="5 to 5")


def test_a_deleted_link_is_found_with_its_entry(history: list[Entry], sql: Sql) -> None:
    sql(f"DELETE FROM {L} WHERE number = 5")
    assert _codes() == {"link.missing", "entry.loose"}


def test_numbers_that_were_closed_up_are_found(history: list[Entry], sql: Sql) -> None:
    sql(f"DELETE FROM {L} WHERE number = 5")
    sql(f"DELETE FROM {E} WHERE id = %s", _key(history[4]))
    for number in range(6, 11):
        sql(f"UPDATE {L} SET number = %s WHERE number = %s", number - 1, number)
    sql(f"UPDATE {H} SET number = 9")
    first = _problems()[0]
    assert (first.code, first.number) == ("link.previous", 5)


@pytest.mark.parametrize("head", ["as it was", "put back"])
def test_a_tail_that_was_cut_off_is_found(history: list[Entry], sql: Sql, head: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number, hash FROM {L} WHERE number = 8")
        number, last = cursor.fetchone()
    sql(f"DELETE FROM {L} WHERE number > 8")
    for entry in history[8:]:
        sql(f"DELETE FROM {E} WHERE id = %s", _key(entry))
    if head == "put back":
        sql(f"UPDATE {H} SET number = %s, hash = %s", number, last)
        assert _problems()[0].code == "head.changed"
    else:
        assert _problems()[0] == Problem("head.behind", 9, detail="2")


def test_a_whole_database_of_an_earlier_day_is_found(history: list[Entry], sql: Sql) -> None:
    earlier = Head.objects.get()
    record(Action.PHOTO_LOOKED)
    assert verify().problems == []  # this is what remembers that there were eleven
    sql(f"DELETE FROM {L} WHERE number = 11")
    for entry in Entry.objects.exclude(pk__in=[entry.pk for entry in history]):
        sql(f"DELETE FROM {E} WHERE id = %s", _key(entry))
    earlier.save()
    triggers.install()
    assert [problem.code for problem in verify().problems] == ["anchor.gone"]


def test_a_changed_anchor_is_found(history: list[Entry], home: Path) -> None:
    verify()
    said = json.loads((home / "audit.anchor").read_text())
    (home / "audit.anchor").write_text(json.dumps({**said, "number": 3}))
    assert _codes() == {"anchor.damaged"}
    (home / "audit.anchor").write_text("{")
    assert _codes() == {"anchor.damaged"}


def test_a_lost_head_is_found_and_nothing_is_linked_anew(history: list[Entry], sql: Sql) -> None:
    Head.objects.all().delete()
    record(Action.PHOTO_LOOKED)
    with pytest.raises(chain.Broken):
        chain.extend()
    assert _codes() == {"chain.stuck", "head.missing"}


def test_two_entries_that_changed_places_are_found(history: list[Entry], sql: Sql) -> None:
    ours = Link.objects.get(number=4), Link.objects.get(number=7)
    sql(f"UPDATE {L} SET number = 1000 WHERE number = 4")
    sql(f"UPDATE {L} SET number = 4 WHERE number = 7")
    sql(f"UPDATE {L} SET number = 7 WHERE number = 1000")
    for number, link in ((4, ours[0]), (7, ours[1])):
        sql(f"UPDATE {L} SET previous = %s, hash = %s WHERE number = %s", link.previous, link.hash, number)
    first = _problems()[0]
    assert (first.code, first.number) == ("link.changed", 4)


def test_an_entry_that_somebody_wrote_themselves_is_found(history: list[Entry], sql: Sql) -> None:
    """It waits like any other, so it gets its place: and stands there as what it is."""
    forged = Entry.objects.get(pk=history[2].pk)
    forged.pk, forged._state.adding = None, True
    forged.pk = Entry._meta.pk.get_default()
    forged.save()
    Waiting.objects.create(entry=forged)
    first = _problems()[0]
    assert (first.code, first.number, first.entry) == ("entry.changed", 11, str(forged.pk))


def test_an_entry_that_was_put_beside_the_chain_is_found(history: list[Entry], sql: Sql) -> None:
    forged = Entry.objects.get(pk=history[2].pk)
    forged.pk, forged._state.adding = Entry._meta.pk.get_default(), True
    forged.save()
    assert _problems() == [Problem("entry.loose", entry=str(forged.pk))]


def test_a_link_that_was_put_behind_the_chain_is_found(history: list[Entry], sql: Sql) -> None:
    entry = record(Action.PHOTO_LOOKED)
    Waiting.objects.all().delete()
    last = Link.objects.get(number=10)
    Link.objects.create(number=11, entry=entry, previous=last.hash, key_id=last.key_id, hash="0" * 64)
    assert _codes() >= {"link.changed", "head.ahead"}


def test_a_missing_trigger_is_told(history: list[Entry], sql: Sql) -> None:
    triggers.remove()
    found = verify().problems
    assert {problem.code for problem in found} == {"trigger.missing"}
    triggers.install()
    assert verify().problems == []


def test_what_waits_is_given_its_place_before_looking(history: list[Entry]) -> None:
    record(Action.PHOTO_LOOKED)
    assert verify().entries == 11


def test_the_command_says_so_and_ends_with_one(history: list[Entry], sql: Sql) -> None:
    out = StringIO()
    call_command("audit", "verify", stdout=out)
    assert "Entries: 10." in out.getvalue()
    sql(f"UPDATE {E} SET action = 'photo.added' WHERE id = %s", _key(history[3]))
    triggers.install()
    for arguments in ([], ["--json"]):
        out = StringIO()
        with pytest.raises(CommandError) as error:
            call_command("audit", "verify", *arguments, stdout=out)
        assert error.value.returncode == 1
        assert str(history[3].pk) in out.getvalue()
    said = json.loads(out.getvalue())
    assert said["ok"] is False
    assert said["problems"][0]["code"] == "entry.changed"
    assert said["problems"][0]["number"] == 4


def test_a_person_who_was_erased_is_in_no_text_and_the_chain_fits(
    history: list[Entry], person: Person, admin_user: User, sql: Sql
) -> None:
    key, name = person.pk, person.name
    assert name in str(list(Entry.objects.values()))
    assert person_forget(person_id=key) >= 7
    chain.extend()
    assert name not in str(list(Entry.objects.values()))
    assert verify().problems == []
    about_them = Entry.objects.filter(person_id=key).first()
    assert about_them is not None
    assert words.whom(about_them) == "somebody who was erased"
    # That is no way to blank what is about somebody else.
    other = Entry.objects.exclude(person_id=key).exclude(action=Action.PERSON_ERASED).first()
    assert other is not None
    sql(
        f"UPDATE {E} SET salt = '', actor_name = '', subject_name = '', details = '{{}}' WHERE id = %s",
        _key(other),
    )
    assert _codes() == {"entry.blanked"}


def test_the_user_of_a_person_who_was_erased_goes_too(history: list[Entry], admin_user: User) -> None:
    person_forget(person_id=uuid4(), user_id=admin_user.pk)
    assert "alma" not in str(list(Entry.objects.values()))
    assert verify().problems == []


def test_a_new_root_key_wraps_the_key_anew_and_everything_fits(history: list[Entry], settings: Any) -> None:
    old = settings.FACEROSTER_ROOT_KEY
    settings.FACEROSTER_ROOT_KEY = base64.b64encode(b"n" * 32).decode()
    assert "key.missing" in _codes()  # not without the old one, until it is wrapped anew
    settings.FACEROSTER_ROOT_KEY_PREVIOUS = old
    assert verify().problems == []
    rotation.rewrap()
    settings.FACEROSTER_ROOT_KEY_PREVIOUS = ""
    record(Action.PHOTO_LOOKED)
    assert verify().problems == []


def test_an_empty_log_is_right(db: None) -> None:
    assert verify().problems == []
