"""What was uploaded for an import: sealed until the run has ended, then gone."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from faceroster.trust import sealing
from faceroster.trust.purposes import purpose_key


def _store() -> Storage:
    return storages["sealed"]


def _folder(run_id: UUID) -> str:
    return f"import/{run_id.hex}"


def _context(run_id: UUID, name: str) -> str:
    return f"import|{run_id}|{name}"


def write(run_id: UUID, name: str, data: bytes) -> None:
    """Seal ``data`` under the key for imports."""
    blob = sealing.seal(purpose_key("imports"), data, context=_context(run_id, name))
    _store().save(f"{_folder(run_id)}/{name}", ContentFile(blob))


def read(run_id: UUID, name: str) -> bytes:
    """What was written under ``name``. Raises SealError, or FileNotFoundError when there is none."""
    with _store().open(f"{_folder(run_id)}/{name}") as file:
        blob = file.read()
    return sealing.unseal(purpose_key("imports"), blob, context=_context(run_id, name))


def write_json(run_id: UUID, name: str, value: Any) -> None:
    write(run_id, name, json.dumps(value).encode())


def read_json(run_id: UUID, name: str) -> Any:
    return json.loads(read(run_id, name))


def delete_all(run_id: UUID) -> None:
    """Remove everything kept for this run; nothing happens where there is nothing."""
    store, folder = _store(), _folder(run_id)
    if not store.exists(folder):
        return
    for name in store.listdir(folder)[1]:
        store.delete(f"{folder}/{name}")
    store.delete(folder)
