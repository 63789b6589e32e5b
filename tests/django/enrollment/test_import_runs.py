"""An import from the dry run to its end, broken off anywhere on the way."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from faceroster import jobs
from faceroster.core.errors import Conflict
from faceroster.enrollment.imports import services
from faceroster.enrollment.models import EnrollmentPhoto, ImportRun, ImportStatus, PhotoSource
from faceroster.people.models import Department, Person, Site
from faceroster.trust.models import User
from faceroster.trust.services import subject_key_open
from tests.django.enrollment.conftest import DemoPhoto, RunJobs, sealed_files
from tests.django.enrollment.uploads import archive_of, landscapes, table_of
from tests.support.pictures import jpeg, landscape


def test_the_dry_run_says_what_would_happen_and_touches_nothing(
    check: Callable[..., services.Checked], make_person: Callable[..., Person], workshop: Department
) -> None:
    make_person(employee_number="1", name="Ada", department=workshop)
    make_person(employee_number="2", name="Ben", department=workshop, email="ben@example.org")
    checked = check(
        table_of("1,Ada,workshop,,", "2,Benno,Workshop,,no", "3,Cleo,Workshop,cleo@example.org,yes")
    )
    assert [(row.row, row.action, row.differences) for row in checked.plan.rows] == [
        (2, "same", ()),
        (3, "change", ("name: Ben → Benno", "email: ben@example.org → none", "becomes inactive")),
        (4, "add", ()),
    ]
    assert checked.run is not None
    assert checked.run.status == ImportStatus.CHECKED
    assert Person.objects.count() == 2
    assert Person.objects.get(employee_number="2").name == "Ben"


def test_what_was_uploaded_lies_sealed(check: Callable[..., services.Checked]) -> None:
    before = sealed_files()
    check(table_of("1,Ada Lovelace,Workshop,,"), archive_of(**{"1_1": jpeg(landscape())}))
    kept = sealed_files() - before
    assert len(kept) == 3  # rows, list of photos, one photo
    for path in kept:
        assert b"Ada Lovelace" not in path.read_bytes()
        assert b"JFIF" not in path.read_bytes()


def test_departments_are_created_only_when_wanted(
    check: Callable[..., services.Checked], started: Callable[..., ImportRun], workshop: Department
) -> None:
    table = table_of("1,Ada,Garage,,", "2,Ben,GARAGE,,", "3,Cleo,Workshop,,")
    assert [(p.row, p.code) for p in check(table).plan.problems] == [
        (2, "import.unknown_department"),
        (3, "import.unknown_department"),
    ]
    assert not ImportRun.objects.exists()
    run = started(table, create=True)
    assert not Department.objects.filter(name="Garage").exists()
    services.import_advance(run_id=run.pk)
    garage = Department.objects.get(name="Garage")
    assert garage.site == workshop.site
    assert garage.people.count() == 2


def test_the_site_is_asked_for_where_it_is_not_clear(
    check: Callable[..., services.Checked],
    make_department: Callable[..., Department],
    make_site: Callable[..., Site],
) -> None:
    make_department(name="Workshop", site=make_site(name="Harbour"))
    assert [p.code for p in check(table_of("1,Ada,Workshop,,")).plan.problems] == [
        "import.ambiguous_department"
    ]
    assert [p.code for p in check(table_of("1,Ada,New,,"), create=True).plan.problems] == [
        "import.site_needed"
    ]
    table = b"employee_number,name,department,site\n1,Ada,Workshop,harbour\n2,Ben,Workshop,Moon\n"
    checked = check(table)
    assert [(p.row, p.column, p.code) for p in checked.plan.problems] == [(3, "site", "import.unknown_site")]
    assert [row.department.site.name for row in checked.plan.rows] == ["Harbour"]


def test_every_problem_of_every_row_is_named(check: Callable[..., services.Checked]) -> None:
    plan = check(
        table_of(",Ada,Workshop,,", "2,,Workshop,nowhere,maybe", f"{'9' * 41},Cleo,,,", "4,Dan,Workshop,,")
    ).plan
    assert [(p.row, p.column) for p in plan.problems] == [
        (2, "employee_number"),
        (3, "active"),
        (3, "name"),
        (3, "email"),
        (4, "department"),
        (4, "employee_number"),
    ]
    assert "“maybe” is neither yes nor no." in {p.message for p in plan.problems}


def test_people_and_photos_arrive_and_the_uploads_go(
    started: Callable[..., ImportRun], demo_photo: DemoPhoto, run_jobs: RunJobs, staff_client: Client
) -> None:
    archive = archive_of(
        **{
            "1_1": demo_photo(0, 1),
            "1_2": demo_photo(0, 2),
            "2_1": demo_photo(1, 1),
            "2_2": jpeg(landscape()),
        }
    )
    with zipfile.ZipFile(archive, "a") as more:
        more.writestr("nobody.jpg", b"x")
        more.writestr("2_3.jpg", b"no picture")
    before = sealed_files()
    run = started(table_of("1,Ada,Workshop,,yes", "2,Ben,Workshop,,"), archive)
    services.import_advance(run_id=run.pk)
    page = staff_client.get(f"/people/import/{run.pk}/progress/").content.decode()
    assert "0 of 4 checked" in page
    assert "every 1s" in page
    run_jobs()
    run.refresh_from_db()
    assert (run.status, run.people_added, run.total, run.done) == (ImportStatus.DONE, 2, 4, 4)
    assert {error["code"] for error in run.errors} == {"import.photo_of_nobody", "image.not_an_image"}
    assert not [path for path in sealed_files() - before if "import" in path.parts]
    ada, ben = Person.objects.order_by("name")
    assert ada.templates.count() == 2
    assert ben.templates.count() == 1
    assert set(EnrollmentPhoto.objects.values_list("source", flat=True)) == {PhotoSource.IMPORT}
    page = staff_client.get(f"/people/import/{run.pk}/progress/").content.decode()
    assert "every 1s" not in page
    for part in ("4 of 4 checked", "nobody.jpg", "2_3.jpg", "2_2.jpg", "No face was found"):
        assert part in page


def test_an_import_goes_on_slice_by_slice(
    started: Callable[..., ImportRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(jobs, "enqueue", lambda *args: sent.append(args))
    photos = dict(zip(("1_1", "1_2", "1_3"), landscapes(3), strict=True))
    run = started(table_of("1,Ada,Workshop,,"), archive_of(**photos))
    assert sent == [("enroll.import", str(run.pk))]
    services.import_advance(run_id=run.pk, seconds=0)
    run.refresh_from_db()
    assert (run.status, run.done, run.people_added) == (ImportStatus.QUEUED, 0, 1)
    assert sent[1:] == [("enroll.import", str(run.pk))]
    services.import_advance(run_id=run.pk)
    services.import_advance(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.done) == (ImportStatus.DONE, 3)
    assert EnrollmentPhoto.objects.count() == 3


@pytest.mark.parametrize("killed_at", [0, 1, 2])
def test_a_killed_import_is_taken_up_again_and_nothing_is_doubled(
    started: Callable[..., ImportRun], killed_at: int
) -> None:
    photos = dict(zip(("1_1", "1_2", "1_3"), landscapes(3), strict=True))
    run = started(table_of("1,Ada,Workshop,,"), archive_of(**photos))
    progress, calls = services._Claim.progress, []

    def dies(self: Any, row: ImportRun) -> bool:
        calls.append(1)
        if len(calls) > killed_at:
            raise SystemExit  # after the photo was added, before that was written down
        return progress(self, row)

    with mock.patch.object(services._Claim, "progress", dies), pytest.raises(SystemExit):
        services.import_advance(run_id=run.pk)
    assert EnrollmentPhoto.objects.count() == killed_at + 1
    services.import_advance(run_id=run.pk)  # its message again: the claim is still fresh
    assert EnrollmentPhoto.objects.count() == killed_at + 1

    ImportRun.objects.update(claimed_at=timezone.now() - timedelta(seconds=31))
    assert services.imports_requeue_lost() == 1
    services.import_advance(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.done, run.errors) == (ImportStatus.DONE, 3, [])
    assert EnrollmentPhoto.objects.count() == 3
    assert Person.objects.count() == 1


@pytest.mark.parametrize("photos", [{}, {"1_1": jpeg(landscape())}])
def test_a_worker_that_was_overtaken_undoes_nothing(
    started: Callable[..., ImportRun], photos: dict[str, bytes]
) -> None:
    run = started(table_of("1,Ada,Workshop,,"), archive_of(**photos))
    apply_people = services._apply_people

    def slow(row: ImportRun) -> None:
        apply_people(row)
        ImportRun.objects.update(claimed_at=timezone.now() - timedelta(seconds=31))
        assert services.imports_requeue_lost() == 1
        services.import_advance(run_id=run.pk, seconds=60)  # the other worker, from begin to end

    with mock.patch.object(services, "_apply_people", slow):
        services.import_advance(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.done, run.errors) == (ImportStatus.DONE, len(photos), [])


def test_a_worker_that_was_overtaken_leaves_the_files(
    started: Callable[..., ImportRun],
) -> None:
    run = started(table_of("1,Ada,Workshop,,"))
    apply_people = services._apply_people

    def slow(row: ImportRun) -> None:
        apply_people(row)
        ImportRun.objects.update(claimed_at=timezone.now())  # another worker has it now

    with mock.patch.object(services, "_apply_people", slow):
        services.import_advance(run_id=run.pk)
    assert [path for path in sealed_files() if run.pk.hex in path.parts]
    run.refresh_from_db()
    assert run.status == ImportStatus.RUNNING


def test_people_come_all_or_not_at_all(
    started: Callable[..., ImportRun], check: Callable[..., services.Checked], workshop: Department
) -> None:
    run = started(table_of("1,Ada,Workshop,,", "2,Ben,Workshop,,"))
    before = sealed_files()
    workshop.name = "Renamed meanwhile"
    workshop.save()
    services.import_advance(run_id=run.pk)
    run.refresh_from_db()
    assert run.status == ImportStatus.FAILED
    assert run.errors[0]["code"] == "import.unknown_department"
    assert "Row 2" in run.errors[0]["message"]
    assert not Person.objects.exists()
    assert not [path for path in sealed_files() & before if run.pk.hex in path.parts]


def test_an_error_in_the_middle_of_the_rows_takes_all_of_them_back(
    started: Callable[..., ImportRun], make_person: Callable[..., Person], workshop: Department
) -> None:
    ben = make_person(employee_number="2", department=workshop, name="Benjamin")
    run = started(table_of("1,Ada,Workshop,,", "2,Ben,Workshop,,"))
    with mock.patch.object(services, "person_update", side_effect=SystemExit), pytest.raises(SystemExit):
        services.import_advance(run_id=run.pk)
    assert list(Person.objects.all()) == [ben]
    ImportRun.objects.update(claimed_at=timezone.now() - timedelta(minutes=1))
    services.imports_requeue_lost()
    services.import_advance(run_id=run.pk)
    assert list(Person.objects.values_list("name", flat=True)) == ["Ada", "Ben"]
    ada = Person.objects.get(employee_number="1")
    assert ada.subject_key is not None
    assert len(subject_key_open(ada.subject_key)) == 32


def test_an_import_that_kills_its_workers_is_given_up(started: Callable[..., ImportRun]) -> None:
    run = started(table_of("1,Ada,Workshop,,"))
    ImportRun.objects.update(
        status=ImportStatus.RUNNING, attempts=3, claimed_at=timezone.now() - timedelta(minutes=1)
    )
    assert services.imports_requeue_lost() == 0
    run.refresh_from_db()
    assert (run.status, run.errors[0]["code"]) == (ImportStatus.FAILED, "import.failed")


def test_a_table_that_nobody_confirms_is_dropped_after_a_day(check: Callable[..., services.Checked]) -> None:
    before = sealed_files()
    run = check(table_of("1,Ada,Workshop,,")).run
    assert run is not None
    services.imports_requeue_lost()
    run.refresh_from_db()
    assert run.status == ImportStatus.CHECKED
    ImportRun.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    services.imports_requeue_lost()
    run.refresh_from_db()
    assert run.status == ImportStatus.CANCELLED
    assert sealed_files() == before


def test_a_run_starts_once_and_is_not_cancelled_after(started: Callable[..., ImportRun]) -> None:
    run = started(table_of("1,Ada,Workshop,,"))
    for again in (services.import_start, services.import_cancel):
        with pytest.raises(Conflict, match=r"import\.not_waiting"):
            again(run=run)


def test_importing_the_same_table_twice_changes_nothing(started: Callable[..., ImportRun]) -> None:
    for _ in range(2):
        run = started(table_of("1,Ada,Workshop,ada@example.org,yes"), archive_of(**{"1": jpeg(landscape())}))
        services.import_advance(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.people_added, run.people_changed) == (ImportStatus.DONE, 0, 0)
    assert EnrollmentPhoto.objects.count() == 1


def test_the_dry_run_needs_few_queries_however_long(
    check: Callable[..., services.Checked], django_assert_max_num_queries: Any
) -> None:
    rows = [f"{number},Person {number},Workshop,," for number in range(300)]
    with django_assert_max_num_queries(7):
        assert len(check(table_of(*rows)).plan.rows) == 300


@pytest.mark.timeout(300, func_only=True)  # the worker may have to start first
def test_a_real_worker_carries_it_out(
    worker: None, make_department: Callable[..., Department], demo_photo: DemoPhoto, staff_user: User
) -> None:
    make_department(name="Workshop")
    run = services.import_check(
        table=table_of("1,Ada,Workshop,,"),
        table_name="people.csv",
        archive=archive_of(**{"1_1": demo_photo(0, 1)}),
        user=staff_user,
    ).run
    assert run is not None
    services.import_start(run=run)
    _until(lambda: ImportRun.objects.get().status == ImportStatus.DONE)
    _until(lambda: EnrollmentPhoto.objects.filter(status="accepted").count() == 1)


def _until(happened: Callable[[], bool], *, tries: int = 600) -> None:
    for _ in range(tries):
        if happened():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within a minute")
