"""Where finished exports lie: sealed like all that is personal, each bound to who asked for it."""

from __future__ import annotations

from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from faceroster.trust import sealing
from faceroster.trust.purposes import purpose_key

_PURPOSE = "exports"


def _store() -> Storage:
    return storages["sealed"]


def _path(run_id: UUID) -> str:
    return f"export/{run_id.hex[:2]}/{run_id.hex}"


def _context(run_id: UUID, user_id: int) -> str:
    return f"export|{run_id}|{user_id}"


def write(run_id: UUID, user_id: int, data: bytes) -> None:
    """Seal ``data`` and write it; what was there before is replaced."""
    blob = sealing.seal(purpose_key(_PURPOSE), data, context=_context(run_id, user_id))
    _store().save(_path(run_id), ContentFile(blob))


def read(run_id: UUID, user_id: int) -> bytes:
    """What was written. Raises SealError, or FileNotFoundError when there is none."""
    with _store().open(_path(run_id)) as file:
        blob = file.read()
    return sealing.unseal(purpose_key(_PURPOSE), blob, context=_context(run_id, user_id))


def delete(run_id: UUID) -> None:
    """Nothing happens where there is none."""
    _store().delete(_path(run_id))
