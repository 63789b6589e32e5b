"""A site's page in the admin: how careful its kiosks are, and the PIN of their corner."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client

from faceroster.people.models import Site


def _save(client: Client, site: Site, **change: Any) -> Any:
    body = {
        "name": site.name,
        "timezone": site.timezone,
        "punch_rule": site.punch_rule,
        "day_starts_at": "04:00",
        "debounce_seconds": 60,
        "liveness": site.liveness,
        **change,
    }
    answer = client.post(f"/admin/people/site/{site.pk}/change/", body)
    site.refresh_from_db()
    return answer


def test_an_administrator_chooses_how_liveness_is_judged(admin_client: Client, site: Site) -> None:
    assert site.liveness == "passive"
    assert _save(admin_client, site, liveness="always").status_code == 302
    assert site.liveness == "always"
    assert _save(admin_client, site, liveness="never").status_code == 200
    assert site.liveness == "always"


def test_the_kiosk_pin_is_kept_as_a_slow_hash_until_it_is_changed(admin_client: Client, site: Site) -> None:
    _save(admin_client, site, new_kiosk_pin="482913")
    assert check_password("482913", site.kiosk_pin)
    assert "482913" not in site.kiosk_pin
    first = site.kiosk_pin
    _save(admin_client, site, liveness="off")
    assert site.kiosk_pin == first, "an empty field changes nothing"
    page = admin_client.get(f"/admin/people/site/{site.pk}/change/").content.decode()
    assert first not in page
    _save(admin_client, site, no_kiosk_pin="on")
    assert site.kiosk_pin == ""


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "١٢٣٤"])
def test_what_is_no_pin_is_said_at_the_field(pin: str, admin_client: Client, site: Site) -> None:
    answer = _save(admin_client, site, new_kiosk_pin=pin)
    assert "A PIN has four to eight digits." in answer.content.decode()
    assert site.kiosk_pin == ""


def test_staff_look_at_sites_and_set_nothing(staff_client: Client, site: Site) -> None:
    page = staff_client.get(f"/admin/people/site/{site.pk}/change/")
    assert page.status_code == 200
    assert "new_kiosk_pin" not in page.content.decode()
    assert _save(staff_client, site, new_kiosk_pin="482913", liveness="off").status_code == 403
    assert (site.kiosk_pin, site.liveness) == ("", "passive")


def test_a_new_site_gets_a_pin_with_its_name(admin_client: Client, db: None) -> None:
    body = {
        "name": "Harbour", "timezone": "UTC", "punch_rule": "alternate", "day_starts_at": "04:00",
        "debounce_seconds": 60, "liveness": "challenge", "new_kiosk_pin": "9071",
    }  # fmt: skip
    assert admin_client.post("/admin/people/site/add/", body).status_code == 302
    site = Site.objects.get(name="Harbour")
    assert check_password("9071", site.kiosk_pin)
