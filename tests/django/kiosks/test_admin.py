"""Pairing, revoking and reading decisions in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from faceroster.kiosks.models import Decision, Kiosk, KioskStatus, Outcome
from faceroster.people.models import Person, Site
from tests.support.kiosks import DeviceClient

KIOSKS = "/admin/kiosks/kiosk/"


@pytest.fixture
def pending(client: Client, db: None) -> Kiosk:
    client.get("/kiosk/", headers={"User-Agent": "Tablet by the door"})
    return Kiosk.objects.get()


def _pair(client: Client, **body: Any) -> Any:
    return client.post(f"{KIOSKS}add/", body)


def test_staff_pair_a_kiosk(staff_client: Client, site: Site) -> None:
    client = DeviceClient()
    client.get("/kiosk/", headers={"User-Agent": "Tablet by the door"})
    client.register()
    pending = Kiosk.objects.get()
    assert client.get("/kiosk/pair")["Location"] == f"{KIOSKS}add/"
    form = staff_client.get(f"{KIOSKS}add/").content.decode()
    assert "Pair a kiosk" in form
    answer = _pair(staff_client, code=pending.pairing_code.lower(), name="Main entrance", site=site.pk)
    assert answer.status_code == 302
    kiosk = Kiosk.objects.get()
    assert (kiosk.status, kiosk.name, kiosk.site) == (KioskStatus.ACTIVE, "Main entrance", site)
    assert kiosk.paired_by is not None
    assert kiosk.paired_by.username == "stella"
    assert client.get("/kiosk/state").json()["status"] == "active"
    listed = staff_client.get(KIOSKS).content.decode()
    assert "Main entrance" in listed
    assert "In sight" in listed


def test_a_wrong_code_is_said_at_the_field(staff_client: Client, pending: Kiosk, site: Site) -> None:
    answer = _pair(staff_client, code="AAAAAA", name="Door", site=site.pk)
    assert answer.status_code == 200
    assert "No kiosk shows this code" in answer.content.decode()
    assert "This field is required" in _pair(staff_client, code="", name="", site="").content.decode()
    assert Kiosk.objects.get().status == KioskStatus.PENDING


def test_the_list_does_not_tell_the_code(staff_client: Client, pending: Kiosk) -> None:
    for address in (KIOSKS, f"{KIOSKS}{pending.pk}/change/"):
        page = staff_client.get(address)
        assert page.status_code == 200
        assert pending.pairing_code not in page.content.decode()


def test_revoking(staff_client: Client, kiosk: Kiosk, browser_of_kiosk: Client) -> None:
    address = f"{KIOSKS}{kiosk.pk}/revoke/"
    assert "Revoke this kiosk?" in staff_client.get(address).content.decode()
    assert Kiosk.objects.get().status == KioskStatus.ACTIVE
    answer = staff_client.post(address, {"_form_submitted": "True"})
    assert answer["HX-Redirect"] == KIOSKS
    assert Kiosk.objects.get().status == KioskStatus.REVOKED
    assert browser_of_kiosk.get("/kiosk/state").status_code == 403


def test_only_pending_kiosks_are_deleted(admin_client: Client, pending: Kiosk, kiosk: Kiosk) -> None:
    for row, status in ((pending, 302), (kiosk, 403)):
        answer = admin_client.post(f"{KIOSKS}{row.pk}/delete/", {"post": "yes"})
        assert answer.status_code == status
    assert list(Kiosk.objects.all()) == [kiosk]


def test_managers_see_no_kiosks(manager_client: Client, kiosk: Kiosk) -> None:
    for address in (KIOSKS, f"{KIOSKS}add/", f"{KIOSKS}{kiosk.pk}/revoke/", "/admin/kiosks/decision/"):
        assert manager_client.get(address).status_code in (302, 403)


@pytest.mark.parametrize(
    ("kind", "limits", "scores", "listed", "told"),
    [
        (
            "llr", (3.66, 1.0), (6.4123, -1.2),
            "6.41, 3.66 was needed", ("10^6.4 times likelier this person than a stranger", "6.41", "-1.20"),
        ),
        # What was decided before scores were likelihoods.
        ("mean", (0.942, 0.005), (0.97, 0.9), "0.9700, 0.9420 was needed", ("a cosine", "0.9700", "0.9000")),
    ],
)  # fmt: skip
def test_a_decision_can_be_read_but_not_changed(
    kind: str,
    limits: tuple[float, float],
    scores: tuple[float, float],
    listed: str,
    told: tuple[str, str, str],
    staff_client: Client,
    kiosk: Kiosk,
    person: Person,
) -> None:
    deleted = "00000000-0000-4000-8000-000000000000"
    row = Decision.objects.create(
        kiosk=kiosk,
        site=kiosk.site,  # type: ignore[misc]
        outcome=Outcome.ACCEPTED,
        person=person,
        score=scores[0],
        threshold=limits[0],
        margin=limits[1],
        score_kind=kind,
        candidates=[
            {"person": str(person.pk), "score": scores[0], "nearest": 0.98, "templates": 3},
            {"person": deleted, "score": scores[1], "nearest": 0.9, "templates": 1},
        ],
        quality=0.8,
        model="dlib-resnet29@1",
        gallery_version=7,
        latency_ms={"decode": 2.5},
    )
    assert listed in staff_client.get("/admin/kiosks/decision/").content.decode()
    page = staff_client.get(f"/admin/kiosks/decision/{row.pk}/change/").content.decode()
    meaning, first, second = told
    for piece in (meaning, f"{person.name}: {first}", f"someone who was deleted: {second}", "decode 2.5"):
        assert piece in page
    assert staff_client.post(f"/admin/kiosks/decision/{row.pk}/change/", {"score": 1}).status_code == 403
