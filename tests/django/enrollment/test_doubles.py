"""`manage.py duplicates` finds who was enrolled twice before anything looked for that."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from faceroster.enrollment import comparison, gallery, services
from faceroster.enrollment.models import EnrollmentPhoto, GalleryChange, PhotoStatus
from faceroster.people.models import Person
from faceroster.trust.models import SubjectKey, User
from tests.django.enrollment.conftest import AddPhoto, DemoPhoto, RunJobs


@pytest.fixture
def roster(
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    person: Person,
    make_person: Callable[..., Person],
    monkeypatch: pytest.MonkeyPatch,
) -> list[Person]:
    """Three people as an older version left them: the third is the first under another name."""
    people = [person, make_person(name="Some One"), make_person(name="Double Ganger")]
    with monkeypatch.context() as patch:
        patch.setattr(comparison, "objection", lambda *args: None)
        for owner, human, number in ((0, 0, 1), (0, 0, 3), (1, 1, 1), (1, 1, 2), (2, 0, 4)):
            add_photo(demo_photo(human, number), to=people[owner])
        run_jobs()
    assert EnrollmentPhoto.objects.filter(status=PhotoStatus.ACCEPTED).count() == 5
    return people


def _command(*args: str) -> str:
    out = StringIO()
    call_command("duplicates", *args, stdout=out)
    return out.getvalue()


def _json(*args: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _command("--json", *args).splitlines()]


def test_one_human_under_two_names_is_listed_and_nothing_is_changed(roster: list[Person]) -> None:
    before = list(EnrollmentPhoto.objects.order_by("pk").values())
    changes = GalleryChange.objects.count()
    first, _, double = roster
    (pair,) = _json()
    named = {one["id"]: one["name"] for one in pair["people"]}
    assert named == {str(first.pk): first.name, str(double.pk): double.name}
    assert pair["score"] >= pair["threshold"]
    assert (pair["score_kind"], pair["decided"]) == ("llr", False)
    assert 0.9 < pair["similarity"] <= 1
    told = _command()
    assert told.startswith("3 people compared")
    assert double.employee_number in told
    assert "1 may be one human under two names" in told
    assert list(EnrollmentPhoto.objects.order_by("pk").values()) == before
    assert GalleryChange.objects.count() == changes


def test_the_pair_is_the_one_that_enrollment_would_have_stopped(
    roster: list[Person], run_jobs: RunJobs
) -> None:
    (pair,) = _json()
    photo = EnrollmentPhoto.objects.get(person=roster[2])
    photo.templates.all().delete()
    EnrollmentPhoto.objects.filter(pk=photo.pk).update(status=PhotoStatus.QUEUED, attempts=0)
    run_jobs()
    photo.refresh_from_db()
    assert (photo.codes, photo.similar_person) == ([comparison.DUPLICATE_PERSON], roster[0])
    assert photo.similarity == pytest.approx(pair["similarity"], abs=0.05)


def test_who_was_decided_about_and_who_left_is_not_listed(
    roster: list[Person], admin_user: User, run_jobs: RunJobs
) -> None:
    photo = EnrollmentPhoto.objects.get(person=roster[2])
    EnrollmentPhoto.objects.filter(pk=photo.pk).update(
        status=PhotoStatus.REVIEW, codes=[comparison.DUPLICATE_PERSON], similar_person=roster[0]
    )
    services.photo_keep(photo=photo, user=admin_user, reason="twins")
    assert _json() == []
    assert "1 left out" in _command()
    (pair,) = _json("--all")
    assert pair["decided"]
    assert "decided" in _command("--all")
    roster[2].active = False
    roster[2].save()
    assert _json("--all") == []
    assert _command().startswith("2 people compared")


def test_an_empty_roster_is_no_error(db: None) -> None:
    assert "Nobody seems to be there under two names." in _command()
    assert _json() == []


def test_what_cannot_be_opened_is_said_in_words(roster: list[Person]) -> None:
    gallery.forget()
    SubjectKey.objects.update(root_key_id="another")
    with pytest.raises(CommandError, match=r"sealed\.wrong_root_key"):
        _command()


def test_without_a_root_key_it_says_what_is_missing(roster: list[Person], settings: Any) -> None:
    gallery.forget()
    settings.FACEROSTER_ROOT_KEY, settings.FACEROSTER_ROOT_KEY_FILE = "", None
    with pytest.raises(CommandError, match="FACEROSTER_ROOT_KEY"):
        _command()
