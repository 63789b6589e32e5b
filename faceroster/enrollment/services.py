"""Adding, deleting and reviewing enrollment photos."""

from __future__ import annotations

import hashlib
import hmac
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from faceroster import jobs, vision
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.enrollment import gallery, storage
from faceroster.enrollment.models import EnrollmentPhoto, ImportRun, PhotoSource, PhotoStatus
from faceroster.people.models import Person
from faceroster.trust import sealing
from faceroster.trust.models import User


def picture_digest(data: bytes) -> str:
    """A keyed hash: finds the same file again, and tells nothing to one who lacks the root key."""
    return hmac.new(sealing.derived_key("photo-digest"), data, hashlib.sha256).hexdigest()


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
    """
    if not person.active:
        raise InvalidInput("person.inactive", f"{person.name} is not active, so photos cannot be added.")
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
    return InvalidInput("photo.already_there", f"{person.name} already has this very photo.")


def photo_delete(*, photo: EnrollmentPhoto) -> None:
    """Remove a photo, its template and its files. The index follows through the change log."""
    with transaction.atomic():
        gallery.state_lock()  # a worker that is just accepting it finishes first, or finds it gone
        photo.delete()  # signals.py sees to the files and the log, for every way a row can go


def photo_keep(*, photo: EnrollmentPhoto, user: User) -> None:
    """Staff say that this is another human than the one it resembles: process it, and ask no more.

    Raises:
        Conflict: ``photo.not_in_review``.
    """
    _leave_review(photo, status=PhotoStatus.QUEUED, codes=[], user=user)


def photo_refuse(*, photo: EnrollmentPhoto, user: User) -> None:
    """Staff say that this photo does not belong to this person. Raises Conflict ``photo.not_in_review``."""
    _leave_review(photo, status=PhotoStatus.REJECTED, codes=["photo.refused"], user=user)


@transaction.atomic
def _leave_review(photo: EnrollmentPhoto, *, status: PhotoStatus, codes: list[str], user: User) -> None:
    changed = EnrollmentPhoto.objects.filter(pk=photo.pk, status=PhotoStatus.REVIEW).update(
        status=status, codes=codes, reviewed_by=user, queued_at=timezone.now(), attempts=0
    )
    if not changed:
        raise Conflict("photo.not_in_review", "This photo is not waiting for review any more.")
    if status == PhotoStatus.QUEUED:
        jobs.enqueue("enroll.photo", str(photo.pk))
