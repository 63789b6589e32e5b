"""A site is switched to a classifier and back, and falls back by itself when it must go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from faceroster.classifiers import proposals, services, storage
from faceroster.classifiers.models import Classifier, ClassifierSwitch, Status
from faceroster.classifiers.selectors import in_force as now_in_force
from faceroster.classifiers.selectors import state_of
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.enrollment import embedders, gallery
from faceroster.enrollment import services as photos
from faceroster.enrollment.models import EnrollmentPhoto, FaceModel
from faceroster.people.models import Person, Site
from faceroster.people.services import person_delete
from faceroster.trust.models import User
from tests.django.classifiers.conftest import Staff, Train, sealed_file


def _log(site: Site) -> list[tuple[int | None, str | None]]:
    rows = ClassifierSwitch.objects.filter(site=site).order_by("pk")
    return [
        (row.classifier.number if row.classifier else None, row.by.username if row.by else None)
        for row in rows
    ]


def test_to_it_and_back_each_by_somebody_and_kept(
    staff: Staff, trained: Train, site: Site, admin_user: User
) -> None:
    staff(2)
    first, second = trained(), trained()
    assert now_in_force(site) is None, "ready is not in force"
    for chosen in (first, second, second, None, first):
        services.site_switch(site=site, classifier=chosen, user=admin_user)
        assert now_in_force(site) == chosen
    assert _log(site) == [(1, "alma"), (2, "alma"), (None, "alma"), (1, "alma")]
    with pytest.raises(Conflict, match=r"classifier\.append_only"):
        ClassifierSwitch.objects.all().delete()


def test_only_a_ready_one_of_the_same_site(
    in_force: Classifier, make_site: Callable[..., Site], site: Site, admin_user: User
) -> None:
    with pytest.raises(InvalidInput, match=r"classifier\.of_another_site"):
        services.site_switch(site=make_site(), classifier=in_force, user=admin_user)
    waiting = Classifier.objects.create(site=site, number=9, threshold=0.5, queued_at=timezone.now())
    with pytest.raises(Conflict, match=r"classifier\.not_ready"):
        services.site_switch(site=site, classifier=waiting, user=admin_user)
    assert now_in_force(site) == in_force


def _is_gone(classifier: Classifier, site: Site, code: str) -> None:
    """Retired for good, the site recognises by the gallery, and staff are told why."""
    key = classifier.key
    assert key is not None
    classifier.refresh_from_db()
    assert (classifier.status, classifier.code, classifier.key) == (Status.RETIRED, code, None)
    assert not classifier.photos.exists()
    key.refresh_from_db()
    assert key.destroyed_at is not None
    assert now_in_force(site) is None
    state = state_of(site)
    assert state.notice is not None
    assert state.notice.why == classifier.why != ""


def test_a_deleted_person_takes_it_along(
    in_force: Classifier, site: Site, django_capture_on_commit_callbacks: Any
) -> None:
    assert sealed_file(in_force).exists()
    one = Person.objects.filter(department__site=site)[0]
    with django_capture_on_commit_callbacks(execute=True):
        person_delete(person=one)
    _is_gone(in_force, site, "classifier.photos_deleted")
    assert not sealed_file(in_force).exists()
    assert one.name not in in_force.why
    assert _log(site) == [(1, "alma"), (None, None)]


def test_so_does_a_single_photo_and_whoever_sees_it_can_say_so(
    in_force: Classifier, site: Site, admin_user: User
) -> None:
    photos.photo_delete(photo=EnrollmentPhoto.objects.all()[0])
    _is_gone(in_force, site, "classifier.photos_deleted")
    services.site_switch(site=site, classifier=None, user=admin_user)
    assert state_of(site).notice is None
    with pytest.raises(Conflict, match=r"classifier\.not_ready"):
        services.site_switch(site=site, classifier=in_force, user=admin_user)


def test_photos_it_did_not_learn_from_may_go(in_force: Classifier, site: Site, staff: Staff) -> None:
    [later] = staff(1)
    photos.photo_delete(photo=later.photos.all()[0])
    person_delete(person=later)
    assert now_in_force(site) == in_force


def test_one_that_is_not_in_force_goes_as_well(in_force: Classifier, site: Site, trained: Train) -> None:
    trained()
    photos.photo_delete(photo=EnrollmentPhoto.objects.all()[0])
    assert set(Classifier.objects.values_list("status", flat=True)) == {Status.RETIRED}
    assert _log(site) == [(1, "alma"), (None, None)], "one fell back, the other was never in force"


def test_another_face_model_takes_it_along(in_force: Classifier, site: Site) -> None:
    state = gallery.state_lock()
    embedders.pin(state)
    assert now_in_force(site) == in_force, "the model that it was built on"
    state.active = FaceModel.objects.create(key="other@1", setting="onnx:/x.toml", dimension=4)
    state.save(update_fields=["active", "filling", "epoch"])
    _is_gone(in_force, site, "classifier.other_model")
    assert "other@1" in in_force.why


def test_who_leaves_does_not_end_it(in_force: Classifier, site: Site) -> None:
    one = Person.objects.filter(department__site=site)[0]
    one.active = False
    one.save()
    assert now_in_force(site) == in_force
    assert in_force.photos.filter(person=one).exists()


def test_a_switch_counts_in_a_process_that_holds_another_one(
    in_force: Classifier, trained: Train, site: Site, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    read = storage.read
    monkeypatch.setattr(storage, "read", lambda pk, key: opened.append(pk) or read(pk, key))

    def asked() -> Any:
        classifier = proposals.classifier_at(site)
        return classifier and proposals.propose(classifier, None, None).classifier  # type: ignore[arg-type]

    assert [asked(), asked()] == [in_force.pk, in_force.pk]
    second = trained()
    services.site_switch(site=site, classifier=second, user=admin_user)
    assert asked() == second.pk
    services.site_switch(site=site, classifier=None, user=admin_user)
    assert asked() is None
    assert not proposals._loaded._of_site, "nothing of it stays in memory"
    services.site_switch(site=site, classifier=second, user=admin_user)
    assert asked() == second.pk
    assert opened == [in_force.pk, second.pk, second.pk], "opened when it is needed, and then kept"


def test_one_whose_file_is_damaged_is_retired_and_the_gallery_decides(
    in_force: Classifier, site: Site
) -> None:
    blob = sealed_file(in_force).read_bytes()
    sealed_file(in_force).write_bytes(blob[:-1] + bytes([blob[-1] ^ 1]))
    proposal = proposals.propose(in_force, None, None)  # type: ignore[arg-type]
    assert not proposal.asked
    _is_gone(in_force, site, "classifier.unreadable")


def test_a_disk_that_is_away_for_a_while_ends_nothing(in_force: Classifier, site: Site) -> None:
    file = sealed_file(in_force)
    blob = file.read_bytes()
    file.unlink()
    assert not proposals.propose(in_force, None, None).asked  # type: ignore[arg-type]
    assert now_in_force(site) == in_force
    file.write_bytes(blob)
    assert proposals.propose(in_force, None, None).asked  # type: ignore[arg-type]
