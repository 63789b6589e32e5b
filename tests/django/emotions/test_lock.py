"""Off, locked, refused: what forbids it, in services, admin and API, and that nothing is computed then."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from faceroster import vision
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.emotions.models import EmotionDay, EmotionSwitch
from faceroster.emotions.regions import EmotionLocked, installation_lock, zones_under_eu_law
from faceroster.emotions.selectors import lock_for, tagging_of
from faceroster.emotions.services import face_follow_up, face_read
from faceroster.people.models import Person, Site
from faceroster.trust.models import Scope, User
from tests.django.emotions.conftest import DAY, ENDS_AT, FACE, FRAME, NOON, WHY

pytestmark = pytest.mark.django_db
SWITCH_ON = {"on": True, "region": "other", "confirmed": True, "reason": WHY}


@pytest.fixture
def declared(settings: Any) -> Callable[[str], None]:
    """``declared("eu")``: what the installation says of its law."""

    def declare(region: str) -> None:
        settings.FACEROSTER = {**settings.FACEROSTER, "EMOTION_REGION": region}

    return declare


@pytest.fixture
def administrator(admin_user: User, api_token: Callable[..., str]) -> Client:
    return Client(headers={"Authorization": f"Token {api_token(admin_user, *Scope.values)}"})


def _api(site: Site) -> str:
    return f"/api/v1/sites/{site.pk}/emotion-tagging/"


def _admin(site: Site) -> str:
    return reverse("admin:emotions_taggedsite_change", args=[site.pk])


def test_it_is_locked_until_whoever_runs_it_declares_the_law() -> None:
    lock = installation_lock()
    assert lock is not None
    assert lock.code == "emotion.locked"
    assert "FACEROSTER_EMOTION_REGION" in lock.message


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("FACEROSTER_EMOTION_REGION", "mars", "must be one of undeclared, eu, other, not 'mars'"),
        ("FACEROSTER_EMOTION_LEAST_PEOPLE", "2", "must be a whole number of 5 or more, not '2'"),
    ],
)
def test_a_setting_that_means_nothing_stops_the_start(name: str, value: str, words: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import faceroster.settings.test"],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert words in run.stderr


@pytest.mark.parametrize("region", ["undeclared", "eu"])
def test_a_locked_installation_refuses_in_the_admin_and_the_api(
    region: str, declared: Any, site: Site, admin_client: Client, administrator: Client
) -> None:
    declared(region)
    answer = administrator.post(_api(site), SWITCH_ON, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "emotion.locked")
    answer = administrator.get("/api/v1/emotion-counts/")
    assert (answer.status_code, answer.json()["code"]) == (403, "emotion.locked")
    page = admin_client.get(_admin(site))
    assert page.status_code == 200
    assert "Emotion tagging is locked" in page.text
    assert 'name="reason"' not in page.text
    refused = admin_client.post(_admin(site), {**SWITCH_ON, "on": "on"})
    assert refused.status_code == 403
    assert "emotion.locked" in refused.text
    assert not EmotionSwitch.objects.exists()


@pytest.mark.parametrize(
    ("zone", "region", "words"),
    [
        ("America/New_York", "eu", "lies in the European Union"),
        ("Europe/Berlin", "other", "Europe/Berlin, is that of a country"),
    ],
)
def test_a_site_in_the_union_stays_locked_where_others_may_switch_on(
    zone: str,
    region: str,
    words: str,
    allowed: None,
    make_site: Any,
    admin_client: Client,
    administrator: Client,
    switch: Any,
) -> None:
    site = make_site(timezone=zone)
    with pytest.raises(EmotionLocked) as refusal:
        switch(site, region=region)
    assert words in refusal.value.message
    assert "Article 5(1)(f)" in refusal.value.message
    wanted = {**SWITCH_ON, "region": region}
    answer = administrator.post(_api(site), wanted, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "emotion.locked")
    refused = admin_client.post(_admin(site), {**wanted, "on": "on"})
    assert refused.status_code == 403
    assert "emotion.locked" in refused.text
    assert not EmotionSwitch.objects.exists()


def test_the_zones_of_the_union_are_known() -> None:
    zones = zones_under_eu_law()
    assert {"Europe/Paris", "Europe/Oslo", "Atlantic/Canary", "Indian/Reunion", "Poland"} <= zones
    assert not {"Europe/London", "Europe/Zurich", "America/New_York", "UTC"} & zones


@pytest.mark.parametrize("region", ["undeclared", "eu"])
def test_what_is_locked_computes_nothing(
    region: str, declared: Any, on: Site, person: Person, sent: list[Any], network: Any, switch: Any
) -> None:
    # A face is on its way when the lock comes.
    face_follow_up(site=on, person_id=person.pk, day=DAY, ends_at=ENDS_AT, image=FRAME, face=FACE)
    [(task, (probe_id,))] = sent
    assert task == "emotions.read"
    sent.clear()
    declared(region)
    with mock.patch.object(vision, "emotion_crop") as crop:
        face_follow_up(site=on, person_id=person.pk, day=DAY, ends_at=ENDS_AT, image=FRAME, face=FACE)
    assert not crop.called
    assert sent == []
    assert face_read(probe_id=probe_id) is False
    assert not network.called
    assert not EmotionDay.objects.exists()


def test_what_is_locked_costs_a_punch_no_query(
    site: Site, person: Person, sent: list[Any], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        face_follow_up(site=site, person_id=person.pk, day=DAY, ends_at=ENDS_AT, image=FRAME, face=FACE)
    assert sent == []


def test_a_site_that_comes_under_the_law_later_is_off_at_once(on: Site, allowed: None) -> None:
    assert tagging_of(on).on
    on.timezone = "Europe/Vienna"
    on.save()
    tagging = tagging_of(on)
    assert not tagging.on
    assert tagging.lock is not None


def test_it_is_off_unless_switched_on_and_then_computes_nothing(
    allowed: None, site: Site, person: Person, sent: list[Any], network: Any, freeze: Any
) -> None:
    freeze(NOON)
    assert not tagging_of(site).on
    face_follow_up(site=site, person_id=person.pk, day=DAY, ends_at=ENDS_AT, image=FRAME, face=FACE)
    assert (sent, network.called) == ([], False)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": "  "}, "emotion.reason_missing"),
        ({"region": ""}, "emotion.region_missing"),
        ({"region": "moon"}, "emotion.region_missing"),
        ({"confirmed": False}, "emotion.not_confirmed"),
        ({"on": False, "reason": ""}, "emotion.reason_missing"),
    ],
)
def test_switching_needs_a_reason_a_region_and_a_confirmation(
    allowed: None, site: Site, switch: Any, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        switch(site, **change)
    assert refusal.value.code == code
    assert not tagging_of(site).on


def test_who_switched_it_when_and_why_is_kept_and_never_changed(
    allowed: None, site: Site, switch: Any, admin_user: User, freeze: Any
) -> None:
    freeze(NOON)
    switch(site)
    switch(site, on=False, reason="The study is over")
    off, row = EmotionSwitch.objects.all()
    assert (row.site, row.on, row.region, row.reason, row.by, row.at) == (
        site, True, "other", WHY, admin_user, NOON,
    )  # fmt: skip
    assert (off.on, off.region, off.reason, off.by) == (False, "", "The study is over", admin_user)
    row.reason = "Another"
    for rewrite in (
        row.save,
        row.delete,
        EmotionSwitch.objects.all().delete,
        lambda: EmotionSwitch.objects.update(reason="x"),
    ):
        with pytest.raises(Conflict) as refusal:
            rewrite()
        assert refusal.value.code == "emotion.append_only"
    assert EmotionSwitch.objects.count() == 2


def test_an_administrator_switches_in_the_admin_and_staff_only_look(
    allowed: None, site: Site, admin_client: Client, staff_client: Client, manager_client: Client
) -> None:
    form = {"on": "on", "region": "other", "confirmed": "on", "reason": WHY}
    assert staff_client.post(_admin(site), form).status_code == 403
    assert manager_client.get(_admin(site)).status_code == 302
    for change, words in (
        ({"reason": ""}, "Please say why"),
        ({"region": ""}, "under which law"),
        ({"confirmed": ""}, "Please confirm"),
    ):
        page = admin_client.post(_admin(site), {**form, **change})
        assert page.status_code == 200
        assert words in page.text
    assert not tagging_of(site).on
    assert admin_client.post(_admin(site), form).status_code == 302
    assert tagging_of(site).on
    for client in (admin_client, staff_client):
        page = client.get(_admin(site))
        assert WHY in page.text
        assert "alma" in page.text
    assert 'name="reason"' not in staff_client.get(_admin(site)).text
    assert "Harbour" in staff_client.get(reverse("admin:emotions_taggedsite_changelist")).text
    assert admin_client.post(_admin(site), {"on": "off", "reason": "Enough"}).status_code == 302
    assert not tagging_of(site).on


def test_what_was_on_can_be_switched_off_after_the_lock(
    on: Site, declared: Any, admin_client: Client
) -> None:
    declared("eu")
    page = admin_client.get(_admin(on))
    assert "please switch it off" in page.text
    assert admin_client.post(_admin(on), {"on": "off", "reason": "The law"}).status_code == 302
    assert [row.on for row in EmotionSwitch.objects.all()] == [False, True]


def test_the_api_switches_and_tells(
    allowed: None, site: Site, administrator: Client, staff_user: User, api_token: Any
) -> None:
    answer = administrator.post(_api(site), SWITCH_ON, content_type="application/json")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["site"]["name"], body["on"], body["lock"]) == ("Harbour", True, None)
    [row] = body["switches"]
    assert (row["on"], row["region"], row["reason"], row["by"]) == (True, "other", WHY, "alma")
    staff = Client(headers={"Authorization": f"Token {api_token(staff_user, *Scope.values)}"})
    assert staff.get(_api(site)).json() == body
    assert staff.post(_api(site), SWITCH_ON, content_type="application/json").status_code == 403
    answer = administrator.post(
        _api(site), {"on": False, "reason": "Enough"}, content_type="application/json"
    )
    assert answer.json()["on"] is False
    assert len(answer.json()["switches"]) == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "input.invalid"),
        ({**SWITCH_ON, "region": "moon"}, "input.invalid"),
        ({**SWITCH_ON, "reason": ""}, "input.invalid"),
        ({"on": True, "reason": WHY}, "emotion.region_missing"),
        ({**SWITCH_ON, "confirmed": False}, "emotion.not_confirmed"),
    ],
)
def test_the_api_says_what_is_missing(
    allowed: None, site: Site, administrator: Client, body: dict[str, Any], code: str
) -> None:
    answer = administrator.post(_api(site), body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not EmotionSwitch.objects.exists()


def test_a_locked_site_refuses_its_counts(allowed: None, make_site: Any, administrator: Client) -> None:
    site = make_site(timezone="Europe/Rome")
    assert administrator.get("/api/v1/emotion-counts/").status_code == 200
    answer = administrator.get(f"/api/v1/emotion-counts/?site={site.pk}")
    assert (answer.status_code, answer.json()["code"]) == (403, "emotion.locked")
    assert administrator.get("/api/v1/emotion-counts/?site=nonsense").status_code == 400


def test_the_lab_reads_emotions_only_for_those_who_see_a_site_where_it_is_on(
    on: Site, declared: Any, admin_user: User, manager_user: User, department: Any, make_department: Any
) -> None:
    assert lock_for(admin_user) is None
    assert lock_for(manager_user) is None
    manager_user.managed_departments.set([make_department()])
    assert lock_for(manager_user) is not None
    declared("eu")
    assert lock_for(admin_user) is not None
