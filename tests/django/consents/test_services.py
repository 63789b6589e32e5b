"""Signing, withdrawing, running out, and whose erasure clock has rung."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.consents import storage
from faceroster.consents.models import Consent, ConsentText, Ending, How
from faceroster.consents.publishing import text_publish
from faceroster.consents.selectors import (
    consent_of,
    erasure_at,
    erasure_due,
    has_consent,
    people_to_sign,
    people_without_consent,
    state_of,
    text_current,
)
from faceroster.consents.services import consent_sign, consent_withdraw, consents_expire
from faceroster.core.errors import Conflict, FaceRosterError
from faceroster.people.models import Person
from faceroster.people.services import person_delete
from faceroster.trust.models import User
from faceroster.trust.sealing import SealError
from tests.django.consents.drawn import png
from tests.support.consents import signed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def person(make_person: Callable[..., Person]) -> Person:
    return make_person(consent=False)


@pytest.fixture
def text() -> ConsentText:
    found = text_current("en")
    assert found is not None
    return found


def _file(consent: Consent) -> Path:
    folder = Path(settings.STORAGES["sealed"]["OPTIONS"]["location"])
    return folder / "consent" / consent.pk.hex[:2] / consent.pk.hex


def test_a_drawn_signature_is_kept_sealed_and_goes_with_its_person(
    person: Person, text: ConsentText, staff_user: User, make_person: Callable[..., Person]
) -> None:
    consent = consent_sign(person=person, text=text, how=How.SCREEN, user=staff_user, picture=png())
    assert has_consent(person)
    assert consent.expires_at == consent.signed_at + text.term_days * DAY
    blob = _file(consent).read_bytes()
    assert b"\xff\xd8\xff" not in blob
    assert b"PNG" not in blob
    assert storage.picture_read(person=person, consent_id=consent.pk).startswith(b"\xff\xd8\xff")
    with pytest.raises(SealError):
        storage.picture_read(person=make_person(), consent_id=consent.pk)
    entry = Entry.objects.get(action=Action.CONSENT_SIGNED)
    assert (entry.person_id, entry.details["sha256"]) == (person.pk, text.digest)


@pytest.mark.django_db(transaction=True)
def test_the_picture_goes_when_the_person_goes(person: Person, text: ConsentText) -> None:
    consent = consent_sign(person=person, text=text, how=How.SCREEN, user=None, picture=png())
    assert _file(consent).exists()
    person_delete(person=person)
    assert not Consent.objects.exists()
    assert not _file(consent).exists()


def test_a_typed_name_is_as_good(person: Person, text: ConsentText) -> None:
    consent = consent_sign(person=person, text=text, how=How.SCREEN, user=None, name="  Ada   Example ")
    assert (consent.signed_name, consent.pictured) == ("Ada Example", False)


def test_what_is_no_signature_is_refused_and_leaves_nothing(person: Person, text: ConsentText) -> None:
    now = timezone.now()
    old = ConsentText.objects.get(language="en")
    text_publish(language="en", title="2", purpose="2", body="2", term_days=10, user=None)
    new = text_current("en")
    assert new is not None
    refused = [
        ("consent.signature_missing", {"text": new, "how": How.SCREEN}),
        ("consent.signature_missing", {"text": new, "how": How.SCREEN, "picture": png(drawn=False)}),
        ("image.unsupported_format", {"text": new, "how": How.PAPER, "picture": b"%PDF-1.7 a scan"}),
        ("consent.text_old", {"text": old, "how": How.SCREEN, "name": "Ada"}),
        ("consent.future", {"text": new, "how": How.PAPER, "signed_at": now + DAY}),
        ("consent.too_old", {"text": new, "how": How.PAPER, "signed_at": now - 10 * DAY}),
    ]
    for code, given in refused:
        with pytest.raises(FaceRosterError) as caught:
            consent_sign(person=person, user=None, **given)  # type: ignore[arg-type]
        assert caught.value.code == code
    assert not Consent.objects.exists()
    paper = consent_sign(person=person, user=None, text=old, how=How.PAPER, picture=png())
    assert paper.text == old


def test_signing_anew_replaces_and_only_one_is_in_force(person: Person, text: ConsentText) -> None:
    first = consent_sign(person=person, text=text, how=How.SCREEN, user=None, name="Ada")
    second = consent_sign(person=person, text=text, how=How.SCREEN, user=None, name="Ada")
    first.refresh_from_db()
    assert first.ending == Ending.REPLACED
    assert consent_of(person) == second
    assert Consent.objects.count() == 2


def test_withdrawing_is_recorded_and_nothing_is_left_to_withdraw(
    person: Person, text: ConsentText, staff_user: User
) -> None:
    consent_sign(person=person, text=text, how=How.SCREEN, user=None, name="Ada")
    ended = consent_withdraw(person=person, user=staff_user, reason=" told us ")
    assert (ended.ending, ended.reason, ended.ended_by) == (Ending.WITHDRAWN, "told us", staff_user)
    assert not has_consent(person)
    assert state_of(person).name == "withdrawn"
    entry = Entry.objects.get(action=Action.CONSENT_WITHDRAWN)
    assert (entry.actor_name, entry.details["reason"]) == ("stella", "told us")
    with pytest.raises(Conflict) as caught:
        consent_withdraw(person=person, user=staff_user)
    assert caught.value.code == "consent.none"


def test_consents_are_kept(person: Person) -> None:
    consent = signed(person)
    for delete in (consent.delete, Consent.objects.all().delete):
        with pytest.raises(Conflict) as caught:
            delete()
        assert caught.value.code == "consent.kept"


def test_whose_term_is_over_has_none_before_and_after_the_job(make_person: Callable[..., Person]) -> None:
    now = timezone.now()
    over, lasts = make_person(consent=False), make_person(consent=False)
    signed(over, signed_at=now - 9 * DAY, expires_at=now - timedelta(seconds=1))
    signed(lasts, signed_at=now - 9 * DAY, expires_at=now + DAY)
    assert (has_consent(over), has_consent(lasts)) == (False, True)
    assert state_of(over).name == "expired"
    assert consents_expire(now=now) == 1
    assert consents_expire(now=now) == 0
    [row] = Consent.objects.filter(person=over)
    assert (row.ending, row.ended_at) == (Ending.EXPIRED, row.expires_at)
    assert Entry.objects.filter(action=Action.CONSENT_EXPIRED, person_id=over.pk).count() == 1
    assert list(people_without_consent()) == [over]
    assert list(people_to_sign()) == [lasts]
    assert state_of(lasts).name == "soon"


def test_the_erasure_clock(make_person: Callable[..., Person]) -> None:
    now = timezone.now()
    days = settings.FACEROSTER["CONSENT_ERASURE_DAYS"]
    due, early, again, never, lasting = (make_person(consent=False) for _ in range(5))
    ended = {"ended_at": now - days * DAY, "ending": Ending.WITHDRAWN}
    one = signed(due, signed_at=now - 99 * DAY, **ended)
    signed(early, signed_at=now - 99 * DAY, ended_at=now - days * DAY + timedelta(minutes=1))
    signed(again, signed_at=now - 99 * DAY, **ended)
    signed(again)
    signed(lasting, how=How.BEFORE, expires_at=None)
    assert list(erasure_due(now)) == [due]
    assert erasure_at(one) == now
    assert set(erasure_due(now + timedelta(minutes=1))) == {due, early}
    assert never not in erasure_due(now + 5000 * DAY)
    assert lasting not in erasure_due(now + 5000 * DAY)
    # Also one whose term is over and which the job has not come to.
    assert again in erasure_due(now + 730 * DAY + (days + 1) * DAY)
