"""Adding, deleting and reviewing enrollment photos."""

from __future__ import annotations

import hashlib
import hmac
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster import jobs, vision
from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.consents.services import MISSING, consent_check
from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.enrollment import gallery, storage
from faceroster.enrollment.models import (
    EnrollmentPhoto,
    ImportRun,
    PhotoReview,
    PhotoSource,
    PhotoStatus,
    Reembedding,
    ReviewDecision,
)
from faceroster.people.models import Person
from faceroster.trust.models import User
from faceroster.trust.purposes import purpose_key
from faceroster.trust.rights import may

#: The right to use a photo that looks like somebody else's. Administrators have it, staff do not: who
#: enrolls people should not be the one who lets one human in under two names.
OVERRIDE = "enrollment.override_review"


def picture_digest(data: bytes) -> str:
    """A keyed hash: finds the same file again, and tells nothing to one who lacks the root key."""
    return hmac.new(purpose_key("photo-digest"), data, hashlib.sha256).hexdigest()


def photo_add(
    *,
    person: Person,
    data: bytes,
    source: PhotoSource,
    name: str = "",
    user: User | None = None,
    import_run: ImportRun | None = None,
) -> EnrollmentPhoto:
    """Check that ``data`` is a picture, seal it, store it and queue it for the workers.

    The picture is written anew as JPEG, upright and without metadata; nothing of the file as it came
    is kept.

    Raises:
        InvalidInput: an ``image.*`` code, ``photo.already_there`` or ``person.inactive``.
        Conflict: ``consent.missing``.
    """
    if not person.active:
        raise InvalidInput(
            "person.inactive", _("%(name)s is not active, so photos cannot be added.") % {"name": person.name}
        )
    consent_check(person)
    digest = picture_digest(data)
    if _has_photo(person, digest):
        raise _already_there(person)
    image = vision.shrink(vision.decode(data), settings.FACEROSTER["PHOTO_MAX_SIDE"])
    photo_id = uuid4()
    storage.picture_write(
        kind=storage.PHOTO, person=person, object_id=photo_id, data=vision.encode_jpeg(image)
    )
    try:
        with transaction.atomic():
            photo = EnrollmentPhoto.objects.create(
                id=photo_id,
                person=person,
                source=source,
                original_name=name[:255],
                width=image.shape[1],
                height=image.shape[0],
                digest=digest,
                uploaded_by=user,
                import_run=import_run,
            )
            record(Action.PHOTO_ADDED, by=user, subject=photo, details={"source": source})
            jobs.enqueue("enroll.photo", str(photo.id))
    except Exception as error:
        storage.picture_delete(object_id=photo_id)  # nothing half stored
        if isinstance(error, IntegrityError) and _has_photo(person, digest):
            raise _already_there(person) from error  # the same file, a moment ago, by another request
        raise
    return photo


def _has_photo(person: Person, digest: str) -> bool:
    return EnrollmentPhoto.objects.filter(person=person, digest=digest).exists()


def _already_there(person: Person) -> InvalidInput:
    return InvalidInput(
        "photo.already_there", _("%(name)s already has this very photo.") % {"name": person.name}
    )


def photo_delete(*, photo: EnrollmentPhoto) -> None:
    """Remove a photo, its template and its files. The index follows through the change log."""
    with transaction.atomic():
        gallery.state_lock()  # a worker that is just accepting it finishes first, or finds it gone
        photo.delete()  # signals.py sees to the files and the log, for every way a row can go


@transaction.atomic
def photos_check_again(*, person: Person) -> None:
    """Compare the accepted photos of one who returns with everybody anew; none is used before that.

    Nobody was compared with this person while they were away: the same human may have been enrolled
    under another name meanwhile. The same goes for who consents again; photos that only lacked a consent
    get their turn with the others.
    """
    gallery.state_lock()
    person.templates.all().delete()  # the index follows through the change log
    refused = Q(status=PhotoStatus.REJECTED, codes=[MISSING])
    photos = EnrollmentPhoto.objects.filter(Q(status=PhotoStatus.ACCEPTED) | refused, person=person)
    ids = list(photos.order_by("created_at").values_list("pk", flat=True))
    Reembedding.objects.filter(photo__in=ids).delete()  # asked for again when they are accepted
    EnrollmentPhoto.objects.filter(pk__in=ids).update(
        status=PhotoStatus.QUEUED, codes=[], queued_at=timezone.now(), attempts=0
    )
    for photo_id in ids:
        jobs.enqueue("enroll.photo", str(photo_id))


def photo_keep(*, photo: EnrollmentPhoto, user: User, reason: str) -> None:
    """Use a photo that the checks have stopped: it is looked at again, and not stopped for the same again.

    Only for the person it looked like: where it also looks like somebody else, it waits once more.

    Raises:
        NotAllowed: ``photo.override_not_allowed`` for a user without the right :data:`OVERRIDE`.
        InvalidInput: ``photo.reason_missing``.
        Conflict: ``photo.not_in_review``.
    """
    if not may(user, OVERRIDE):
        raise NotAllowed(
            "photo.override_not_allowed",
            _("Only administrators may use a photo that the checks have stopped."),
        )
    if not reason.strip():
        raise InvalidInput("photo.reason_missing", _("Please say why the photo may be used."))
    _leave_review(photo, ReviewDecision.KEPT, user=user, reason=reason)


def photo_refuse(*, photo: EnrollmentPhoto, user: User, reason: str = "") -> None:
    """Staff say that this photo does not belong to this person. Raises Conflict ``photo.not_in_review``."""
    _leave_review(photo, ReviewDecision.REFUSED, user=user, reason=reason)


@transaction.atomic
def _leave_review(photo: EnrollmentPhoto, decision: ReviewDecision, *, user: User, reason: str) -> None:
    row = EnrollmentPhoto.objects.select_for_update().filter(pk=photo.pk, status=PhotoStatus.REVIEW).first()
    if row is None:
        raise Conflict("photo.not_in_review", _("This photo is not waiting for review any more."))
    PhotoReview.objects.create(
        photo=row,
        person_id=row.person_id,
        other_person_id=row.similar_person_id,
        other_photo_id=row.similar_photo_id,
        codes=row.codes,
        similarity=row.similarity,
        decision=decision,
        reason=reason.strip()[:300],
        decided_by=user,
    )
    kept = decision == ReviewDecision.KEPT
    record(
        Action.PHOTO_KEPT if kept else Action.PHOTO_REFUSED,
        by=user,
        subject=row,
        details={"reason": reason.strip(), "codes": row.codes, "resembled": str(row.similar_person_id or "")},
    )
    EnrollmentPhoto.objects.filter(pk=row.pk).update(
        status=PhotoStatus.QUEUED if kept else PhotoStatus.REJECTED,
        codes=[] if kept else ["photo.refused"],
        reviewed_by=user,
        queued_at=timezone.now(),
        attempts=0,
    )
    if kept:
        jobs.enqueue("enroll.photo", str(row.pk))
