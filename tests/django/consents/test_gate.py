"""No face is used without a consent in force, wherever it would be, and none is once it has ended."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from faceroster import jobs, vision
from faceroster.classifiers.models import Classifier, Status
from faceroster.classifiers.selectors import roster_of
from faceroster.consents.models import Consent, How
from faceroster.consents.selectors import consent_of, state_of, text_current
from faceroster.consents.services import consent_sign, consent_withdraw
from faceroster.core.errors import Conflict
from faceroster.enrollment import gallery, pipeline, switching
from faceroster.enrollment.embedders import register
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource, PhotoStatus, Reembedding, Template
from faceroster.enrollment.probes import probe_lent
from faceroster.enrollment.services import photo_add
from faceroster.people.models import Department, Person, Site
from tests.support.consents import signed
from tests.support.pictures import DemoPhoto, jpeg, landscape

pytestmark = pytest.mark.django_db


def _sign(person: Person) -> Consent:
    text = text_current("en")
    assert text is not None
    return consent_sign(person=person, text=text, how=How.SCREEN, user=None, name=person.name)


def _known(person: Person) -> bool:
    with gallery.synced() as (faces, _version):
        return bool(faces.person_templates(str(person.pk)))


def test_no_photo_is_taken_without_a_consent(make_person: Callable[..., Person]) -> None:
    person = make_person(consent=False)
    with pytest.raises(Conflict) as caught:
        photo_add(person=person, data=jpeg(landscape()), source=PhotoSource.UPLOAD)
    assert caught.value.code == "consent.missing"
    assert person.name in caught.value.message
    assert not EnrollmentPhoto.objects.exists()
    _sign(person)
    photo_add(person=person, data=jpeg(landscape()), source=PhotoSource.UPLOAD)


def test_a_photo_that_waits_is_not_looked_at_once_the_consent_has_ended(
    person: Person, demo_photo: DemoPhoto, run_jobs: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = photo_add(person=person, data=demo_photo(0, 1), source=PhotoSource.UPLOAD)
    consent_withdraw(person=person, user=None)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline.storage, "picture_read", lambda **_: pytest.fail("it was opened"))
        run_jobs()
    photo.refresh_from_db()
    assert (photo.status, photo.codes) == (PhotoStatus.REJECTED, ["consent.missing"])
    _sign(person)
    run_jobs()
    photo.refresh_from_db()
    assert (photo.status, photo.codes) == (PhotoStatus.ACCEPTED, [])
    assert _known(person)


def test_a_consent_that_ends_while_a_worker_looks_leaves_no_template(
    person: Person, demo_photo: DemoPhoto, run_jobs: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = photo_add(person=person, data=demo_photo(0, 1), source=PhotoSource.UPLOAD)
    real = vision.fingerprint

    def withdrawn_meanwhile(*args: Any) -> bytes:
        consent_withdraw(person=person, user=None)
        return real(*args)

    monkeypatch.setattr(vision, "fingerprint", withdrawn_meanwhile)
    run_jobs()
    photo.refresh_from_db()
    assert (photo.status, photo.codes) == (PhotoStatus.REJECTED, ["consent.missing"])
    assert not Template.objects.exists()


def test_withdrawing_forgets_the_face_and_signing_again_brings_it_back(
    enrolled: Callable[..., Person], run_jobs: Callable[[], None]
) -> None:
    person, other = enrolled(0), enrolled(1)
    before = Template.objects.filter(person=person).count()
    assert _known(person)
    consent_withdraw(person=person, user=None)
    assert not Template.objects.filter(person=person).exists()
    assert (_known(person), _known(other)) == (False, True)
    _sign(person)
    assert not _known(person), "its photos must be compared with everybody first"
    run_jobs()
    assert Template.objects.filter(person=person).count() == before
    assert _known(person)


def test_photos_are_not_embedded_anew_without_a_consent(
    enrolled: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    stays, goes = enrolled(0), enrolled(1)
    other = register("dlib-resnet29")
    Template.objects.update(model="another@1")
    switching._rows_add(other)
    assert Reembedding.objects.filter(photo__person=goes).exists()
    consent_withdraw(person=goes, user=None)
    assert not Reembedding.objects.filter(photo__person=goes).exists()
    row = Reembedding.objects.create(photo=EnrollmentPhoto.objects.filter(person=goes)[0], model=other)
    monkeypatch.setattr(switching, "_embed", lambda *_: pytest.fail("it was looked at"))
    switching._reembed(row)
    assert not Reembedding.objects.filter(photo__person=goes).exists()
    Reembedding.objects.all().delete()
    switching._rows_add(other)
    assert {row.photo.person for row in Reembedding.objects.all()} == {stays}


def test_classifiers_neither_learn_nor_keep_a_face_without_a_consent(
    make_person: Callable[..., Person], department: Department, site: Site
) -> None:
    stays, goes = make_person(department=department), make_person(department=department)
    photo = EnrollmentPhoto.objects.create(
        person=goes, status=PhotoStatus.ACCEPTED, width=1, height=1, digest="1"
    )
    assert set(roster_of(site).lacking) == {stays, goes}
    ready = {"site": site, "status": Status.READY, "threshold": 0.5, "queued_at": timezone.now()}
    trained = Classifier.objects.create(number=1, **ready)
    trained.photos.add(photo)
    untouched = Classifier.objects.create(number=2, **ready)
    consent_withdraw(person=goes, user=None)
    trained.refresh_from_db()
    untouched.refresh_from_db()
    assert (trained.status, trained.code) == (Status.RETIRED, "classifier.consent_ended")
    assert goes.name not in trained.why
    assert untouched.status == Status.READY
    assert roster_of(site).lacking == (stays,)


def test_an_upgrade_stops_nobody_and_lists_who_has_to_sign(make_person: Callable[..., Person]) -> None:
    pictured, without, has = make_person(consent=False), make_person(consent=False), make_person()
    for number, person in enumerate((pictured, has)):
        EnrollmentPhoto.objects.create(person=person, width=1, height=1, digest=str(number))
    migration = importlib.import_module("faceroster.enrollment.migrations.0008_before_consents")
    with connection.schema_editor() if connection.vendor == "postgresql" else _Editor() as editor:
        migration.keep(apps, editor)
        migration.keep(apps, editor)
    consent = consent_of(pictured)
    assert consent is not None
    assert (consent.how, consent.text, consent.expires_at) == (How.BEFORE, None, None)
    assert state_of(pictured).name == "before"
    assert consent_of(without) is None
    assert Consent.objects.filter(person=has).count() == 1


class _Editor:
    """What the migration asks of an editor; SQLite's own wants to be outside of any transaction."""

    connection = connection

    def __enter__(self) -> _Editor:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def _answer(frame: bytes) -> str | None:
    """Whom a worker's own gallery finds on a picture."""
    with probe_lent(frame) as probe_id:
        found: str | None = jobs.ask("identify.search", probe_id, None, 1, timeout=60)["person"]
    return found


def test_a_running_worker_stops_recognising_within_five_seconds(
    worker: None, make_person: Callable[..., Person], demo_photo: DemoPhoto
) -> None:
    person = make_person(consent=False)
    signed(person)
    for n in (1, 2, 3):
        photo_add(person=person, data=demo_photo(0, n), source=PhotoSource.UPLOAD)
    deadline = time.monotonic() + 120
    while _answer(demo_photo(0, 5)) != str(person.pk):
        assert time.monotonic() < deadline, "never recognised at all"
        time.sleep(0.3)
    consent_withdraw(person=person, user=None)
    deadline = time.monotonic() + 5
    while _answer(demo_photo(0, 5)) is not None:
        assert time.monotonic() < deadline, "still recognised"
        time.sleep(0.1)
