"""The pages of classifiers: who may see and do what, and what they say."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from faceroster.classifiers import training
from faceroster.classifiers.models import Classifier, Status
from faceroster.classifiers.proposals import Word
from faceroster.classifiers.selectors import in_force as now_in_force
from faceroster.enrollment import services as photos
from faceroster.enrollment.models import EnrollmentPhoto
from faceroster.kiosks.models import Decision, Outcome
from faceroster.people.models import Person, Site
from tests.django.classifiers.conftest import Staff, Train

Jobs = list[tuple[Any, ...]]


def _url(name: str, site: Site) -> str:
    return reverse(f"classifiers:{name}", args=[site.pk])


def _text(client: Client, site: Site) -> str:
    answer = client.get(_url("site", site))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_from_a_click_to_a_site_that_asks_it_and_back(
    staff: Staff, site: Site, staff_client: Client, admin_client: Client, sent: Jobs, parrots: Any
) -> None:
    staff(2)
    [lacking] = staff(1, photos=1)
    page = _text(staff_client, site)
    assert "It would learn the 2 active people" in page
    assert f'1 person has fewer photos: <a class="fr-link" href="/admin/people/person/{lacking.pk}' in page
    answer = staff_client.post(_url("train", site), follow=True)
    assert "The training was sent off." in answer.content.decode()
    assert "Waiting for a worker" in answer.content.decode()
    row = Classifier.objects.get()
    training.classifier_train(classifier_id=row.pk)
    fragment = staff_client.get(_url("progress", site))
    assert fragment["HX-Refresh"] == "true"
    page = _text(staff_client, site)
    assert "75% of 4 photos" in page
    assert "0 of 1" in page
    assert "Switch to it" not in page, "staff train, administrators switch"
    assert "Switch to it" in _text(admin_client, site)
    assert (
        "from the next frame on"
        in admin_client.post(_url("switch", site), {"number": "1"}, follow=True).content.decode()
    )
    assert now_in_force(site) == row
    page = _text(admin_client, site)
    assert 'data-in-force="1"' in page
    assert f">{lacking.name}</a>" in page
    assert "1 person is not in the classifier yet and recognised by the gallery alone" in page
    assert (
        "the gallery and classifier no. 1" in staff_client.get(reverse("classifiers:sites")).content.decode()
    )
    admin_client.post(_url("switch", site), {"number": ""})
    assert now_in_force(site) is None
    assert "to the gallery alone, by alma" in _text(staff_client, site)


def test_a_refusal_is_in_words(staff: Staff, site: Site, staff_client: Client) -> None:
    staff(1)
    page = _text(staff_client, site)
    assert 'data-code="classifier.too_few_people"' in page
    assert "disabled>Train a classifier" in page
    answer = staff_client.post(_url("train", site), follow=True)
    assert "one person has so many" in answer.content.decode()
    assert not Classifier.objects.exists()


def test_progress_is_live_and_can_be_stopped(
    staff: Staff, site: Site, staff_client: Client, sent: Jobs
) -> None:
    staff(2)
    staff_client.post(_url("train", site))
    claim = training._claim(Classifier.objects.get().pk)
    assert claim is not None
    claim.progress("choosing", 3, 40)
    fragment = " ".join(staff_client.get(_url("progress", site)).content.decode().split())
    assert "on photos held out: epoch 3 of at most 40" in fragment
    assert 'hx-trigger="every 1s"' in fragment
    assert "The training was stopped." in staff_client.post(_url("stop", site), follow=True).content.decode()
    assert Classifier.objects.get().status == Status.STOPPED
    assert "No training is under way" in staff_client.post(_url("stop", site), follow=True).content.decode()


def test_staff_are_told_why_it_went(in_force: Classifier, site: Site, staff_client: Client) -> None:
    photos.photo_delete(photo=EnrollmentPhoto.objects.all()[0])
    page = _text(staff_client, site)
    assert "because the classifier went by itself. Photos that it had learned from were deleted." in page
    assert "since its classifier went" in staff_client.get(reverse("classifiers:sites")).content.decode()


@pytest.mark.parametrize(
    ("name", "method", "staff_may"),
    [
        ("site", "get", 200), ("progress", "get", 200), ("train", "post", 302), ("stop", "post", 302),
        ("switch", "post", 403),
    ],
)  # fmt: skip
def test_who_may(
    name: str, method: str, staff_may: int, site: Site, staff_client: Client, manager_client: Client
) -> None:
    url = _url(name, site)
    assert getattr(staff_client, method)(url).status_code == staff_may
    assert getattr(manager_client, method)(url).status_code == 403
    anonymous = getattr(Client(), method)(url)
    assert (anonymous.status_code, "login" in anonymous["Location"]) == (302, True)
    other = "post" if method == "get" else "get"
    assert getattr(staff_client, other)(url).status_code == 405


def test_what_is_not_there(in_force: Classifier, site: Site, admin_client: Client, trained: Train) -> None:
    for number in ("7", "x", "-1"):
        assert admin_client.post(_url("switch", site), {"number": number}).status_code == 404
    assert now_in_force(site) == in_force
    assert admin_client.get(reverse("classifiers:site", args=[uuid4()])).status_code == 404


def test_a_decision_shows_what_the_classifier_said(
    in_force: Classifier, site: Site, staff_client: Client
) -> None:
    ada = Person.objects.filter(department__site=site)[0]
    row = Decision.objects.create(
        site=site,
        outcome=Outcome.AMBIGUOUS,
        score=5.0,
        threshold=3.0,
        margin=1.0,
        score_kind="llr",
        model="dlib-resnet29@1",
        gallery_version=1,
        classified={
            "id": str(in_force.pk),
            "version": str(in_force),
            "word": Word.DISAGREES,
            "person": str(ada.pk),
            "probability": 0.97,
            "threshold": 0.5,
        },
    )
    page = staff_client.get(f"/admin/kiosks/decision/{row.pk}/change/").content.decode()
    assert f"{in_force}: {ada.name}, 0.970 (0.5 was needed); the gallery says otherwise" in page
