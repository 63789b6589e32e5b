"""What is sealed opens where it belongs and nowhere else: not swapped, not cut, not changed, not foreign."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from faceroster import vision
from faceroster.classifiers import storage as classifiers
from faceroster.coaching import shots
from faceroster.core.errors import InvalidInput
from faceroster.emotions.tally import Tally
from faceroster.enrollment import comparison, gallery, probes, storage
from faceroster.enrollment.imports import files as imports
from faceroster.enrollment.models import EnrollmentPhoto, PhotoStatus, Template
from faceroster.kiosks import agreement, crops, evidence, lookalikes, sightings, tickets
from faceroster.kiosks.models import Decision, DecisionCrop, FalseAccept
from faceroster.offline import payloads
from faceroster.people.models import Person
from faceroster.reports.exporting import files as exports
from faceroster.trust import purposes, sealing
from faceroster.trust.services import subject_key_create, subject_key_open
from tests.support.kiosks import paired_device

_VECTOR = np.random.default_rng(1).standard_normal(128).astype(np.float32)
_VECTOR /= np.linalg.norm(_VECTOR)
JPEG = b"\xff\xd8\xff\xe0 as if"


class Sealed:
    """One kind of sealed thing. ``read(n)`` opens the n-th, ``get(n)`` and ``put(n, blob)`` are its bytes."""

    def __init__(self, read: Callable[[int], Any], get: Callable[[int], bytes], put: Callable[..., None]):
        self.read, self.get, self.put = read, get, put


@pytest.fixture
def two(make_person: Callable[..., Person]) -> list[SimpleNamespace]:
    """Two people, each with a photo, and a decision about them."""
    found = []
    for number in range(2):
        person = make_person()
        photo = EnrollmentPhoto.objects.create(
            person=person, status=PhotoStatus.ACCEPTED, width=1, height=1, digest=f"{number}"
        )
        kiosk = paired_device(person.department.site)[0]
        decision = Decision.objects.create(
            kiosk=kiosk, site=kiosk.site, outcome="accepted", person=person, score=6, threshold=3, margin=1,
            score_kind="llr", model="m@1", gallery_version=1,
        )  # fmt: skip
        found.append(SimpleNamespace(person=person, photo=photo, kiosk=kiosk, decision=decision))
    return found


def _in_rows(rows: list[Any], field: str, read: Callable[[Any], Any]) -> Sealed:
    def put(n: int, blob: bytes) -> None:
        setattr(rows[n], field, blob)

    return Sealed(lambda n: read(rows[n]), lambda n: bytes(getattr(rows[n], field)), put)


def _in_files(paths: list[str], read: Callable[[int], Any]) -> Sealed:
    store = storages["sealed"]
    return Sealed(
        read, lambda n: store.open(paths[n]).read(), lambda n, blob: store.save(paths[n], ContentFile(blob))
    )


def _in_cache(names: list[str], read: Callable[[int], Any]) -> Sealed:
    return Sealed(read, lambda n: bytes(cache.get(names[n])), lambda n, blob: cache.set(names[n], blob))


def _template(two: list[SimpleNamespace]) -> Sealed:
    rows = []
    for one in two:
        embedding = SimpleNamespace(vector=_VECTOR, model="m@1")
        rows.append(gallery.template_add(one.photo, embedding))  # type: ignore[arg-type]
    return _in_rows(rows, "sealed", gallery.template_open)


def _picture(kind: str) -> Callable[[list[SimpleNamespace]], Sealed]:
    def make(two: list[SimpleNamespace]) -> Sealed:
        for one in two:
            storage.picture_write(kind=kind, person=one.person, object_id=one.photo.pk, data=JPEG)
        return _in_files(
            [storage._path(kind, one.photo.pk) for one in two],
            lambda n: storage.picture_read(kind=kind, person=two[n].person, object_id=two[n].photo.pk),
        )

    return make


def _fingerprint(two: list[SimpleNamespace]) -> Sealed:
    """The whole of it: what does not open is as if there were none, so it is opened here as it is there."""
    for one in two:
        one.photo.fingerprint = comparison.fingerprint_seal(one.photo, b"fingerprint")
    return _in_rows(
        [one.photo for one in two],
        "fingerprint",
        lambda photo: sealing.unseal(
            storage.person_key(photo.person),
            bytes(photo.fingerprint),
            context=comparison._context(photo.person_id, photo.pk),
        ),
    )


def _decision_crop(two: list[SimpleNamespace]) -> Sealed:
    rows = []
    for one in two:
        blob = sealing.seal(storage.person_key(one.person), JPEG, context=crops._context(one.decision))
        rows.append(DecisionCrop(decision=one.decision, person=one.person, sealed=blob))
    return _in_rows(rows, "sealed", crops.crop_open)


def _classifier(two: list[SimpleNamespace]) -> Sealed:
    key, ids = subject_key_create(), [uuid4(), uuid4()]
    for one in ids:
        blob = sealing.seal(subject_key_open(key), b"packed", context=classifiers._context(one))
        storages["sealed"].save(classifiers._path(one), ContentFile(blob))

    def read(n: int) -> bytes:
        try:
            classifiers.read(ids[n], key)
        except vision.ModelError:  # it was opened: that these bytes are no classifier is another matter
            return b"packed"
        raise AssertionError("these bytes are no classifier")

    return _in_files([classifiers._path(one) for one in ids], read)


def _import(two: list[SimpleNamespace]) -> Sealed:
    runs = [uuid4(), uuid4()]
    for run in runs:
        imports.write(run, "photos", JPEG)
    return _in_files(
        [f"{imports._folder(run)}/photos" for run in runs], lambda n: imports.read(runs[n], "photos")
    )


def _export(two: list[SimpleNamespace]) -> Sealed:
    runs = [uuid4(), uuid4()]
    for run in runs:
        exports.write(run, 7, b"a table")
    return _in_files([exports._path(run) for run in runs], lambda n: exports.read(runs[n], 7))


def _offline(two: list[SimpleNamespace]) -> Sealed:
    rows: list[Any] = []
    for _ in two:
        entry_id = uuid4()
        blob = payloads.payload_seal(entry_id, {"jpeg": "as if"})
        rows.append(SimpleNamespace(pk=entry_id, sealed=blob))
    return _in_rows(rows, "sealed", payloads.payload_open)


def _tally(two: list[SimpleNamespace]) -> Sealed:
    sites, day = [one.kiosk.site_id for one in two], date(2026, 3, 2)
    rows = [SimpleNamespace(site=site, sealed=Tally().sealed(site_id=site, day=day)) for site in sites]
    return _in_rows(rows, "sealed", lambda row: Tally.opened(row.sealed, site_id=row.site, day=day))


def _shot(two: list[SimpleNamespace]) -> Sealed:
    ids = [uuid4(), uuid4()]
    slot = next(iter(shots.Slot))
    names = [shots._name(one, slot) for one in ids]
    for name in names:
        cache.set(name, sealing.seal_passing(shots._PURPOSE, JPEG, context=name))
    return _in_cache(names, lambda n: shots.picture_get(ids[n], slot))


def _frame(two: list[SimpleNamespace]) -> Sealed:
    ids = [probes.probe_put(JPEG) for _ in two]

    def read(n: int) -> bytes:
        name = f"probe:{ids[n]}"
        blob = cache.get(name)
        try:
            return probes.probe_take(ids[n])
        finally:
            cache.set(name, blob)

    return _in_cache([f"probe:{one}" for one in ids], read)


KINDS = {
    "template": _template,
    "photo": _picture(storage.PHOTO),
    "crop": _picture(storage.CROP),
    "fingerprint": _fingerprint,
    "face of a decision": _decision_crop,
    "classifier": _classifier,
    "import": _import,
    "export": _export,
    "offline entry": _offline,
    "emotion tally": _tally,
    "coach's picture": _shot,
    "frame": _frame,
}


@pytest.fixture(params=KINDS)
def sealed(request: pytest.FixtureRequest, two: list[SimpleNamespace]) -> Sealed:
    return KINDS[request.param](two)


def _refused(sealed: Sealed, n: int) -> None:
    with pytest.raises(sealing.SealError) as error:
        sealed.read(n)
    assert error.value.code == "sealed.damaged"


def test_each_opens_where_it_belongs(sealed: Sealed) -> None:
    assert sealed.read(0) is not None
    assert sealed.read(1) is not None
    assert sealed.get(0) != sealed.get(1)


def test_swapped_it_does_not_open(sealed: Sealed) -> None:
    first, second = sealed.get(0), sealed.get(1)
    sealed.put(0, second)
    sealed.put(1, first)
    _refused(sealed, 0)
    _refused(sealed, 1)


def test_cut_short_it_does_not_open(sealed: Sealed) -> None:
    whole = sealed.get(0)
    for length in (0, 1, 12, 28, len(whole) // 2, len(whole) - 1):
        sealed.put(0, whole[:length])
        _refused(sealed, 0)
    sealed.put(0, whole + b"\0")
    _refused(sealed, 0)


def test_one_bit_changed_it_does_not_open(sealed: Sealed) -> None:
    whole = sealed.get(0)
    for at in (0, 1, 12, 13, len(whole) // 2, len(whole) - 1):
        sealed.put(0, whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        _refused(sealed, 0)
    sealed.put(0, whole)
    assert sealed.read(0) is not None


def test_of_another_installation_it_does_not_open(sealed: Sealed) -> None:
    sealed.put(0, sealing.seal(os.urandom(32), b"theirs", context="photo|theirs"))
    _refused(sealed, 0)


def test_a_template_is_bound_to_person_photo_and_model(two: list[SimpleNamespace]) -> None:
    _template(two)
    row = Template.objects.select_related("person__subject_key").get(photo=two[0].photo)
    assert np.array_equal(gallery.template_open(row), _VECTOR)
    for field, value in (("model", "m@2"), ("photo_id", two[1].photo.pk), ("person_id", two[1].person.pk)):
        row = Template.objects.select_related("person__subject_key").get(photo=two[0].photo)
        # The same key: what refuses is what it is bound to, not whose key it is.
        row.person.subject_key, kept = row.person.subject_key, getattr(row, field)
        fields = {"person_id": row.person_id, "photo_id": row.photo_id, "model": row.model, field: value}
        with pytest.raises(sealing.SealError, match=r"sealed\.damaged"):
            sealing.unseal(
                storage.person_key(row.person), bytes(row.sealed), context=gallery.template_context(**fields)
            )
        assert kept != value


def test_what_kiosks_keep_for_seconds_counts_as_nothing_when_it_is_not_theirs(
    two: list[SimpleNamespace],
) -> None:
    mine, theirs = two[0], two[1]
    evidence.visit_vectors_keep(mine.decision.pk, "m@1", _VECTOR[None])
    blob = cache.get(evidence._name(mine.decision.pk))
    assert evidence.visit_vectors(mine.decision.pk) is not None
    cache.set(evidence._name(theirs.decision.pk), blob)
    assert evidence.visit_vectors(theirs.decision.pk) is None
    cache.set(evidence._name(mine.decision.pk), blob[:-1])
    assert evidence.visit_vectors(mine.decision.pk) is None
    for name, purpose in ((agreement._name, "kiosk-votes"), (sightings._name, "kiosk-sightings")):
        cache.set(name(theirs.kiosk.pk), sealing.seal_passing(purpose, b"[]", context=name(mine.kiosk.pk)))
    assert agreement._read(theirs.kiosk.pk) == []
    ticket = tickets.ticket_make(mine.kiosk, "not_me", [], None)
    assert tickets.ticket_open(mine.kiosk, ticket)
    with pytest.raises(InvalidInput, match=r"ticket\.invalid"):
        tickets.ticket_open(theirs.kiosk, ticket)


def test_a_false_accept_that_is_not_theirs_is_left_out_and_told_of(
    two: list[SimpleNamespace], caplog: pytest.LogCaptureFixture
) -> None:
    mine, theirs = two
    for one in two:
        evidence.visit_vectors_keep(one.decision.pk, "m@1", _VECTOR[None])
    rows = []
    for one in (mine, theirs):
        context = lookalikes._context(one.person.pk, one.decision.pk, "m@1")
        blob = sealing.seal(storage.person_key(one.person), _VECTOR.tobytes(), context=context)
        rows.append(
            FalseAccept.objects.create(decision=one.decision, person=one.person, model="m@1", sealed=blob)
        )
    opened = lookalikes._opened(rows[0], mine.person, 128)
    assert opened is not None
    assert np.array_equal(opened[0], _VECTOR)
    for blob, model in (
        (rows[1].sealed, "m@1"),
        (rows[0].sealed[:-1], "m@1"),
        (rows[0].sealed, "m@2"),
        (b"", "m@1"),
    ):
        damaged = FalseAccept(
            pk=rows[0].pk, decision=mine.decision, person=mine.person, model=model, sealed=blob
        )
        assert lookalikes._opened(damaged, mine.person, 128) is None
    assert "does not open and is left out" in caplog.text


def test_keys_are_bound_to_whose_they_are(db: None) -> None:
    mine, theirs = subject_key_create(), subject_key_create()
    mine.wrapped, theirs.wrapped = theirs.wrapped, mine.wrapped
    for key in (mine, theirs):
        with pytest.raises(sealing.SealError, match=r"sealed\.damaged"):
            subject_key_open(key)
    rows = {row.pk: row for row in purposes.PurposeKey.objects.all()}
    purposes.PurposeKey.objects.filter(pk="pins").update(wrapped=rows["offline"].wrapped)
    with pytest.raises(sealing.SealError, match=r"sealed\.damaged"):
        purposes.purpose_key("pins")


def test_the_index_holds_turned_vectors_and_cosines_stay(db: None) -> None:
    random = np.random.default_rng(2)
    for dimension in (128, 512):
        plain = random.standard_normal((400, dimension)).astype(np.float32)
        plain /= np.linalg.norm(plain, axis=1, keepdims=True)
        turned = vision.rotate(plain)
        before = plain.astype(np.float64) @ plain.T.astype(np.float64)
        after = turned.astype(np.float64) @ turned.T.astype(np.float64)
        assert np.abs(before - after).max() <= 1e-6
        assert np.abs((plain * turned).sum(axis=1)).mean() < 0.2, "nothing like what they were"
        assert np.array_equal(vision.rotate(plain[3]), turned[3]), "alone or among others"


def test_no_plain_embedding_is_in_the_index(two: list[SimpleNamespace]) -> None:
    model = vision.engine().model
    row = gallery.template_add(two[0].photo, SimpleNamespace(vector=_VECTOR, model=model))  # type: ignore[arg-type]
    with gallery.synced(model) as (faces, _):
        [(number, vector)] = faces.person_templates(str(two[0].person.pk))
    assert number == row.pk
    assert np.allclose(vector, vision.rotate(_VECTOR), atol=1e-6)
    assert abs(float(vector @ _VECTOR)) < 0.5


def test_nothing_hangs_on_the_secret_key(two: list[SimpleNamespace], settings: Any) -> None:
    sealed = _picture(storage.PHOTO)(two)
    settings.SECRET_KEY = "another" * 10
    assert sealed.read(0) == JPEG
    assert isinstance(two[0].person.pk, UUID)
