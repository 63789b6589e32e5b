"""Where counts are shown: over groups, at the sites that one may see, and never about one person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from faceroster.emotions.models import EmotionDay
from faceroster.emotions.services import days_tell
from faceroster.emotions.tally import groups
from faceroster.people.models import Department, Person, Site
from faceroster.trust.models import Scope, User
from tests.django.emotions.conftest import DAY, ENDS_AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Callable[..., EmotionDay]:
    """``told(site, happy=12, sad=14)``: a day that is over."""

    def make(site: Site, back: int = 0, **counts: int) -> EmotionDay:
        total = sum(counts.values())
        return EmotionDay.objects.create(
            site=site,
            day=DAY - timedelta(days=back),
            ends_at=ENDS_AT,
            told_at=ENDS_AT,
            least=10,
            people=total if total >= 10 else None,
            groups=groups(counts, 10),
        )

    return make


@pytest.fixture
def manager(manager_user: User, api_token: Callable[..., str]) -> Client:
    """Of a department at ``site``, with a token of all scopes."""
    return Client(headers={"Authorization": f"Token {api_token(manager_user, *Scope.values)}"})


def test_a_manager_sees_counts_of_groups_and_no_one(
    on: Site, told: Any, person: Person, manager_client: Client, manager: Client
) -> None:
    told(on, happy=12, sad=14, angry=1)
    told(on, back=1, happy=9)
    told(on, back=2, happy=9, sad=4)
    page = manager_client.get("/reports/emotions/").text
    for words in (
        '<strong class="number">14</strong>',
        '<strong class="number">13</strong>',
        "27 people",
        "fewer than 10 people",
        "13 people, too few to tell groups of at least 10 apart",
    ):
        assert words in page
    assert '<strong class="number">1</strong>' not in page
    assert '<strong class="number">9</strong>' not in page
    assert person.name not in page
    assert person.employee_number not in page
    answer = manager.get("/api/v1/emotion-counts/")
    assert answer.status_code == 200
    first, second, third = answer.json()["results"]
    assert (first["site"]["name"], first["day"], first["people"], first["least"]) == (
        "Harbour", "2026-11-18", 27, 10,
    )  # fmt: skip
    assert [(group["emotions"][0], group["people"]) for group in first["groups"]] == [
        ("sad", 14),
        ("angry", 13),
    ]
    assert (second["people"], second["groups"]) == (None, [])
    assert (third["people"], third["groups"]) == (13, [])
    assert set(first) == {"site", "day", "least", "people", "groups", "told_at"}


def test_a_day_that_is_not_over_is_on_no_page(
    on: Site,
    department: Department,
    make_person: Any,
    punched: Any,
    manager_client: Client,
    manager: Client,
    freeze: Any,
) -> None:
    for number in range(22):
        punched(on, make_person(department=department), "happy" if number % 2 else "sad")
    assert "No day has been told yet" in manager_client.get("/reports/emotions/").text
    assert manager.get("/api/v1/emotion-counts/").json()["count"] == 0
    freeze(ENDS_AT)
    days_tell()
    assert "22 people" in manager_client.get("/reports/emotions/").text
    [day] = manager.get("/api/v1/emotion-counts/").json()["results"]
    assert [group["people"] for group in day["groups"]] == [11, 11]


def test_other_sites_do_not_exist_for_a_manager(
    on: Site, told: Any, make_site: Any, manager_client: Client, manager: Client, staff_client: Client
) -> None:
    other = make_site(name="Elsewhere", timezone="Asia/Tokyo")
    told(other, happy=50, sad=40)
    assert manager_client.get(f"/reports/emotions/?site={other.pk}").status_code == 404
    assert "Elsewhere" not in manager_client.get("/reports/emotions/").text
    assert manager.get("/api/v1/emotion-counts/").json()["count"] == 0
    assert manager.get(f"/api/v1/emotion-counts/?site={other.pk}").json()["count"] == 0
    assert "90 people" in staff_client.get(f"/reports/emotions/?site={other.pk}").text


def test_counts_are_filtered_by_site_and_day(on: Site, told: Any, make_site: Any, manager: Client) -> None:
    told(on, happy=20, sad=20)
    told(on, back=1, happy=20, sad=20)
    for query, count in ((f"site={on.pk}", 2), ("day=2026-11-17", 1), ("day=2026-11-01", 0)):
        assert manager.get(f"/api/v1/emotion-counts/?{query}").json()["count"] == count
    assert manager.get("/api/v1/emotion-counts/?day=never").status_code == 400


def test_what_is_locked_is_said_and_not_shown(
    on: Site, told: Any, manager_client: Client, settings: Any
) -> None:
    told(on, happy=31, sad=32)
    assert "63 people" in manager_client.get("/reports/emotions/").text
    assert 'href="/reports/emotions/"' in manager_client.get("/reports/today/").text
    on.timezone = "Europe/Paris"
    on.save()
    page = manager_client.get("/reports/emotions/").text
    assert "emotion.locked" in page
    assert "Article 5(1)(f)" in page
    assert "63 people" not in page
    settings.FACEROSTER = {**settings.FACEROSTER, "EMOTION_REGION": "eu"}
    assert "law of the European Union" in manager_client.get("/reports/emotions/").text
    assert 'href="/reports/emotions/"' not in manager_client.get("/reports/today/").text


def test_days_that_were_told_stay_after_it_is_switched_off(
    on: Site, told: Any, switch: Any, manager_client: Client
) -> None:
    told(on, happy=31, sad=32)
    switch(on, on=False)
    page = manager_client.get("/reports/emotions/").text
    assert "switched off at this site" in page
    assert "63 people" in page
