"""The pages of an import: upload, go-ahead, cancel, and who may see them."""

from __future__ import annotations

from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from faceroster.enrollment.imports import services
from faceroster.enrollment.models import ImportRun, ImportStatus
from faceroster.people.models import Department, Person, Site
from tests.django.enrollment.conftest import sealed_files
from tests.django.enrollment.uploads import archive_of, table_of
from tests.support.pictures import jpeg, landscape


def test_upload_confirm_and_cancel_through_the_pages(staff_client: Client, workshop: Department) -> None:
    def upload() -> str:
        files = {
            "table": SimpleUploadedFile("people.csv", table_of("1,Ada,Workshop,,", "2,Ben,Workshop,,")),
            "archive": SimpleUploadedFile("photos.zip", archive_of(**{"1": jpeg(landscape())}).getvalue()),
        }
        answer = staff_client.post("/people/import/", files)
        assert answer.status_code == 302
        return answer["Location"]

    before = sealed_files()
    place = upload()
    page = staff_client.get(place).content.decode()
    for part in ("people.csv", "Ada", "Ben", "Import now", "Added"):
        assert part in page
    assert staff_client.post(f"{place}cancel/")["Location"] == "/people/import/"
    assert sealed_files() == before
    place = upload()
    assert staff_client.post(f"{place}start/")["Location"] == place
    assert ImportRun.objects.get(status=ImportStatus.QUEUED).table_name == "people.csv"
    assert "Waiting for a worker" in staff_client.get(place).content.decode()
    assert not Person.objects.exists()


def test_pages_of_imports_by_role(
    check: Callable[..., services.Checked],
    admin_client: Client,
    staff_client: Client,
    manager_client: Client,
) -> None:
    run = check(table_of("1,Ada,Workshop,,")).run
    assert run is not None
    place = f"/people/import/{run.pk}/"
    pages = [
        ("get", "/people/import/", 200),
        ("get", "/people/import/example.csv", 200),
        ("get", place, 200),
        ("get", f"{place}progress/", 200),
        ("post", f"{place}start/", 302),
        ("post", f"{place}cancel/", 302),
    ]
    for method, url, answer in pages:
        assert getattr(Client(), method)(url)["Location"] == f"/accounts/login/?next={url}"
        assert getattr(manager_client, method)(url).status_code == 403
        assert getattr(admin_client, method)(url).status_code == answer
        assert getattr(staff_client, method)(url).status_code == answer


def test_the_example_can_be_imported(
    staff_client: Client, make_department: Callable[..., Department]
) -> None:
    site = make_department(name="Office").site
    Site.objects.filter(pk=site.pk).update(name="Head office")
    make_department(name="Workshop", site=site)
    example = staff_client.get("/people/import/example.csv").content
    answer = staff_client.post("/people/import/", {"table": SimpleUploadedFile("people.csv", example)})
    assert answer.status_code == 302
