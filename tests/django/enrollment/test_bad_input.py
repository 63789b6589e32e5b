"""Bad input through the pages of staff: a clear message each, and nothing half stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from faceroster.enrollment.codes import reason
from faceroster.enrollment.models import EnrollmentPhoto, GalleryChange, ImportRun, PhotoStatus, Template
from faceroster.people.models import Person
from tests.django.enrollment.conftest import DemoPhoto, RunJobs, sealed_files
from tests.support import pictures

HEADING = "employee_number,name,department\r\n"


@pytest.mark.parametrize(
    ("make", "code"),
    [pytest.param(make, code, id=name) for name, make, code in pictures.UNREADABLE],
)
def test_a_file_that_is_no_picture_is_refused_and_not_stored(
    staff_client: Client, person: Person, make: Callable[[], bytes], code: str
) -> None:
    before = sealed_files()
    file = SimpleUploadedFile("me.jpg", make(), "image/jpeg")
    answer = staff_client.post(f"/people/{person.pk}/photos/add/", {"photo": file})
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert len(answer.json()["message"]) > 15
    assert not EnrollmentPhoto.objects.exists()
    assert sealed_files() == before


@pytest.mark.parametrize(
    ("make", "code"),
    [pytest.param(make, code, id=name) for name, make, code in pictures.UNUSABLE],
)
def test_a_picture_without_one_good_face_is_rejected_with_the_reason_on_the_page(
    staff_client: Client,
    person: Person,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    make: Callable[[DemoPhoto], bytes],
    code: str,
) -> None:
    file = SimpleUploadedFile("me.jpg", make(demo_photo), "image/jpeg")
    assert staff_client.post(f"/people/{person.pk}/photos/add/", {"photo": file}).status_code == 201
    run_jobs()
    photo = EnrollmentPhoto.objects.get()
    assert photo.status == PhotoStatus.REJECTED
    assert code in photo.codes
    assert reason(code) in staff_client.get(f"/people/{person.pk}/photos/").content.decode()
    assert not Template.objects.exists()
    assert not GalleryChange.objects.exists()


@pytest.mark.parametrize(
    ("table", "code", "words"),
    [
        ("", "import.empty", "The table is empty."),
        (HEADING, "import.empty", "no people"),
        ("\r\n;;\r\n", "import.empty", "The table is empty."),
        ("name,department\r\nAda,Workshop\r\n", "import.missing_column", "employee_number"),
        (HEADING + "1,Ada,Workshop\r\n1,Ben,Workshop\r\n", "import.duplicate_number", "in row 2 already"),
        (HEADING + ",Ada,Workshop\r\n", "import.invalid_value", "The employee number is missing."),
        (
            HEADING + "1,Ada,Nowhere\r\n",
            "import.unknown_department",
            "There is no department called Nowhere.",
        ),
        ("name,name,employee_number,department\r\n", "import.duplicate_column", "more than once"),
        (HEADING + '1,"Ada,Workshop\r\n', "import.unreadable", "damaged"),
        (HEADING + "1,\x00,Workshop\r\n", "import.unreadable", "not a table"),
        ("\xff\xd8\xff\x81 JFIF", "import.unreadable", "not a table"),
        ("PK\x03\x04 not really a workbook", "import.unreadable", "cannot be opened"),
        (HEADING + "1,Ada,Workshop\r\n" * 5001, "import.too_many_rows", "more than 5000 rows"),
    ],
)
def test_a_bad_table_is_refused_and_nobody_added(
    staff_client: Client,
    make_department: Callable[..., object],
    table: str,
    code: str,
    words: str,
) -> None:
    make_department(name="Workshop")
    before = sealed_files()
    file = SimpleUploadedFile("people.csv", table.encode("latin-1"), "text/csv")
    answer = staff_client.post("/people/import/", {"table": file})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'data-code="{code}"' in page
    assert words in page
    assert not Person.objects.exists()
    assert not ImportRun.objects.exists()
    assert sealed_files() == before


def test_a_form_without_a_file_is_said_in_words(staff_client: Client, person: Person) -> None:
    answer = staff_client.post("/people/import/", {})
    assert answer.status_code == 400
    assert "Please choose a CSV or XLSX file." in answer.content.decode()
    answer = staff_client.post(f"/people/{person.pk}/photos/add/", {})
    assert (answer.status_code, answer.json()["code"]) == (400, "photo.missing")
