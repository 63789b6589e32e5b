"""Drawn signatures and scanned papers: sealed under the key of whoever signed, never in the clear on disk."""

from __future__ import annotations

from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.utils.translation import gettext as _

from faceroster.people.models import Person
from faceroster.trust import sealing
from faceroster.trust.services import subject_key_open

KIND = "consent"


def _store() -> Storage:
    return storages["sealed"]


def _path(consent_id: UUID) -> str:
    return f"{KIND}/{consent_id.hex[:2]}/{consent_id.hex}"


def _context(person: Person, consent_id: UUID) -> str:
    return f"{KIND}|{person.pk}|{consent_id}"


def _key(person: Person) -> bytes:
    if person.subject_key is None:
        raise sealing.SealError("sealed.no_key", _("This person has no key."))
    return subject_key_open(person.subject_key)


def picture_write(*, person: Person, consent_id: UUID, data: bytes) -> None:
    """Seal ``data`` (a JPEG) and write it."""
    blob = sealing.seal(_key(person), data, context=_context(person, consent_id))
    _store().save(_path(consent_id), ContentFile(blob))


def picture_read(*, person: Person, consent_id: UUID) -> bytes:
    """The JPEG that was written. Raises SealError, or FileNotFoundError when there is none."""
    with _store().open(_path(consent_id)) as file:
        blob = file.read()
    return sealing.unseal(_key(person), blob, context=_context(person, consent_id))


def picture_delete(*, consent_id: UUID) -> None:
    """Nothing happens where there is none."""
    _store().delete(_path(consent_id))
