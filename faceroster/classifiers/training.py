"""A worker's part: from a site's photos to a sealed classifier. One training at a time, whatever is asked.

It can be broken off anywhere: nothing counts before the one statement that makes it ready, and whoever
stops a training changes its row, which its worker looks at once a second.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster import jobs, vision
from faceroster.classifiers import storage
from faceroster.classifiers.models import Classifier, Stage, Status
from faceroster.classifiers.selectors import photos_of_strangers, photos_to_learn, roster_of
from faceroster.classifiers.services import TASK
from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.enrollment import gallery
from faceroster.enrollment import storage as pictures
from faceroster.enrollment.models import EnrollmentPhoto
from faceroster.trust.services import subject_key_create

logger = logging.getLogger(__name__)

PLAN = vision.ClassifierPlan()
#: A step between two looks at the row takes seconds; one that lasts so long has lost its worker.
LOST_AFTER = timedelta(minutes=3)
#: A message that nobody takes is sent again, not more often than this.
_RESEND = timedelta(minutes=5)
_ATTEMPTS = 2
_LOOK_EVERY = 1.0
_STRANGERS = 200


class _Ended(Exception):
    """The training was stopped, or is another worker's now."""


def classifier_train(*, classifier_id: UUID) -> None:
    """Train one from its beginning to its end. Running it twice at once trains once."""
    claim = _claim(classifier_id)
    if claim is not None:
        _run(claim)


def _run(claim: _Claim) -> None:
    try:
        _train(claim)
    except _Ended:
        logger.info("The training of classifier %s was ended", claim.classifier.pk)
    except (FaceRosterError, vision.ModelError) as error:
        claim.fail(error.code, error.message)
    _send_next()


@dataclass
class _Claim:
    """One worker's right to a training: whoever claims it later takes it away."""

    classifier: Classifier
    at: datetime
    looked: float = field(default=0.0)
    stage: str = ""

    @property
    def mine(self) -> Q:
        return Q(pk=self.classifier.pk, status=Status.TRAINING, claimed_at=self.at)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Write how far it is, once a second at most. Raises :class:`_Ended` when it is not ours any more."""
        now = time.monotonic()
        if stage == self.stage and now - self.looked < _LOOK_EVERY:
            return
        self.looked, self.stage, at = now, stage, timezone.now()
        changed = Classifier.objects.filter(self.mine).update(
            stage=stage, done=done, total=total, claimed_at=at
        )
        if not changed:
            raise _Ended
        self.at = at

    def fail(self, code: str, why: str) -> None:
        if Classifier.objects.filter(self.mine).update(
            status=Status.FAILED, code=code, why=why[:300], ended_at=timezone.now()
        ):
            logger.warning("Classifier %s was not trained: %s", self.classifier.pk, why)
            self.classifier.photos.clear()


@transaction.atomic
def _claim(classifier_id: UUID) -> _Claim | None:
    """Take a training and choose its photos; None when it is not to be had, or another one is under way."""
    # Who claims waits for who claims; and no photo goes, nor does the face model change, in between.
    gallery.state_lock()
    now = timezone.now()
    lost = Q(status=Status.TRAINING, claimed_at__lt=now - LOST_AFTER)
    if Classifier.objects.filter(status=Status.TRAINING).exclude(lost).exists():
        return None  # its worker sends for the next one
    taken = Classifier.objects.filter(Q(status=Status.QUEUED) | lost, pk=classifier_id).update(
        status=Status.TRAINING,
        stage=Stage.PHOTOS,
        model=vision.classifier_model(),
        claimed_at=now,
        attempts=F("attempts") + 1,
    )
    if not taken:
        return None
    classifier = Classifier.objects.select_related("site").get(pk=classifier_id)
    classifier.photos.set(photos_to_learn(roster_of(classifier.site)))
    return _Claim(classifier, now)


def _train(claim: _Claim) -> None:
    if problem := roster_of(claim.classifier.site).problem:  # it may have waited for long
        raise InvalidInput(*problem)
    photos = list(claim.classifier.photos.select_related("person__subject_key"))
    chips = _chips(photos, claim, Stage.PHOTOS)
    if len(chips) < 2:
        raise InvalidInput(
            "classifier.photos_missing",
            _("Of %(photos)s photos so many do not open that fewer than two people are left.")
            % {"photos": len(photos)},
        )
    trained = vision.classifier_train(chips, PLAN, claim.progress)
    _finish(claim, trained, _figures(claim, chips, trained, len(photos)))


def _chips(photos: list[EnrollmentPhoto], claim: _Claim, stage: Stage) -> dict[str, vision.Image]:
    """The faces by person (n, 150, 150, 3); a photo that does not open, or shows none now, is left out."""
    found: dict[str, list[vision.Image]] = defaultdict(list)
    for number, photo in enumerate(photos):
        claim.progress(stage, number, len(photos))
        try:
            data = pictures.picture_read(kind=pictures.PHOTO, person=photo.person, object_id=photo.pk)
            image = vision.decode(data)
        except (FaceRosterError, FileNotFoundError) as error:
            logger.warning("Photo %s is left out of a training: %s", photo.pk, error)
            continue
        faces = vision.engine().analyse([image], embed=False, largest=1, patient=True)[0]
        if faces:
            found[str(photo.person_id)].append(vision.classifier_chip(image, faces[0].face))
    return {person: np.stack(chips) for person, chips in found.items()}


def _figures(
    claim: _Claim, chips: dict[str, vision.Image], trained: vision.Classifier, photos: int
) -> dict[str, Any]:
    """What its row tells of it."""
    classifier = claim.classifier
    held_out = int(trained.about["photos_held_out_to_choose"])
    best = min(trained.history, key=lambda row: row["val_loss"]) if held_out else None
    unknown = photos_of_strangers(classifier, _STRANGERS)
    others = _chips(list(unknown.select_related("person__subject_key")), claim, Stage.STRANGERS)
    probabilities = trained.predict(np.concatenate(list(others.values()))) if others else np.zeros((0, 1))
    learned = sum(map(len, chips.values()))
    return {
        "people_count": len(chips),
        "photo_count": learned,
        "unreadable": photos - learned,
        "held_out": held_out,
        "accuracy": best["val_accuracy"] if best else None,
        "strangers": len(probabilities),
        "strangers_named": int((probabilities.max(axis=1, initial=0) >= classifier.threshold).sum()),
    }


@transaction.atomic
def _finish(claim: _Claim, trained: vision.Classifier, figures: dict[str, Any]) -> None:
    """Seal it and make it ready, unless it was ended, or went to another worker, in the meantime."""
    pk = claim.classifier.pk
    if not Classifier.objects.select_for_update().filter(claim.mine).exists():
        raise _Ended
    key = subject_key_create()
    storage.write(pk, key, trained)  # should the rest fail, its key is not kept: nobody could open it
    Classifier.objects.filter(claim.mine).update(
        status=Status.READY, key=key, stage="", ended_at=timezone.now(), **figures
    )


def _send_next() -> None:
    waiting = Classifier.objects.filter(status=Status.QUEUED).order_by("created_at").first()
    if waiting is not None:
        jobs.enqueue(TASK, str(waiting.pk))


def trainings_requeue_lost(*, all_claims: bool = False) -> int:
    """Send trainings again whose message or worker was lost; give up where every try ended so.

    ``all_claims``: treat every claim as lost, for a single process that has just started.
    """
    now = timezone.now()
    before = now if all_claims else now - LOST_AFTER
    lost = Q(status=Status.TRAINING, claimed_at__lte=before)
    for row in Classifier.objects.filter(lost, attempts__gte=_ATTEMPTS):
        _Claim(row, row.claimed_at or now).fail(
            "classifier.broken_off",
            _("Its worker was lost every time: out of memory, perhaps, or restarted."),
        )
    Classifier.objects.filter(lost).update(status=Status.QUEUED, queued_at=now - _RESEND)
    due = Classifier.objects.filter(status=Status.QUEUED, queued_at__lte=now if all_claims else now - _RESEND)
    first = due.order_by("created_at").first()
    if first is None or Classifier.objects.filter(status=Status.TRAINING).exists():
        return 0
    due.filter(pk=first.pk).update(queued_at=now)
    jobs.enqueue(TASK, str(first.pk))
    return 1
