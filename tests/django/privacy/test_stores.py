"""No store is forgotten: every model with a key to a person, or to their photo, is answered for."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from faceroster.enrollment.models import EnrollmentPhoto
from faceroster.kiosks.models import Decision
from faceroster.people.models import Person
from faceroster.privacy.models import Erasure
from faceroster.privacy.stores import stores


def _pointing_at(target: type[models.Model]) -> set[str]:
    """Labels of all models with a foreign key, or a list of keys, to ``target``."""
    return {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        for field in [*model._meta.concrete_fields, *model._meta.local_many_to_many]
        if field.related_model is target and not model._meta.proxy and model._meta.managed
    }


def test_every_model_about_people_is_in_a_store() -> None:
    answered = {label for store in stores() for label in store.models}
    assert _pointing_at(Person) == answered


@pytest.mark.parametrize(
    ("target", "known"),
    [
        (
            EnrollmentPhoto,
            {
                "enrollment.EnrollmentPhoto",
                "enrollment.PhotoReview",
                "enrollment.Template",
                "enrollment.Reembedding",
                "classifiers.Classifier",
                "classifiers.Classifier_photos",
                "coaching.EnrolmentTicket",
                "coaching.EnrolmentTicket_photos",
            },
        ),
        (
            Decision,
            {"kiosks.FalseAccept", "kiosks.DecisionCrop", "attendance.Punch", "attendance.Resolution"},
        ),
    ],
)
def test_and_what_hangs_on_their_photos_and_recognitions_is_known(
    target: type[models.Model], known: set[str]
) -> None:
    assert _pointing_at(target) == known


def test_a_model_without_a_store_is_noticed() -> None:
    """What the test above rests on: it sees a model that nobody has registered."""
    assert Erasure._meta.label in _pointing_at(Person)
    assert "people.Site" not in _pointing_at(Person)
