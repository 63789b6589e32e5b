"""Where sealed pictures lie, and how they are written and opened: never in the clear on disk."""

from __future__ import annotations

from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.utils.translation import gettext as _

from faceroster.people.models import Person
from faceroster.trust import sealing
from faceroster.trust.services import subject_key_open

PHOTO = "photo"
CROP = "crop"


def _store() -> Storage:
    return storages["sealed"]


def _path(kind: str, object_id: UUID) -> str:
    name = object_id.hex
    return f"{kind}/{name[:2]}/{name}"


def _context(kind: str, person: Person, object_id: object) -> str:
    return f"{kind}|{person.id}|{object_id}"


def person_key(person: Person) -> bytes:
    """The 32-byte key of ``person``. Raises SealError ``sealed.no_key`` when there is none."""
    if person.subject_key is None:
        raise sealing.SealError("sealed.no_key", _("This person has no key."))
    return subject_key_open(person.subject_key)


def picture_write(*, kind: str, person: Person, object_id: UUID, data: bytes) -> None:
    """Seal ``data`` (a JPEG) and write it; what was there before is replaced."""
    blob = sealing.seal(person_key(person), data, context=_context(kind, person, object_id))
    _store().save(_path(kind, object_id), ContentFile(blob))


def picture_read(*, kind: str, person: Person, object_id: UUID) -> bytes:
    """The JPEG that was written. Raises SealError, or FileNotFoundError when there is none."""
    with _store().open(_path(kind, object_id)) as file:
        blob = file.read()
    return sealing.unseal(person_key(person), blob, context=_context(kind, person, object_id))


def picture_delete(*, object_id: UUID) -> None:
    """Remove every picture kept under ``object_id``; nothing happens where there is none."""
    for kind in (PHOTO, CROP):
        _store().delete(_path(kind, object_id))
