"""What a worker does with one photo: claim, look, compare with everyone, accept or say what is wrong."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from faceroster import jobs, vision
from faceroster.consents.selectors import has_consent
from faceroster.consents.services import MISSING
from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.enrollment import comparison, gallery, storage, switching
from faceroster.enrollment.models import EnrollmentPhoto, PhotoStatus

logger = logging.getLogger(__name__)
_SWEEP_AT_MOST = 200


def photo_process(*, photo_id: UUID) -> None:
    """Bring one photo to an end. Running it twice, or on a photo that is gone or done, does nothing."""
    claimed_at = _claim(photo_id)
    if claimed_at is None:
        return
    photo = EnrollmentPhoto.objects.select_related("person__subject_key").filter(pk=photo_id).first()
    if photo is not None:
        _look(photo, claimed_at)
    if not EnrollmentPhoto.objects.filter(pk=photo_id).exists():
        storage.picture_delete(object_id=photo_id)  # deleted while it was in work: its crop goes too


def _look(photo: EnrollmentPhoto, claimed_at: datetime) -> None:
    if not has_consent(photo.person):  # it ended while the photo was waiting
        _finish(photo, claimed_at, status=PhotoStatus.REJECTED, codes=[MISSING])
        return
    try:
        image = vision.decode(
            storage.picture_read(kind=storage.PHOTO, person=photo.person, object_id=photo.id)
        )
        with vision.friendly_errors():
            analysis = vision.engine().analyse_photo(image)
        storage.picture_write(
            kind=storage.CROP,
            person=photo.person,
            object_id=photo.id,
            data=vision.encode_jpeg(vision.engine().chip(image, analysis.face)),
        )
    except InvalidInput as error:
        _finish(photo, claimed_at, status=PhotoStatus.REJECTED, codes=[error.code])
    except (FaceRosterError, FileNotFoundError):
        logger.exception("Photo %s cannot be opened", photo.pk)
        _finish(photo, claimed_at, status=PhotoStatus.REJECTED, codes=["photo.unreadable"])
    else:
        _judge(photo, claimed_at, analysis, vision.fingerprint(image, analysis.face))


def _claim(photo_id: UUID) -> datetime | None:
    """Take the photo for this worker. None when another has it, or it is done."""
    now = timezone.now()
    mine = EnrollmentPhoto.objects.filter(pk=photo_id).filter(
        Q(status=PhotoStatus.QUEUED) | Q(status=PhotoStatus.PROCESSING, claimed_at__lt=now - _lost_after())
    )
    taken = mine.update(status=PhotoStatus.PROCESSING, claimed_at=now, attempts=F("attempts") + 1)
    return now if taken else None


def _lost_after() -> timedelta:
    return timedelta(seconds=settings.FACEROSTER["PHOTO_LOST_AFTER_SECONDS"])


def _judge(
    photo: EnrollmentPhoto, claimed_at: datetime, analysis: vision.Analysis, fingerprint: bytes
) -> None:
    quality = analysis.quality
    photo.quality, photo.measures = quality.score, dict(quality.measures)
    if not quality.acceptable:
        _finish(photo, claimed_at, status=PhotoStatus.REJECTED, codes=list(quality.codes))
        return
    assert analysis.embedding is not None  # analyse_photo always embeds
    with transaction.atomic():
        # From the look at the others to the new template nobody else may add one: two workers with
        # the same human under two names must not both find the gallery free of them.
        gallery.state_lock()
        if not has_consent(photo.person):  # whoever ends one waits for this lock, or had it before
            _finish(photo, claimed_at, status=PhotoStatus.REJECTED, codes=[MISSING])
            return
        with gallery.synced(analysis.embedding.model) as (faces, _):
            found = comparison.objection(faces, photo, vision.rotate(analysis.embedding.vector), fingerprint)
        if found is None:
            _accept(photo, claimed_at, analysis.embedding, fingerprint)
            return
        photo.similar_person_id, photo.similarity = found.other_person_id, found.similarity
        photo.similar_photo_id = found.other_photo_id
        _finish(photo, claimed_at, status=found.status, codes=[found.code])


def _accept(
    photo: EnrollmentPhoto, claimed_at: datetime, embedding: vision.Embedding, fingerprint: bytes
) -> None:
    photo.fingerprint = comparison.fingerprint_seal(photo, fingerprint)
    if not _finish(photo, claimed_at, status=PhotoStatus.ACCEPTED, codes=[]):
        return
    gallery.template_add(photo, embedding)
    switching.photo_accepted(photo, embedding.model)


def _finish(photo: EnrollmentPhoto, claimed_at: datetime, *, status: PhotoStatus, codes: list[str]) -> bool:
    """Write the result, unless the photo went to another worker, or away, in the meantime."""
    return bool(
        EnrollmentPhoto.objects.filter(
            pk=photo.pk, status=PhotoStatus.PROCESSING, claimed_at=claimed_at
        ).update(
            status=status,
            codes=codes,
            quality=photo.quality,
            measures=photo.measures,
            similar_person=photo.similar_person_id,
            similar_photo=photo.similar_photo_id,
            similarity=photo.similarity,
            fingerprint=photo.fingerprint,
            processed_at=timezone.now(),
        )
    )


def photos_requeue_lost(*, all_claims: bool = False) -> int:
    """Send photos again whose message or worker was lost; give up on one that kills its workers.

    ``all_claims``: treat every claim as lost, for a single process that has just started.
    """
    now = timezone.now()
    before = now if all_claims else now - _lost_after()
    lost = Q(status=PhotoStatus.PROCESSING, claimed_at__lte=before)
    EnrollmentPhoto.objects.filter(lost, attempts__gte=settings.FACEROSTER["PHOTO_ATTEMPTS"]).update(
        status=PhotoStatus.REJECTED, codes=["photo.processing_failed"], processed_at=now
    )
    EnrollmentPhoto.objects.filter(lost).update(status=PhotoStatus.QUEUED, queued_at=before)
    waiting = EnrollmentPhoto.objects.filter(status=PhotoStatus.QUEUED, queued_at__lte=before)
    ids = list(waiting.order_by("created_at").values_list("pk", flat=True)[:_SWEEP_AT_MOST])
    EnrollmentPhoto.objects.filter(pk__in=ids).update(queued_at=now)
    for photo_id in ids:
        jobs.enqueue("enroll.photo", str(photo_id))
    return len(ids)
