"""What the first start makes, and what a later one leaves alone."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from faceroster.enrollment import demo
from faceroster.rosters.models import Shift
from faceroster.rosters.selectors import plans_of
from faceroster.trust.models import SubjectKey
from faceroster.trust.services import subject_key_create
from workers import first_run


def test_the_root_key_is_made_once_and_for_its_owner_only(db: None, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "root.key"
    assert first_run.root_key_create(path)
    key = path.read_text()
    assert len(base64.urlsafe_b64decode(key)) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert not first_run.root_key_create(path)
    assert path.read_text() == key
    assert [file.name for file in path.parent.iterdir()] == ["root.key"]


def test_a_lost_root_key_is_never_made_anew_over_sealed_data(db: None, tmp_path: Path) -> None:
    subject_key_create()
    with pytest.raises(ImproperlyConfigured, match="is missing"):
        first_run.root_key_create(tmp_path / "root.key")
    assert SubjectKey.objects.count() == 1
    assert not (tmp_path / "root.key").exists()


def test_the_first_administrator_is_made_once(db: None) -> None:
    assert first_run.admin_create()
    assert first_run.admin_create() is None


def test_an_installation_may_do_without_the_demo(db: None, settings: Any, tmp_path: Path) -> None:
    settings.FACEROSTER = {**settings.FACEROSTER, "DEMO": True}
    settings.HOME = tmp_path
    assert first_run.demo_wanted()
    with mock.patch.object(demo, "FOLDER", tmp_path):
        assert not first_run.demo_wanted()
    (tmp_path / "demo-enrolled").touch()
    assert not first_run.demo_wanted()


def test_the_demos_people_have_shifts_unless_somebody_planned(db: None) -> None:
    people = [person for person, _ in demo.demo_people_create(timezone="Europe/Berlin")]
    first_run.demo_shifts_create(people)
    monday = date.fromisocalendar(*timezone.now().isocalendar()[:2], 1)
    plans = plans_of(people, first=monday, last=monday + timedelta(days=6))
    week = [monday + timedelta(days=day) for day in range(7)]
    worked = [[bool(plans[person.pk, day].shifts) for day in week] for person in people]
    assert worked == [[True] * 5 + [False] * 2] * len(people)
    first_run.demo_shifts_create(people)
    assert Shift.objects.count() == 1
