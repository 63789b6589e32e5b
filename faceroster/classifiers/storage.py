"""Where classifiers lie: sealed like photos, each under a key of its own, which is destroyed with it."""

from __future__ import annotations

from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from faceroster import vision
from faceroster.trust import sealing
from faceroster.trust.models import SubjectKey
from faceroster.trust.services import subject_key_open


def _store() -> Storage:
    return storages["sealed"]


def _path(classifier_id: UUID) -> str:
    return f"classifier/{classifier_id.hex[:2]}/{classifier_id.hex}"


def _context(classifier_id: UUID) -> str:
    return f"classifier|{classifier_id}"


def write(classifier_id: UUID, key: SubjectKey, trained: vision.Classifier) -> None:
    """Seal and write it. It is never in the clear outside of memory."""
    plain = vision.classifier_pack(trained)
    blob = sealing.seal(subject_key_open(key), plain, context=_context(classifier_id))
    _store().save(_path(classifier_id), ContentFile(blob))


def read(classifier_id: UUID, key: SubjectKey) -> vision.Classifier:
    """Open what was written.

    Raises:
        SealError: it, or its key, does not open.
        FileNotFoundError: there is none.
        ModelError: ``model.bad_classifier``.
    """
    with _store().open(_path(classifier_id)) as file:
        blob = file.read()
    plain = sealing.unseal(subject_key_open(key), blob, context=_context(classifier_id))
    return vision.classifier_unpack(plain)


def delete(classifier_id: UUID) -> None:
    """Nothing happens where there is none."""
    _store().delete(_path(classifier_id))
