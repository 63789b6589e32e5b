"""Another embedder takes over: nobody is lost on the way, and the vectors of two models never meet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from faceroster import jobs, vision
from faceroster.core.errors import Conflict
from faceroster.enrollment import embedders, gallery, matching, storage, switching
from faceroster.enrollment.checks import embedder_in_force, engine_settings
from faceroster.enrollment.models import (
    EnrollmentPhoto,
    FaceModel,
    GalleryState,
    PhotoStatus,
    Reembedding,
    Template,
)
from faceroster.enrollment.probes import probe_put
from faceroster.enrollment.switch_progress import progress
from faceroster.people.models import Person
from tests.django.enrollment.conftest import AddPhoto, DemoPhoto, RunJobs
from tests.support.onnx_models import random_model

OLD = "dlib-resnet29@1"


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Jobs as they are enqueued; no worker takes them."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(jobs, "enqueue", lambda *args: calls.append(args))
    return calls


@pytest.fixture
def new_model(tmp_path: Path) -> str:
    """The setting of a small embedder, really run, whose vectors are of another length than the old one's."""
    return random_model(tmp_path, "tiny", seed=1, dimension=64)


@pytest.fixture
def roster(
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    person: Person,
    make_person: Callable[..., Person],
) -> list[EnrollmentPhoto]:
    """Three accepted photos of two people, in force: the built-in model."""
    other = make_person()
    add_photo(demo_photo(0, 1))
    add_photo(demo_photo(0, 3))
    add_photo(demo_photo(1, 1), to=other)
    run_jobs()
    photos = list(EnrollmentPhoto.objects.filter(status=PhotoStatus.ACCEPTED))
    assert len(photos) == 3
    return photos


def _who(picture: bytes) -> dict[str, Any]:
    return matching.face_identify(probe_id=probe_put(picture), visible_department_ids=None, k=2)


def _models_of(photo: EnrollmentPhoto) -> set[str]:
    return set(photo.templates.values_list("model", flat=True))


def _work() -> None:
    while switching.reembed_some():
        pass


def _state() -> GalleryState:
    return GalleryState.objects.select_related("active", "filling").get(pk=1)


def _command(*args: str) -> str:
    out = StringIO()
    call_command("models", *args, stdout=out)
    return out.getvalue()


def test_the_old_model_answers_until_the_new_one_has_everybody(
    roster: list[EnrollmentPhoto], demo_photo: DemoPhoto, person: Person, new_model: str
) -> None:
    before = _who(demo_photo(0, 1))
    assert (before["decision"], before["person"], before["model"]) == ("accepted", str(person.pk), OLD)
    epoch = _state().epoch

    assert not switching.switch_start(model=switching.model_named(new_model))
    row = switching._claim()
    assert row is not None
    switching._reembed(row)
    assert Template.objects.filter(model="tiny@1").count() == 1
    during = _who(demo_photo(0, 1))
    assert (during["decision"], during["person"], during["model"]) == ("accepted", str(person.pk), OLD)
    assert during["candidates"] == before["candidates"]

    _work()
    after = _who(demo_photo(0, 1))
    assert (after["decision"], after["person"], after["model"]) == ("accepted", str(person.pk), "tiny@1")
    assert after["candidates"][0]["nearest"] == pytest.approx(1, abs=1e-3)
    assert all(_models_of(photo) == {OLD, "tiny@1"} for photo in roster)
    assert _state().epoch != epoch
    with gallery.synced() as (faces, _):
        assert (faces.model, faces.dimension, len(faces)) == ("tiny@1", 64, 3)


def test_the_way_back_is_open_at_once(
    roster: list[EnrollmentPhoto], demo_photo: DemoPhoto, person: Person, new_model: str
) -> None:
    switching.switch_start(model=switching.model_named(new_model))
    _work()
    old = {pk: bytes(sealed) for pk, sealed in Template.objects.filter(model=OLD).values_list("pk", "sealed")}
    assert switching.switch_start(model=switching.model_named("dlib-resnet29"))
    assert _who(demo_photo(0, 1))["model"] == OLD
    again = Template.objects.filter(model=OLD).values_list("pk", "sealed")
    assert {pk: bytes(sealed) for pk, sealed in again} == old
    assert switching.switch_start(model=switching.model_named("tiny"))  # and forth again
    assert _who(demo_photo(0, 1))["person"] == str(person.pk)


def test_a_worker_that_dies_in_the_middle_is_followed_by_another(
    roster: list[EnrollmentPhoto],
    new_model: str,
    sent: list[tuple[Any, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switching.switch_start(model=switching.model_named(new_model))
    embed, left = switching._embed, [1]

    def killed(*args: Any) -> vision.Embedding:
        if not left:
            raise SystemExit
        left.pop()
        return embed(*args)

    monkeypatch.setattr(switching, "_embed", killed)
    with pytest.raises(SystemExit):
        switching.reembed_some()
    monkeypatch.setattr(switching, "_embed", embed)
    assert Template.objects.filter(model="tiny@1").count() == 1
    made = Template.objects.get(model="tiny@1")

    _work()  # the photo that the dead worker holds is not taken from it yet
    assert Template.objects.filter(model="tiny@1").count() == 2
    assert _state().filling is not None
    sent.clear()
    assert switching.reembed_requeue_lost() == 0  # work was sent a moment ago
    long_ago = timezone.now() - timedelta(seconds=31)
    Reembedding.objects.update(claimed_at=long_ago)
    GalleryState.objects.update(reembed_at=long_ago)
    assert switching.reembed_requeue_lost() == 1
    assert sent == [("enroll.reembed",)]
    _work()
    assert embedders.active_key() == "tiny@1"
    assert Template.objects.filter(model="tiny@1").count() == 3
    assert Template.objects.get(pk=made.pk).sealed == made.sealed  # not made twice


def test_a_photo_that_kills_its_workers_is_given_up(roster: list[EnrollmentPhoto], new_model: str) -> None:
    switching.switch_start(model=switching.model_named(new_model))
    first = Reembedding.objects.all()[0]
    Reembedding.objects.filter(pk=first.pk).update(
        attempts=3, claimed_at=timezone.now() - timedelta(minutes=1)
    )
    _work()
    (row,) = Reembedding.objects.all()
    assert (row.pk, row.code) == (first.pk, "photo.processing_failed")


def test_two_workers_on_one_photo_make_one_template(
    roster: list[EnrollmentPhoto], new_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    switching.switch_start(model=switching.model_named(new_model))
    embed = switching._embed

    def slowly(photo: EnrollmentPhoto, model: FaceModel) -> vision.Embedding:
        """Meanwhile this worker is given up, and another one does the same."""
        found = embed(photo, model)
        monkeypatch.setattr(switching, "_embed", embed)
        Reembedding.objects.update(claimed_at=timezone.now())
        Reembedding.objects.filter(photo=photo).update(claimed_at=timezone.now() - timedelta(minutes=1))
        other = switching._claim()
        assert other is not None
        assert other.photo_id == photo.pk
        switching._reembed(other)
        Reembedding.objects.update(claimed_at=None)
        return found

    monkeypatch.setattr(switching, "_embed", slowly)
    _work()
    assert Template.objects.filter(model="tiny@1").count() == 3
    assert embedders.active_key() == "tiny@1"


def test_photos_that_come_during_a_switch_get_both(
    roster: list[EnrollmentPhoto],
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    make_person: Callable[..., Person],
    new_model: str,
) -> None:
    switching.switch_start(model=switching.model_named(new_model))
    photo = add_photo(demo_photo(2, 1), to=make_person())
    run_jobs()
    assert _models_of(photo) == {OLD}
    _work()
    assert embedders.active_key() == "tiny@1"
    assert _models_of(photo) == {OLD, "tiny@1"}
    later = add_photo(demo_photo(3, 1), to=make_person())
    run_jobs()
    assert _models_of(later) == {"tiny@1"}

    assert not switching.switch_start(model=switching.model_named(OLD))  # one photo is missing there
    _work()
    assert embedders.active_key() == OLD
    assert _models_of(later) == {OLD, "tiny@1"}


def test_a_photo_looked_at_before_the_switch_and_accepted_after_it_is_not_lost(
    roster: list[EnrollmentPhoto],
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    make_person: Callable[..., Person],
    new_model: str,
    monkeypatch: pytest.MonkeyPatch,
    sent: list[tuple[Any, ...]],
) -> None:
    photo = add_photo(demo_photo(2, 1), to=make_person())
    switching.switch_start(model=switching.model_named(new_model))
    lock, switched = gallery.state_lock, []

    def switched_just_before() -> GalleryState:
        if not switched:
            switched.append(True)
            _work()
        return lock()

    monkeypatch.setattr(gallery, "state_lock", switched_just_before)
    sent.clear()
    run_jobs()
    monkeypatch.setattr(gallery, "state_lock", lock)
    assert embedders.active_key() == "tiny@1"
    photo.refresh_from_db()
    assert photo.status == PhotoStatus.ACCEPTED
    assert _models_of(photo) == {OLD}
    assert ("enroll.reembed",) in sent
    _work()
    assert _models_of(photo) == {OLD, "tiny@1"}


def test_a_frame_seen_with_the_old_model_is_searched_among_its_vectors(
    roster: list[EnrollmentPhoto], demo_photo: DemoPhoto, person: Person, new_model: str
) -> None:
    image = vision.decode(demo_photo(0, 1))
    seen = vision.engine().analyse_photo(image).embedding
    assert seen is not None
    switching.switch_start(model=switching.model_named(new_model))
    _work()
    with gallery.synced(seen.model) as (faces, _):
        assert faces.model == OLD
        assert faces.candidates(vision.rotate(seen.vector), 1)[0].person == str(person.pk)
    with gallery.synced() as (faces, _):
        assert faces.model == "tiny@1"


def test_photos_that_fail_hold_the_switch_up_until_somebody_decides(
    roster: list[EnrollmentPhoto], new_model: str, person: Person
) -> None:
    broken = roster[0]
    storage.picture_delete(object_id=broken.pk)
    switching.switch_start(model=switching.model_named(new_model))
    _work()
    assert embedders.active_key() == OLD
    at = progress(FaceModel.objects.get(key="tiny@1"))
    assert (at.done, at.waiting, at.failed, at.total, at.blocked) == (2, 0, 1, 3, True)
    told = _command()
    assert "2 of 3 photos, 0 waiting, 1 failed" in told
    assert "--allow-missing 1" in told
    assert str(broken.pk) in told
    assert person.name in told

    assert "embedding all photos" in _command("switch", "tiny", "--allow-missing", "1")
    _work()
    assert embedders.active_key() == "tiny@1"


def test_deleting_the_photo_that_fails_lets_the_switch_go_on(
    roster: list[EnrollmentPhoto], new_model: str
) -> None:
    storage.picture_delete(object_id=roster[0].pk)
    switching.switch_start(model=switching.model_named(new_model))
    _work()
    roster[0].delete()
    GalleryState.objects.update(reembed_at=timezone.now() - timedelta(minutes=1))
    switching.reembed_requeue_lost()
    assert embedders.active_key() == "tiny@1"


def test_naming_the_model_in_force_ends_a_switch(roster: list[EnrollmentPhoto], new_model: str) -> None:
    switching.switch_start(model=switching.model_named(new_model))
    assert switching.switch_start(model=switching.model_named(OLD))
    _work()
    assert (embedders.active_key(), _state().filling) == (OLD, None)
    assert not Template.objects.filter(model="tiny@1").exists()


def test_a_card_that_changes_is_no_longer_the_same_model(
    roster: list[EnrollmentPhoto], demo_photo: DemoPhoto, new_model: str, tmp_path: Path
) -> None:
    switching.switch_start(model=switching.model_named(new_model))
    _work()
    random_model(tmp_path, "tiny", seed=2)  # other weights under the old name and version
    for attempt in (lambda: switching.model_named("tiny"), lambda: switching.model_named(new_model)):
        with pytest.raises(vision.ModelError) as caught:
            attempt()
        assert caught.value.code == "model.changed"
    vision.engines._engines.clear()  # as another process, or this one after its next start
    with pytest.raises(vision.ModelError) as caught:
        _who(demo_photo(0, 1))
    assert caught.value.code == "model.changed"
    with pytest.raises(CommandError, match="cannot be used"):
        _command("verify")

    random_model(tmp_path, "tiny", seed=2, version=2)
    assert not switching.switch_start(model=switching.model_named("tiny"))
    _work()
    assert embedders.active_key() == "tiny@2"
    with pytest.raises(vision.ModelError, match="tiny@2") as caught:
        switching.model_named("tiny@1")
    assert caught.value.code == "model.changed"


def test_weights_that_vanish_in_the_middle_fail_no_photo(
    roster: list[EnrollmentPhoto], new_model: str, tmp_path: Path
) -> None:
    switching.switch_start(model=switching.model_named(new_model))
    weights = (tmp_path / "tiny.onnx").read_bytes()
    (tmp_path / "tiny.onnx").unlink()
    for _ in range(4):
        with pytest.raises(vision.ModelError):
            switching.reembed_some()
    (tmp_path / "tiny.onnx").write_bytes(weights)
    _work()
    assert embedders.active_key() == "tiny@1"


def test_weights_that_are_others_now_stop_the_work_until_somebody_switches_again(
    roster: list[EnrollmentPhoto],
    new_model: str,
    tmp_path: Path,
    sent: list[tuple[Any, ...]],
    admin_client: Client,
) -> None:
    switching.switch_start(model=switching.model_named(new_model))
    weights = (tmp_path / "tiny.onnx").read_bytes()
    (tmp_path / "tiny.onnx").write_bytes(b"something else")
    assert switching.reembed_some() == 1  # no photo more is tried, and nothing raised again and again
    sent.clear()
    for _ in range(3):
        Reembedding.objects.update(claimed_at=None)
        GalleryState.objects.update(reembed_at=timezone.now() - timedelta(minutes=1))
        assert switching.reembed_requeue_lost() == 0
        assert switching.reembed_some() == 0
    assert sent == []
    assert set(Reembedding.objects.values_list("code", "attempts")) == {("", 0)}  # no photo's fault
    at = progress(FaceModel.objects.get(key="tiny@1"))
    assert (at.done, at.waiting, at.stopped[:16]) == (0, 3, "model.checksum: ")

    told = _command()
    assert "Work with tiny@1 has stopped. model.checksum: " in told
    assert "`manage.py models switch tiny@1` goes on" in told
    page = "/admin/enrollment/facemodel/"
    for url in (page, f"{page}{at.model.pk}/change/"):
        shown = admin_client.get(url).content.decode()
        assert "Switch waits for you" in shown
        assert "model.checksum: " in shown

    with pytest.raises(CommandError, match=r"model\.checksum"):  # not right yet
        _command("switch", "tiny@1")
    assert "has stopped" in _command()
    (tmp_path / "tiny.onnx").write_bytes(weights)
    assert "has stopped" not in _command("switch", "tiny@1")
    assert ("enroll.reembed",) in sent
    _work()
    assert embedders.active_key() == "tiny@1"


def test_who_waits_for_a_switch_is_told_when_it_stops(
    roster: list[EnrollmentPhoto], new_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(_: float) -> None:
        random_model(tmp_path, "tiny", seed=2)
        switching.reembed_some()

    monkeypatch.setattr("time.sleep", work)
    told = _command("switch", new_model, "--wait")
    assert "Work with tiny@1 has stopped. model.changed: " in told


def test_a_stopped_model_does_not_hold_the_other_one_up(
    roster: list[EnrollmentPhoto],
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    make_person: Callable[..., Person],
    new_model: str,
) -> None:
    switching.switch_start(model=switching.model_named(new_model))
    FaceModel.objects.filter(key="tiny@1").update(stopped="model.checksum: damaged")
    photo = add_photo(demo_photo(2, 1), to=make_person())
    run_jobs()
    Template.objects.filter(photo=photo).delete()
    Reembedding.objects.create(photo=photo, model=FaceModel.objects.get(key=OLD))
    _work()
    assert _models_of(photo) == {OLD}
    assert _state().filling is not None


def test_naming_the_model_in_force_lets_its_own_work_go_on(
    roster: list[EnrollmentPhoto], sent: list[tuple[Any, ...]]
) -> None:
    FaceModel.objects.filter(key=OLD).update(stopped="model.changed: other weights")
    Template.objects.filter(photo=roster[0]).delete()
    Reembedding.objects.create(photo=roster[0], model=FaceModel.objects.get(key=OLD))
    assert switching.reembed_requeue_lost() == 0
    assert "model.changed: other weights" in _command()
    assert f"searched with {OLD}" in _command("switch", OLD)
    assert switching.reembed_requeue_lost() == 1
    _work()
    assert _models_of(roster[0]) == {OLD}


def test_a_model_that_cannot_decide_or_load_is_refused_before_anything_is_done(
    roster: list[EnrollmentPhoto], tmp_path: Path
) -> None:
    without = random_model(tmp_path, "without", seed=1, thresholds=None)
    damaged = random_model(tmp_path, "damaged", seed=1, sha256="0" * 64)
    for name, code in (
        (without, "model.no_thresholds"),
        (damaged, "model.checksum"),
        ("onnx:nowhere.toml", "model.missing"),
        ("facenet", "model.unknown"),
    ):
        with pytest.raises(CommandError, match=code):
            _command("switch", name)
    assert _state().filling is None
    assert not Reembedding.objects.exists()


def test_pruning_takes_only_what_is_not_in_use(
    roster: list[EnrollmentPhoto], new_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switching, "_PRUNED_AT_A_TIME", 2)
    switching.switch_start(model=switching.model_named(new_model))
    for key in (OLD, "tiny@1"):
        with pytest.raises(Conflict, match="in use"):
            switching.model_prune(model=FaceModel.objects.get(key=key))
    _work()
    assert "3 templates" in _command("prune", "dlib-resnet29")
    assert set(Template.objects.values_list("model", flat=True)) == {"tiny@1"}
    assert not FaceModel.objects.filter(key=OLD).exists()
    with pytest.raises(CommandError, match="none"):
        _command("prune", "dlib-resnet29")


def test_the_list_says_what_is_in_force_and_whether_its_files_are_whole(
    roster: list[EnrollmentPhoto], new_model: str, tmp_path: Path
) -> None:
    told = _command()
    assert f"{OLD}  in force, 3 templates" in told
    assert "mtcnn@1" in told
    assert "CC0-1.0" in told
    assert told.count("SHA-256 verified") == 2
    switching.switch_start(model=switching.model_named(new_model))
    assert "tiny@1  being switched to, 0 templates" in _command("verify")
    (tmp_path / "tiny.onnx").write_bytes(b"something else")
    with pytest.raises(CommandError, match="1 of these models"):
        _command("verify")


def test_the_setting_counts_for_a_new_database_only(
    roster: list[EnrollmentPhoto], new_model: str, settings: Any
) -> None:
    assert embedder_in_force(databases=["default"]) == []
    settings.FACEROSTER = {**settings.FACEROSTER, "EMBEDDER": new_model}
    assert embedders.active_key() == OLD
    assert vision.engine().model == OLD
    (told,) = embedder_in_force(databases=["default"])
    assert OLD in told.msg
    assert embedder_in_force(databases=None) == []


def test_a_new_database_takes_the_setting(
    add_photo: AddPhoto, demo_photo: DemoPhoto, run_jobs: RunJobs, new_model: str, settings: Any
) -> None:
    settings.FACEROSTER = {**settings.FACEROSTER, "EMBEDDER": new_model}
    photo = add_photo(demo_photo(0, 1))
    run_jobs()
    assert _models_of(photo) == {"tiny@1"}
    assert _state().active == FaceModel.objects.get(key="tiny@1")
    assert _who(demo_photo(0, 1))["model"] == "tiny@1"
    verified = matching.face_verify(probe_id=probe_put(demo_photo(0, 1)), person_id=str(photo.person_id))
    assert verified["same"]
    pair = (probe_put(demo_photo(0, 1)), probe_put(demo_photo(0, 1)))
    assert matching.face_compare(probe_ids=pair)["threshold"] == 0.1  # the card's


@pytest.mark.parametrize("dropped", [False, True])
@pytest.mark.parametrize(("verify", "status"), [(1.9, PhotoStatus.ACCEPTED), (0.001, PhotoStatus.REVIEW)])
def test_whether_a_photo_is_like_the_others_is_judged_by_the_card(
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    verify: float,
    status: PhotoStatus,
    dropped: bool,
) -> None:
    """Also when another thread's engines have pushed the card's out since the photo was looked at."""
    thresholds = {"accept": 0.9, "margin": 0.001, "verify": verify}
    name = random_model(tmp_path, "tiny", seed=1, thresholds=thresholds)
    settings.FACEROSTER = {**settings.FACEROSTER, "EMBEDDER": name}
    add_photo(demo_photo(0, 1))
    run_jobs()
    second = add_photo(demo_photo(0, 3))
    if dropped:
        judge = vision.not_like_others

        def without_engine(*args: Any) -> bool:
            vision.engines._engines.clear()
            return judge(*args)

        monkeypatch.setattr(vision, "not_like_others", without_engine)
    run_jobs()
    second.refresh_from_db()
    assert second.status == status


def test_a_card_without_thresholds_is_told_before_the_first_start(tmp_path: Path, settings: Any) -> None:
    mute = random_model(tmp_path, "mute", seed=1, thresholds=None)
    settings.FACEROSTER = {**settings.FACEROSTER, "EMBEDDER": mute}
    (problem,) = engine_settings()
    assert "mute has no [thresholds]" in problem.msg


def test_administrators_see_how_far_it_is(
    roster: list[EnrollmentPhoto],
    new_model: str,
    admin_client: Client,
    staff_client: Client,
    person: Person,
) -> None:
    storage.picture_delete(object_id=roster[0].pk)
    switching.switch_start(model=switching.model_named(new_model))
    page = "/admin/enrollment/facemodel/"
    listed = admin_client.get(page).content.decode()
    assert "0 of 3" in listed
    assert "Being switched to" in listed
    _work()
    model = FaceModel.objects.get(key="tiny@1")
    shown = admin_client.get(f"{page}{model.pk}/change/").content.decode()
    assert "Switch waits for you" in shown
    assert "blocked" not in shown  # the key to a colour, which is for lists
    assert person.name in shown
    assert staff_client.get(page).status_code == 403
    assert admin_client.post(f"{page}{model.pk}/change/", {"key": "x"}).status_code == 403


def test_an_older_database_knows_its_model_after_the_migration(
    roster: list[EnrollmentPhoto], settings: Any
) -> None:
    GalleryState.objects.update(active=None)
    FaceModel.objects.all().delete()
    migration = import_module("faceroster.enrollment.migrations.0004_face_models")
    migration.write_down_the_model_in_force(apps, None)
    (model,) = FaceModel.objects.all()
    assert (model.key, model.setting, model.dimension) == (OLD, "dlib-resnet29", 128)
    assert _state().active == model
    assert f"{OLD}  in force, 3 templates" in _command()
    assert embedders.register("dlib-resnet29").fingerprint  # written down by the first who asks
