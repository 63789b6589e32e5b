"""From the shots of a session to photos of the person, and how far they are."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from faceroster import jobs, vision
from faceroster.coaching import shots
from faceroster.coaching.models import EnrolmentTicket
from faceroster.coaching.poses import ORDER
from faceroster.core.errors import Conflict
from faceroster.enrollment import storage
from faceroster.enrollment.codes import reason
from faceroster.enrollment.models import OPEN_STATUSES, EnrollmentPhoto, PhotoSource, PhotoStatus
from faceroster.enrollment.probes import probe_lent
from faceroster.enrollment.services import photo_add
from faceroster.people.models import Person

#: With fewer than all shots, for who cannot turn their head: so many are needed.
FEWEST = 3


def shots_store(ticket: EnrolmentTicket, *, fewer: bool = False) -> int:
    """Hand the shots to the pipeline of enrollment photos, all of them or none; returns how many.

    ``fewer``: staff say that :data:`FEWEST` must do. Storing again stores nothing more.

    Raises:
        Conflict: ``coaching.more_shots`` when shots are missing, ``coaching.warning_open`` while staff have
            not answered a warning.
        InvalidInput: as :func:`photo_add`; nothing is stored then.
    """
    with transaction.atomic():
        row = EnrolmentTicket.objects.select_for_update().get(pk=ticket.pk)
        if row.ended_at is not None:
            raise Conflict("coaching.ended", _("This enrollment is over. Please make a new code to go on."))
        stored = row.photos.count()
        if stored:
            return stored
        photos = _add_all(ticket, _pictures(ticket, fewer=fewer))
        row.photos.set(photos)
    shots.forget(ticket.pk)
    return len(photos)


def _pictures(ticket: EnrolmentTicket, *, fewer: bool) -> list[tuple[str, bytes]]:
    """(name, JPEG) of each shot."""
    state = shots.load(ticket.pk)
    if state.warning:
        raise Conflict("coaching.warning_open", _("Please answer the warning first."))
    found = [(shot.slot, shots.picture_get(ticket.pk, shot.slot)) for shot in state.shots]
    pictures = [(f"kiosk-{slot.value}.jpg", jpeg) for slot, jpeg in found if jpeg is not None]
    if len(pictures) < (FEWEST if fewer else len(ORDER)):
        raise Conflict("coaching.more_shots", _("There are not enough shots yet. Please go on."))
    return pictures


def _add_all(ticket: EnrolmentTicket, pictures: list[tuple[str, bytes]]) -> list[EnrollmentPhoto]:
    photos: list[EnrollmentPhoto] = []
    try:
        for name, jpeg in pictures:
            photos.append(
                photo_add(
                    person=ticket.person, data=jpeg, source=PhotoSource.WEBCAM, name=name, user=ticket.user
                )
            )
    except Exception:
        for photo in photos:  # the rows go with the transaction, the files do not
            storage.picture_delete(object_id=photo.pk)
        raise
    return photos


def progress(ticket: EnrolmentTicket) -> dict[str, Any]:
    """How far the stored photos are: ``{"of", "open", "accepted", "review", "rejected", "reasons"}``."""
    rows = list(ticket.photos.order_by("created_at").values_list("status", "codes"))
    statuses = [status for status, _codes in rows]
    return {
        "of": len(rows),
        "open": sum(status in OPEN_STATUSES for status in statuses),
        "accepted": statuses.count(PhotoStatus.ACCEPTED),
        "review": statuses.count(PhotoStatus.REVIEW),
        "rejected": statuses.count(PhotoStatus.REJECTED),
        "reasons": sorted({reason(code) for _status, codes in rows for code in codes}),
    }


def recognised(person: Person, frame: bytes, *, timeout: float) -> bool:
    """Whether a frame would be recognised as ``person`` at the door. Nothing is recorded.

    Raises WorkerError for a frame that cannot be judged, and as :func:`faceroster.jobs.ask`.
    """
    vision.check_picture(frame)
    with probe_lent(frame) as probe_id:
        found = jobs.ask("identify.search", probe_id, None, 1, timeout=timeout)
    return bool(found["person"] == str(person.pk))
