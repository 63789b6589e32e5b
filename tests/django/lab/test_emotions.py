"""Emotions in the lab: nothing is computed where the lock does not allow it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.template.loader import render_to_string

from faceroster import jobs, vision
from faceroster.emotions.services import tagging_switch
from faceroster.enrollment.probes import probe_put
from faceroster.lab import looking, services
from faceroster.lab.emotions import emotion_lock
from faceroster.people.models import Site
from faceroster.trust.models import User
from tests.django.lab.conftest import Fragment
from tests.support.pictures import DemoPhoto

pytestmark = pytest.mark.django_db
HAPPY = dict(zip(vision.EMOTIONS, [0.01, 0.0, 0.02, 0.9, 0.05, 0.01, 0.01], strict=True))
TORN = dict(zip(vision.EMOTIONS, [0.1, 0.0, 0.1, 0.4, 0.3, 0.05, 0.05], strict=True))
Switch = Callable[..., Site]


@pytest.fixture
def switched_on(
    settings: Any, admin_user: User, make_site: Switch, monkeypatch: pytest.MonkeyPatch, card: Any
) -> Switch:
    """``switched_on(...)``: a site where emotion tagging is on, in an installation whose law allows it."""
    settings.FACEROSTER = {**settings.FACEROSTER, "EMOTION_REGION": "other"}
    monkeypatch.setattr(vision, "emotion_card", lambda: card)

    def make(**kwargs: Any) -> Site:
        site = make_site(timezone="America/New_York", **kwargs)
        given = {"user": admin_user, "reason": "A study", "region": "other", "confirmed": True}
        tagging_switch(site=site, on=True, **given)
        return site

    return make


def _look(user: User, data: bytes, **reading: Any) -> tuple[Fragment, mock.Mock]:
    """The fragment that ``user`` is answered with, and what was asked of the network."""
    picture = services.picture_checked(data)
    with mock.patch.object(vision, "read_emotions", **reading) as network:
        answer = looking.picture_look(probe_id=probe_put(picture.data), user_id=user.pk)
    with mock.patch.object(jobs, "ask", return_value=answer):
        seen = services.picture_look(user=user, picture=picture)
    return Fragment(render_to_string("lab/_faces.html", {"answer": seen, "user": user})), network


def test_locked_as_it_comes(staff_user: User, site: Site, demo_photo: DemoPhoto) -> None:
    page, network = _look(staff_user, demo_photo(0, 1))
    assert network.call_count == 0
    assert page.all("p", "data-lock") == ["emotion.locked"]
    assert "No emotion was read" in page.text
    assert "happy" not in page.text


def test_bars_where_it_is_allowed(staff_user: User, switched_on: Switch, demo_photo: DemoPhoto) -> None:
    switched_on()
    page, network = _look(staff_user, demo_photo(0, 1), return_value=[HAPPY])
    (_, faces), _ = network.call_args
    assert len(faces) == 1
    assert "Emotion: happy" in page.text
    assert "90 %" in page.text
    assert all(emotion in page.text for emotion in vision.EMOTIONS)
    assert not page.all("p", "data-lock")
    torn, _ = _look(staff_user, demo_photo(0, 1), return_value=[TORN])
    assert "Emotion: unsure" in torn.text


@pytest.mark.parametrize(
    ("zone", "words"), [("Europe/Paris", "European"), ("America/Lima", "not switched on")]
)
def test_one_site_without_it_locks_all(
    zone: str,
    words: str,
    staff_user: User,
    switched_on: Switch,
    make_site: Switch,
    demo_photo: DemoPhoto,
) -> None:
    switched_on()
    assert emotion_lock(staff_user) is None
    other = make_site(timezone=zone)
    page, network = _look(staff_user, demo_photo(0, 1))
    assert network.call_count == 0
    assert words in page.text
    assert other.name in page.text


def test_a_worker_heeds_the_lock_by_itself(
    staff_user: User, switched_on: Switch, settings: Any, demo_photo: DemoPhoto
) -> None:
    """And the page shows nothing that a worker read before the lock came."""
    switched_on()
    picture = services.picture_checked(demo_photo(0, 1))
    with mock.patch.object(vision, "read_emotions", return_value=[HAPPY]):
        read = looking.picture_look(probe_id=probe_put(picture.data), user_id=staff_user.pk)
    assert read["faces"][0]["emotions"]["happy"] == 0.9
    settings.FACEROSTER = {**settings.FACEROSTER, "EMOTION_REGION": "eu"}
    with mock.patch.object(jobs, "ask", return_value=read):
        [face] = services.picture_look(user=staff_user, picture=picture).picture.faces
    assert face.mood is None  # type: ignore[attr-defined]


def test_a_network_that_is_damaged_or_missing_takes_nothing_else_away(
    staff_user: User, switched_on: Switch, demo_photo: DemoPhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched_on()
    page, _ = _look(staff_user, demo_photo(0, 1), side_effect=vision.ModelError("damaged"))
    assert page.all("article", "data-decision") == ["unknown"]
    assert "could not be used" in page.text
    monkeypatch.setattr(vision, "emotion_card", lambda: None)
    page, network = _look(staff_user, demo_photo(0, 1))
    assert network.call_count == 0
    assert page.all("p", "data-lock") == ["model.missing"]
