"""A site's classifier beside the gallery: it proposes somebody, and the gallery must come to the same.

A classifier names one of its people whoever comes, so it never decides: with its word a face is accepted
that would have been accepted without it, or is not. Whom it does not know yet the gallery knows alone.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

import numpy as np
from django.utils.translation import gettext_noop

from faceroster import vision
from faceroster.classifiers import storage
from faceroster.classifiers.models import Classifier
from faceroster.classifiers.selectors import in_force
from faceroster.classifiers.services import end
from faceroster.core.errors import FaceRosterError
from faceroster.people.models import Person, Site
from faceroster.trust.sealing import SealError

logger = logging.getLogger(__name__)
#: What no other try would mend.
_FOR_GOOD = ("sealed.damaged", "sealed.key_destroyed", "model.bad_classifier")


class Word(StrEnum):
    """What a classifier's proposal comes to beside the gallery's decision."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNSURE = "unsure"
    NOT_YET = "not_yet"  # whom the gallery names came after its training
    NOT_NEEDED = "not_needed"  # the gallery names nobody, and that is that
    NOT_ASKED = "not_asked"  # it could not be: the gallery decides as at any other site


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whom a classifier takes a face for. ``person``: an id, None for whom it may not propose any more.

    ``knows``: ids of all it was trained on. ``asked``: False when its file or its network failed.
    """

    classifier: UUID
    version: str
    threshold: float
    person: str | None = None
    probability: float = 0.0
    knows: frozenset[str] = frozenset()
    asked: bool = True


def propose(classifier: Classifier, image: vision.Image, face: vision.Face) -> Proposal:
    """Whom ``classifier`` takes a face of an RGB image for, if that person is still active."""
    about = Proposal(classifier.pk, str(classifier), classifier.threshold)
    trained = _loaded.get(classifier)
    if trained is None:
        return replace(about, asked=False)
    probabilities = trained.predict(vision.classifier_chip(image, face)[np.newaxis])[0]
    best = int(probabilities.argmax())
    label = trained.labels[best]
    # Who has left is proposed no more, and nobody else inherits what is theirs.
    still = Person.objects.filter(pk=UUID(label), active=True).exists()
    return replace(
        about,
        person=label if still else None,
        probability=float(probabilities[best]) if still else 0.0,
        knows=frozenset(trained.labels),
    )


def confirm(
    found: vision.Identification, proposal: Proposal | None
) -> tuple[vision.Identification, dict[str, Any]]:
    """The gallery's decision with the classifier's word, and what a decision keeps of it ({} without one).

    Only ever stricter: where the two do not agree the face is ambiguous.
    """
    if proposal is None:
        return found, {}
    word = _word(found, proposal)
    if word in (Word.DISAGREES, Word.UNSURE):
        found = replace(found, decision=vision.Decision.AMBIGUOUS, person=None)
    return found, {
        "id": str(proposal.classifier),
        "version": proposal.version,
        "word": word.value,
        "person": proposal.person,
        "probability": round(proposal.probability, 4),
        "threshold": proposal.threshold,
    }


def _word(found: vision.Identification, proposal: Proposal) -> Word:
    if not proposal.asked:
        return Word.NOT_ASKED
    if found.person is None:
        return Word.NOT_NEEDED
    if found.person not in proposal.knows:
        return Word.NOT_YET
    if proposal.probability < proposal.threshold:
        return Word.UNSURE
    return Word.AGREES if proposal.person == found.person else Word.DISAGREES


class _Loaded:
    """This process's opened classifiers: of each site the one in force, loaded once, under a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_site: dict[UUID, tuple[UUID, vision.Classifier]] = {}

    def get(self, classifier: Classifier) -> vision.Classifier | None:
        """None when it cannot be opened. One that never will be is retired, and staff are told."""
        held = self._of_site.get(classifier.site_id)
        if held is not None and held[0] == classifier.pk:
            return held[1]
        with self._lock:
            held = self._of_site.get(classifier.site_id)
            if held is None or held[0] != classifier.pk:
                self._of_site.pop(classifier.site_id, None)
                try:
                    assert classifier.key is not None  # ready, so it has one
                    trained = storage.read(classifier.pk, classifier.key)
                    trained.predict(np.zeros((1, 150, 150, 3), np.uint8))  # traced before a face waits for it
                except (FaceRosterError, FileNotFoundError, vision.ModelError) as error:
                    self._failed(classifier, error)
                    return None
                held = self._of_site[classifier.site_id] = (classifier.pk, trained)
            return held[1]

    def _failed(self, classifier: Classifier, error: Exception) -> None:
        logger.error("%s cannot be asked: %s", classifier, error)
        code = getattr(error, "code", "")
        if isinstance(error, SealError | vision.ModelError) and code in _FOR_GOOD:
            end(
                classifier.pk,
                code="classifier.unreadable",
                why=gettext_noop("Its file does not open any more."),
            )

    def drop(self, site_id: UUID) -> None:
        if site_id in self._of_site:  # no other site's faces wait while one is loaded
            with self._lock:
                self._of_site.pop(site_id, None)

    def clear(self) -> None:
        with self._lock:
            self._of_site.clear()


_loaded = _Loaded()


def classifier_at(site: Site) -> Classifier | None:
    """The one that ``site`` is switched to now, if any."""
    classifier = in_force(site)
    if classifier is None:
        _loaded.drop(site.pk)  # what was retired does not stay in memory either
    return classifier


def warm_up() -> None:
    """Load what is in force, so that the first face does not wait for it."""
    for site in Site.objects.filter(classifier_switches__isnull=False).distinct():
        if (classifier := in_force(site)) is not None:
            _loaded.get(classifier)


def forget() -> None:
    """Drop what this process holds; the next face loads it anew."""
    _loaded.clear()
