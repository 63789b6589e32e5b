"""Exports in the background: written once, sealed, for who asked and may still see it, and then gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse

from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.people.models import Department, Person
from faceroster.reports.exporting import files, runs
from faceroster.reports.models import ExportFormat, ExportRun, ExportStatus
from faceroster.reports.selectors import Month
from faceroster.trust.models import User
from faceroster.trust.sealing import SealError
from tests.support.rosters import make_workday

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def sent(freeze: Callable[[datetime], None]) -> Any:
    """What was handed to the workers; none runs here."""
    freeze(NOW)
    with mock.patch("faceroster.jobs.enqueue") as enqueue:
        yield enqueue


@pytest.fixture
def wish(person: Person, department: Department) -> runs.Wish:
    make_workday(person, date(2026, 10, 1), worked_minutes=450, due_minutes=480)
    return runs.Wish(ExportFormat.CSV, department.pk, Month(2026, 10))


@pytest.fixture
def run(wish: runs.Wish, manager_user: User) -> ExportRun:
    return runs.export_ask(user=manager_user, wish=wish, rows=1)


def state(run: ExportRun) -> tuple[str, str]:
    run.refresh_from_db()
    return run.status, run.error_code


def stored(run: ExportRun) -> bool:
    return storages["sealed"].exists(f"export/{run.pk.hex[:2]}/{run.pk.hex}")


def test_a_run_is_written_sealed_and_downloaded_by_who_asked(
    run: ExportRun, manager_client: Client, sent: Any, person: Person
) -> None:
    sent.assert_called_with("export.run", str(run.pk))
    page = manager_client.get(reverse("reports:export_run", args=[run.pk])).text
    assert "every 1s" in page
    runs.export_run(run.pk)
    assert state(run) == (ExportStatus.DONE, "")
    assert (run.done, run.total) == (1, 1)
    with storages["sealed"].open(f"export/{run.pk.hex[:2]}/{run.pk.hex}") as file:
        assert person.name.encode() not in file.read()
    page = manager_client.get(reverse("reports:export_progress", args=[run.pk])).text
    assert "every 1s" not in page
    url = reverse("reports:export_file", args=[run.pk])
    assert url in page
    response = manager_client.get(url)
    assert person.name in b"".join(response).decode()
    assert response["Content-Disposition"].endswith('2026-10.csv"')
    with pytest.raises(SealError):
        files.read(run.pk, run.asked_by_id + 1)
    run.asked_by.managed_departments.clear()
    assert manager_client.get(url).status_code == 404


def test_running_twice_writes_once(run: ExportRun) -> None:
    runs.export_run(run.pk)
    with mock.patch.object(runs, "_write") as write:
        runs.export_run(run.pk)
    write.assert_not_called()


def test_who_lost_a_department_before_it_is_written_gets_nothing(run: ExportRun, manager_user: User) -> None:
    manager_user.managed_departments.clear()
    runs.export_run(run.pk)
    assert state(run) == (ExportStatus.FAILED, "export.not_allowed")
    assert not stored(run)


def test_a_failure_leaves_no_file_and_says_so(run: ExportRun, manager_client: Client) -> None:
    with mock.patch.object(files, "write", side_effect=OSError("disk")), pytest.raises(OSError, match="disk"):
        runs.export_run(run.pk)
    assert state(run) == (ExportStatus.FAILED, "export.broken")
    assert not stored(run)
    page = manager_client.get(reverse("reports:export_run", args=[run.pk])).text
    assert 'data-code="export.broken"' in page
    url = reverse("reports:export_file", args=[run.pk])
    assert manager_client.get(url)["Location"] == reverse("reports:export_run", args=[run.pk])


def test_after_a_day_file_and_row_are_gone(
    run: ExportRun, freeze: Any, manager_user: User, django_capture_on_commit_callbacks: Any
) -> None:
    runs.export_run(run.pk)
    run.refresh_from_db()
    assert stored(run)
    freeze(NOW + timedelta(hours=23, minutes=59))
    assert runs.exports_clean() == 0
    freeze(NOW + timedelta(hours=24))
    with pytest.raises(InvalidInput, match=r"export\.gone"):
        runs.export_open(run=run, user=manager_user)
    with django_capture_on_commit_callbacks(execute=True):
        runs.exports_clean()
    assert not stored(run)
    assert not ExportRun.objects.exists()


def test_what_a_lost_worker_or_broker_left_is_taken_up_and_given_up_in_the_end(
    run: ExportRun, freeze: Any, sent: Any
) -> None:
    sent.reset_mock()
    assert runs.exports_clean() == 0
    freeze(NOW + timedelta(seconds=61))
    runs.exports_clean()
    sent.assert_called_once_with("export.run", str(run.pk))
    with mock.patch.object(runs, "_write", side_effect=runs._Lost):
        for minute in (2, 4, 6, 8):
            freeze(NOW + timedelta(minutes=minute))
            runs.export_run(run.pk)
            assert state(run)[0] == ExportStatus.RUNNING
    freeze(NOW + timedelta(minutes=10))
    runs.exports_clean()
    assert state(run) == (ExportStatus.FAILED, "export.lost")


def test_a_worker_that_lost_its_run_stops(run: ExportRun, freeze: Any) -> None:
    claim = runs._Claim.take(run.pk)
    assert claim is not None
    freeze(NOW + timedelta(minutes=2))
    assert runs._Claim.take(run.pk) is not None
    claim._told -= 10
    with pytest.raises(runs._Lost):
        claim.written(1)


def test_progress_is_told(run: ExportRun) -> None:
    claim = runs._Claim.take(run.pk)
    assert claim is not None
    claim.written(5)
    assert state(run)[0] == ExportStatus.RUNNING
    assert run.done == 0
    claim._told -= 10
    claim.written(7)
    run.refresh_from_db()
    assert run.done == 7


def test_nobody_fills_the_queue(wish: runs.Wish, manager_user: User) -> None:
    for _ in range(5):
        runs.export_ask(user=manager_user, wish=wish)
    with pytest.raises(Conflict, match=r"export\.too_many"):
        runs.export_ask(user=manager_user, wish=wish)


def test_only_who_asked_may_open_it(run: ExportRun, admin_user: User) -> None:
    runs.export_run(run.pk)
    run.refresh_from_db()
    with pytest.raises(NotAllowed, match=r"export\.not_allowed"):
        runs.export_open(run=run, user=admin_user)


@pytest.mark.parametrize("written_as", ["xlsx", "pdf"])
def test_large_exports_go_to_the_background_by_themselves(
    manager_client: Client, person: Person, wish: runs.Wish, written_as: str
) -> None:
    asked = {"department": str(wish.department), "month": "2026-10", "format": written_as}
    with mock.patch.dict(runs.BACKGROUND_FROM, {ExportFormat(written_as): 1}):
        response = manager_client.post(reverse("reports:export_new"), asked)
    made = ExportRun.objects.get()
    assert response["Location"] == reverse("reports:export_run", args=[made.pk])
    assert manager_client.get(reverse("reports:exports")).text.count(str(made.pk)) == 1


def test_any_export_goes_to_the_background_when_asked(manager_client: Client, wish: runs.Wish) -> None:
    asked = {"department": str(wish.department), "month": "2026-10", "format": "csv", "background": "1"}
    assert manager_client.post(reverse("reports:export_new"), asked).status_code == 302
    assert ExportRun.objects.get().parameters["month"] == "2026-10"
