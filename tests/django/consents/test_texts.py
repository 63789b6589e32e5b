"""Consent texts: those that come along, publishing the next one, and that none is ever changed."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.consents import triggers
from faceroster.consents.models import ConsentText
from faceroster.consents.publishing import text_publish
from faceroster.consents.selectors import text_current, text_labelled, texts_current
from faceroster.consents.starting import texts_ship
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.trust.models import User

pytestmark = pytest.mark.django_db


def _publish(user: User | None, **changed: object) -> ConsentText:
    given: dict[str, object] = {
        "language": "en",
        "title": "Consent",
        "purpose": "To open the door.",
        "body": "One.\r\n\r\nTwo.",
        "term_days": 30,
    }
    return text_publish(**{**given, **changed}, user=user)  # type: ignore[arg-type]


def test_an_installation_begins_with_a_text_in_every_language() -> None:
    texts = texts_current()
    assert [text.language for text in texts] == [code for code, _name in settings.LANGUAGES]
    assert {text.version for text in texts} == {1}
    assert len({text.digest for text in texts}) == len(texts)
    assert len({len(text.paragraphs) for text in texts}) == 1, "one of them lacks a paragraph"
    texts_ship()
    assert ConsentText.objects.count() == len(texts)


def test_the_hash_covers_all_that_is_signed(admin_user: User) -> None:
    text = _publish(admin_user)
    told = {
        name: getattr(text, name) for name in ("language", "version", "title", "purpose", "body", "term_days")
    }
    data = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert text.digest == hashlib.sha256(data).hexdigest()
    for name, value in {**told, "language": "de", "version": 9, "term_days": 31, "title": "C"}.items():
        other = ConsentText(**{**told, name: value})
        assert (other.digest_of() == text.digest) == (told[name] == value), name


def test_publishing_makes_the_next_version_of_its_language_and_leaves_the_others(admin_user: User) -> None:
    before = ConsentText.objects.get(language="en")
    text = _publish(admin_user)
    assert (text.label, text.paragraphs) == ("2-en", ["One.", "Two."])
    assert text_current("en") == text
    assert text_current("de") == ConsentText.objects.get(language="de", version=1)
    assert text_current("en-gb") == text_current("xx") == text
    assert (text_labelled("1-en"), text_labelled(" 2 "), text_labelled("2-de")) == (before, text, None)
    assert (text_labelled("x-en"), text_labelled("")) == (None, None)
    entry = Entry.objects.get(action=Action.CONSENT_TEXT_PUBLISHED)
    assert (entry.actor_name, entry.details["sha256"]) == ("alma", text.digest)


@pytest.mark.parametrize("bad", [{"term_days": 0}, {"term_days": 4000}, {"title": " "}, {"language": "tlh"}])
def test_what_nobody_could_sign_is_not_published(admin_user: User, bad: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        _publish(admin_user, **bad)
    assert caught.value.code == "consent.text_invalid"
    assert not ConsentText.objects.filter(version=2).exists()


def test_a_published_text_is_never_changed_by_the_program_nor_by_sql() -> None:
    text = ConsentText.objects.get(language="en")
    text.body = "You agree to everything."
    for change in (text.save, text.delete, ConsentText.objects.all().delete):
        with pytest.raises(Conflict) as caught:
            change()
        assert caught.value.code == "consent.text_published"
    assert triggers.missing() == []
    for sql in ("UPDATE consents_consenttext SET body = 'x'", "DELETE FROM consents_consenttext"):
        with pytest.raises(DatabaseError, match="Publish a new version"), transaction.atomic():
            connection.cursor().execute(sql)
    stored = ConsentText.objects.get(language="en")
    assert stored.digest == stored.digest_of()


def test_administrators_publish_in_the_admin_and_staff_only_read(
    admin_client: Client, staff_client: Client
) -> None:
    address = reverse("admin:consents_consenttext_add")
    form = admin_client.get(address).context["adminform"].form
    assert form.initial["title"] == text_current("en").title  # type: ignore[union-attr]
    given = {"language": "fr", "title": "Accord", "purpose": "Ouvrir.", "body": "Un.", "term_days": "90"}
    assert admin_client.post(address, given).status_code == 302
    text = text_current("fr")
    assert text is not None
    assert (text.label, text.term_days) == ("2-fr", 90)
    again = admin_client.post(address, {**given, "term_days": "9999"})
    assert "term_days" in again.context["adminform"].form.errors
    assert staff_client.get(address).status_code == 403
    page = reverse("admin:consents_consenttext_change", args=[text.pk])
    assert text.digest in staff_client.get(page).content.decode()
    assert admin_client.post(page, {**given, "title": "Autre"}).status_code == 403
    assert admin_client.post(reverse("admin:consents_consenttext_delete", args=[text.pk])).status_code == 403
