"""Classifiers over enrolled people: their faces, their training, and how they are kept."""

from __future__ import annotations

from collections.abc import Mapping

from faceroster.core.errors import InvalidInput
from recognition import alignment, classifier, models
from recognition.classifier import packing
from recognition.errors import TrainingError
from recognition.types import Face, Image

Classifier = classifier.Classifier
ClassifierPlan = classifier.Plan
classifier_pack = packing.to_bytes
classifier_unpack = packing.from_bytes


def classifier_model() -> str:
    """name@version of the face network that every classifier is built on."""
    return models.DLIB_RESNET29.key


def classifier_chip(image: Image, face: Face) -> Image:
    """A face out of an RGB image as a classifier takes it: uint8 (150, 150, 3)."""
    return alignment.embedder_chip(image, face.landmarks, models.DLIB_RESNET29.template)


def classifier_train(
    chips: Mapping[str, Image], plan: ClassifierPlan, progress: classifier.Progress
) -> Classifier:
    """See :func:`recognition.classifier.train`, for chips as of :func:`classifier_chip`.

    Raises :class:`InvalidInput` ``training.*``, :class:`ModelError`, and what ``progress`` raises.
    """
    try:
        return classifier.train(chips, plan, progress=progress)
    except TrainingError as error:
        raise InvalidInput(error.code, error.message) from error
