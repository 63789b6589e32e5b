"""Where consents are met: staff's pages, a person's own, the kiosk, the API and imports."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.coaching import tickets
from faceroster.consents.models import Consent, How
from faceroster.consents.selectors import consent_of, has_consent, text_current
from faceroster.consents.services import consent_sign, consent_withdraw
from faceroster.enrollment.imports import services as imports
from faceroster.enrollment.models import EnrollmentPhoto, ImportRun
from faceroster.people.models import Department, Person, Site
from faceroster.trust.models import Scope, User
from tests.django.consents.drawn import data_url, png
from tests.django.enrollment.uploads import archive_of, table_of
from tests.support.kiosks import paired_device
from tests.support.pictures import jpeg, landscape

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(make_person: Callable[..., Person], department: Department) -> Person:
    return make_person(consent=False, department=department, name="Ada Example")


def _text() -> Any:
    text = text_current("en")
    assert text is not None
    return text


def _page(client: Client, person: Person, **query: str) -> str:
    return client.get(reverse("consents:person", args=[person.pk]), query).content.decode()


def test_staff_see_how_it_stands_and_the_other_way_is_beside_it(staff_client: Client, person: Person) -> None:
    page = _page(staff_client, person)
    assert 'data-consent="none"' in page
    assert reverse("passes:person", args=[person.pk]) in page
    assert _text().digest in page
    assert "Einwilligung in die Erkennung" in _page(staff_client, person, language="de")
    assert 'dir="rtl"' in _page(staff_client, person, language="ar")
    admin_page = staff_client.get(reverse("admin:people_person_change", args=[person.pk])).content.decode()
    assert 'id="consent-panel"' in admin_page
    assert "data-photo-files" not in admin_page
    consent_sign(person=person, text=_text(), how=How.SCREEN, user=None, name="Ada")
    admin_page = staff_client.get(reverse("admin:people_person_change", args=[person.pk])).content.decode()
    assert 'data-consent="signed"' in admin_page
    assert "data-photo-files" in admin_page


def test_signing_on_the_screen(staff_client: Client, staff_user: User, person: Person) -> None:
    address = reverse("consents:sign", args=[person.pk])
    given = {"text": _text().pk, "drawing": data_url(), "agreed": "on"}
    for change in ({"agreed": ""}, {"drawing": ""}, {"drawing": data_url(drawn=False)}, {"drawing": "x"}):
        refused = staff_client.post(address, {**given, **change})
        assert refused.status_code == 400
        assert "errorlist" in refused.content.decode() or 'role="alert"' in refused.content.decode()
    assert not Consent.objects.exists()
    assert staff_client.post(address, given).status_code == 302
    consent = consent_of(person)
    assert consent is not None
    assert (consent.how, consent.witness, consent.pictured) == (How.SCREEN, staff_user, True)
    assert 'data-consent="signed"' in _page(staff_client, person)


def test_the_signed_paper_is_uploaded_and_each_look_at_it_recorded(
    staff_client: Client, manager_client: Client, person_client: Client, person: Person
) -> None:
    address = reverse("consents:paper", args=[person.pk])
    day = timezone.localdate() - timedelta(days=3)
    scan = SimpleUploadedFile("scan.png", png())
    refused = staff_client.post(
        address, {"text": _text().pk, "signed_on": day, "scan": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}
    )
    assert refused.status_code == 400
    assert not Consent.objects.exists()
    assert staff_client.post(address, {"text": _text().pk, "signed_on": day, "scan": scan}).status_code == 302
    consent = consent_of(person)
    assert consent is not None
    assert (consent.how, consent.signed_at.date()) == (How.PAPER, day)
    picture = reverse("consents:picture", args=[consent.pk])
    assert [client.get(picture).status_code for client in (manager_client, person_client)] == [403, 403]
    assert Client().get(picture).status_code == 302
    assert not Entry.objects.filter(action=Action.CONSENT_LOOKED).exists()
    shown = staff_client.get(picture)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert "no-store" in shown["Cache-Control"]
    assert Entry.objects.filter(action=Action.CONSENT_LOOKED, person_id=person.pk).count() == 1


def test_printing_speaks_the_language_that_was_chosen(staff_client: Client, person: Person) -> None:
    address = reverse("consents:print", args=[person.pk])
    page = staff_client.get(address, {"language": "es"}).content.decode()
    assert "Consentimiento para ser reconocido" in page
    assert person.employee_number in page


def test_withdrawing_at_staff_and_on_ones_own_page(
    staff_client: Client, person_client: Client, person: Person, person_user: User
) -> None:
    consent_sign(person=person, text=_text(), how=How.SCREEN, user=None, name="Ada")
    staff_client.post(reverse("consents:withdraw", args=[person.pk]), {"reason": "told us"})
    assert not has_consent(person)
    assert "told us" in _page(staff_client, person)
    consent_sign(person=person, text=_text(), how=How.SCREEN, user=None, name="Ada")
    mine = person_client.get(reverse("me:data")).content.decode()
    assert reverse("me:consent_withdraw") in mine
    assert reverse("passes:mine") in mine
    assert person_client.post(reverse("me:consent_withdraw")).status_code == 302
    ended = Consent.objects.filter(person=person).first()
    assert ended is not None
    assert (ended.ending, ended.ended_by) == ("withdrawn", person_user)
    assert reverse("me:consent_withdraw") not in person_client.get(reverse("me:data")).content.decode()
    assert person_client.post(reverse("me:consent_withdraw"), follow=True).status_code == 200


def test_a_kiosk_asks_before_its_first_shot(site: Site, person: Person, staff_user: User) -> None:
    _kiosk, tablet = paired_device(site)

    def post(what: str, content: dict[str, Any], session: str = "") -> Any:
        return tablet.post(
            reverse(f"coaching:{what}"),
            json.dumps(content),
            content_type="application/json",
            headers={"X-FaceRoster-Enrolment": session},
        )

    _ticket, code = tickets.code_make(person=person, user=staff_user)
    begun = post("begin", {"code": code}).json()
    asked, session = begun["consent"], begun["session"]
    assert (asked["id"], asked["title"]) == (str(_text().pk), _text().title)
    given = {"text": asked["id"], "name": "", "drawing": data_url(), "agreed": True}
    refusals = {
        "consent.not_agreed": {"agreed": "yes"},
        "consent.signature_missing": {"drawing": ""},
        "consent.unreadable": {"drawing": "data:text/html,x"},
        "coaching.unreadable": {"text": "nothing"},
    }
    for expected, change in refusals.items():
        assert post("consent", {**given, **change}, session).json()["error"]["code"] == expected
    assert post("store", {}, session).status_code == 409
    assert not has_consent(person)
    answer = post("consent", given, session).json()
    assert answer["step"] == "straight"
    consent = consent_of(person)
    assert consent is not None
    assert (consent.witness, consent.pictured) == (staff_user, True)
    _ticket, code = tickets.code_make(person=person, user=staff_user)
    assert post("begin", {"code": code}).json()["consent"] is None


def test_programs_enter_and_withdraw(api_token: Callable[..., str], staff_user: User, person: Person) -> None:
    token = api_token(staff_user, *Scope.values)
    client = Client(headers={"Authorization": f"Token {token}"})
    address = f"/api/v1/people/{person.pk}/consents/"
    photo = SimpleUploadedFile("me.jpg", jpeg(landscape()))
    refused = client.post(f"/api/v1/people/{person.pk}/photos/", {"image": photo})
    assert (refused.status_code, refused.json()["code"]) == (409, "consent.missing")
    day = (timezone.localdate() - timedelta(days=1)).isoformat()
    unknown = client.post(address, {"text": "7-en", "signed_on": day}, content_type="application/json")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "consent.text_unknown")
    made = client.post(address, {"text": "1-en", "signed_on": day}, content_type="application/json")
    assert made.status_code == 201
    assert (made.json()["how"], made.json()["sha256"]) == ("paper", _text().digest)
    scanned = client.post(
        address, {"text": "1-de", "signed_on": day, "scan": SimpleUploadedFile("scan.png", png())}
    )
    assert (scanned.status_code, scanned.json()["pictured"]) == (201, True)
    listed = client.get(address).json()["results"]
    assert [one["text"] for one in listed] == ["1-de", "1-en"]
    withdrawn = client.post(f"{address}withdraw/", {"reason": "x"}, content_type="application/json")
    assert (withdrawn.status_code, withdrawn.json()["ending"]) == (200, "withdrawn")
    again = client.post(f"{address}withdraw/", {}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "consent.none")


def _imported(table: bytes, user: User) -> ImportRun:
    checked = imports.import_check(
        table=table,
        table_name="people.csv",
        archive=archive_of(**{"1_1": jpeg(landscape()), "2_1": jpeg(landscape())}),
        archive_name="photos.zip",
        user=user,
    )
    assert checked.run is not None, checked.plan.problems
    imports.import_start(run=checked.run)
    imports.import_advance(run_id=checked.run.pk)
    return ImportRun.objects.get(pk=checked.run.pk)


def test_an_import_takes_consents_on_paper_and_no_photo_without_one(
    make_department: Callable[..., Department], staff_user: User
) -> None:
    make_department(name="Workshop")
    day = (timezone.localdate() - timedelta(days=9)).isoformat()
    rows = f"1,Ada,Workshop,{day},1-de\n2,Ben,Workshop,,\n"
    table = f"employee_number,name,department,consent_signed_on,consent_text\n{rows}".encode()
    run = _imported(table, staff_user)
    assert (run.status, run.people_added) == ("done", 2)
    assert [(error["file"], error["code"]) for error in run.errors] == [("2_1.jpg", "consent.missing")]
    ada = Person.objects.get(name="Ada")
    consent = consent_of(ada)
    assert consent is not None
    assert consent.text is not None
    assert (consent.text.label, consent.signed_at.date().isoformat()) == ("1-de", day)
    assert [photo.person for photo in EnrollmentPhoto.objects.all()] == [ada]
    _imported(table, staff_user)
    assert Consent.objects.count() == 1, "the same table again signs nothing anew"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (",1-en", "consent_signed_on"),
        ("yesterday,1-en", "consent_signed_on"),
        ("2099-01-01,1-en", "consent_signed_on"),
        ("2001-01-01,1-en", "consent_signed_on"),
        ("2026-01-01,", "consent_text"),
        ("2026-01-01,9-en", "consent_text"),
    ],
)
def test_cells_that_tell_of_no_consent_are_named(
    make_department: Callable[..., Department], staff_user: User, cells: str, column: str
) -> None:
    make_department(name="Workshop")
    table = f"employee_number,name,department,consent_signed_on,consent_text\n1,Ada,Workshop,{cells}\n"
    checked = imports.import_check(table=table.encode(), table_name="people.csv", user=staff_user)
    assert [(problem.row, problem.column, problem.code) for problem in checked.plan.problems] == [
        (2, column, "import.invalid_value")
    ]


def test_a_consent_withdrawn_between_dry_run_and_run_stops_the_photo(
    make_department: Callable[..., Department], make_person: Callable[..., Person], staff_user: User
) -> None:
    workshop = make_department(name="Workshop")
    ada = make_person(employee_number="1", name="Ada", department=workshop)
    checked = imports.import_check(
        table=table_of("1,Ada,Workshop,,", signed=False),
        table_name="people.csv",
        archive=archive_of(**{"1_1": jpeg(landscape())}),
        archive_name="photos.zip",
        user=staff_user,
    )
    assert checked.run is not None
    consent_withdraw(person=ada, user=None)
    imports.import_start(run=checked.run)
    imports.import_advance(run_id=checked.run.pk)
    run = ImportRun.objects.get(pk=checked.run.pk)
    assert [error["code"] for error in run.errors] == ["consent.missing"]
    assert not EnrollmentPhoto.objects.exists()
