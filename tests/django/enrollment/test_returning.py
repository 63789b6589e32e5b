"""Who returns to the roster is compared with everyone who came meanwhile, before any kiosk knows them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from faceroster.enrollment import comparison, gallery, services
from faceroster.enrollment.models import EnrollmentPhoto, PhotoStatus, Reembedding, Template
from faceroster.people.models import Person
from faceroster.people.services import person_update
from faceroster.trust.models import Scope, User
from tests.django.enrollment.conftest import AddPhoto, DemoPhoto, RunJobs

MakePerson = Callable[..., Person]


@pytest.fixture
def away(add_photo: AddPhoto, demo_photo: DemoPhoto, run_jobs: RunJobs, person: Person) -> Person:
    """``person``, enrolled with two photos of the first demo human, and inactive."""
    for number in (1, 2):
        add_photo(demo_photo(0, number))
    run_jobs()
    assert person.templates.count() == 2
    return person_update(person=person, active=False)


@pytest.fixture
def second_name(
    away: Person, add_photo: AddPhoto, demo_photo: DemoPhoto, run_jobs: RunJobs, make_person: MakePerson
) -> Person:
    """The same human under another name, let in since nobody alike was active."""
    other = make_person(name="Second Name")
    add_photo(demo_photo(0, 3), to=other)
    run_jobs()
    assert other.templates.count() == 1
    return other


def statuses(person: Person) -> list[str]:
    return list(person.photos.order_by("created_at").values_list("status", flat=True))


def by_form(person: Person, user: User, api_token: Callable[..., str]) -> None:
    stale = Person.objects.get(pk=person.pk)
    stale.active = True
    stale.save()


def by_api(person: Person, user: User, api_token: Callable[..., str]) -> None:
    client = Client(headers={"Authorization": f"Token {api_token(user, *Scope.values)}"})
    answer = client.patch(f"/api/v1/people/{person.pk}/", {"active": True}, content_type="application/json")
    assert answer.status_code == 200


@pytest.mark.parametrize("enter", [by_form, by_api])
def test_one_human_is_not_known_under_two_names_after_a_return(
    enter: Callable[..., None],
    away: Person,
    second_name: Person,
    run_jobs: RunJobs,
    admin_user: User,
    api_token: Callable[..., str],
) -> None:
    enter(away, admin_user, api_token)
    with gallery.synced() as (faces, _):
        assert not list(faces.person_templates(str(away.pk))), "not before they were compared"
    run_jobs()
    assert statuses(away) == [PhotoStatus.REVIEW] * 2
    for photo in away.photos.all():
        assert (photo.codes, photo.similar_person) == ([comparison.DUPLICATE_PERSON], second_name)
    with gallery.synced() as (faces, _):
        assert not list(faces.person_templates(str(away.pk)))
        assert len(list(faces.person_templates(str(second_name.pk)))) == 1


def test_who_returns_is_known_again(away: Person, run_jobs: RunJobs) -> None:
    person_update(person=away, active=True)
    assert statuses(away) == [PhotoStatus.QUEUED] * 2
    assert not Template.objects.exists()
    run_jobs()
    assert statuses(away) == [PhotoStatus.ACCEPTED] * 2
    with gallery.synced() as (faces, _):
        assert len(list(faces.person_templates(str(away.pk)))) == 2
    assert not Reembedding.objects.exists()


def test_other_changes_check_nothing_again(away: Person, run_jobs: RunJobs) -> None:
    person_update(person=away, name="While Away")
    assert statuses(away) == [PhotoStatus.ACCEPTED] * 2
    person_update(person=away, active=True)
    run_jobs()
    templates = set(away.templates.values_list("pk", flat=True))
    person_update(person=away, name="Back Again")
    assert statuses(away) == [PhotoStatus.ACCEPTED] * 2
    assert set(away.templates.values_list("pk", flat=True)) == templates


def test_twins_who_were_told_apart_are_not_asked_about_again(
    away: Person,
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    make_person: MakePerson,
    admin_user: User,
) -> None:
    person_update(person=away, active=True)
    run_jobs()
    twin = make_person(name="Twin")
    photo = add_photo(demo_photo(0, 3), to=twin)
    run_jobs()
    services.photo_keep(photo=photo, user=admin_user, reason="twins")
    run_jobs()
    assert statuses(twin) == [PhotoStatus.ACCEPTED]
    person_update(person=away, active=False)
    person_update(person=away, active=True)
    run_jobs()
    assert statuses(away) == [PhotoStatus.ACCEPTED] * 2
    # Of a photo that was never in use nothing is decided yet.
    new = add_photo(demo_photo(0, 4), to=away)
    run_jobs()
    assert EnrollmentPhoto.objects.get(pk=new.pk).status == PhotoStatus.REVIEW
