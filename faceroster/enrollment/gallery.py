"""This process's searchable copy of all templates. The database is the truth; this is a cache of it.

Every change of a template appends to the change log in the same transaction, under a lock on one
row, so numbers become visible in their order. Before a process answers it applies the log up to the
newest number, or builds anew when it has nothing yet. A copy holds the templates of one model: a
vector is only ever compared with those of its own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np

from faceroster import vision
from faceroster.enrollment import embedders
from faceroster.enrollment.models import (
    ChangeAction,
    EnrollmentPhoto,
    GalleryChange,
    GalleryState,
    Template,
)
from faceroster.enrollment.storage import person_key
from faceroster.trust import sealing

logger = logging.getLogger(__name__)


def template_context(*, person_id: object, photo_id: object, model: str) -> str:
    """What a sealed embedding is bound to: person, photo and model version."""
    return f"template|{person_id}|{photo_id}|{model}"


def state_lock() -> GalleryState:
    """Hold the gallery still until the end of the present transaction: others wait to change it."""
    GalleryState.objects.get_or_create(pk=1)
    return GalleryState.objects.select_for_update().get(pk=1)


def changes_append(action: ChangeAction, template_ids: Iterable[int]) -> None:
    """Log changes; call it inside the transaction that makes them."""
    ids = list(template_ids)
    if not ids:
        return
    state = state_lock()
    GalleryChange.objects.bulk_create(
        GalleryChange(version=state.version + number, action=action, template_id=template_id)
        for number, template_id in enumerate(ids, start=1)
    )
    state.version += len(ids)
    state.save(update_fields=["version"])


def template_add(photo: EnrollmentPhoto, embedding: vision.Embedding) -> Template:
    """Seal and store an embedding of ``photo`` and log it; call it inside a transaction."""
    sealed = sealing.seal(
        person_key(photo.person),
        embedding.vector.astype("<f4").tobytes(),
        context=template_context(person_id=photo.person_id, photo_id=photo.pk, model=embedding.model),
    )
    template = Template.objects.create(photo=photo, person=photo.person, model=embedding.model, sealed=sealed)
    changes_append(ChangeAction.ADD, [template.pk])
    return template


def template_open(template: Template) -> vision.Floats:
    """Unseal one embedding: float32 (D,), L2-normalised."""
    data = sealing.unseal(
        person_key(template.person),
        bytes(template.sealed),
        context=template_context(
            person_id=template.person_id, photo_id=template.photo_id, model=template.model
        ),
    )
    return np.frombuffer(data, dtype="<f4").astype(np.float32)


@dataclass
class _Copy:
    gallery: vision.Gallery
    state: _State

    def follows(self, now: _State) -> bool:
        """Whether the log leads from here to ``now``."""
        return self.state.epoch == now.epoch and self.state.version <= now.version


class _State(NamedTuple):
    epoch: UUID | None
    version: int


_lock = threading.RLock()
_copies: dict[str, _Copy] = {}


def _rows(templates: Iterable[Template]) -> list[tuple[int, str, vision.Floats]]:
    opened, vectors = [], []
    for template in templates:
        try:
            vectors.append(template_open(template))
        except sealing.SealError as error:
            if error.code == "sealed.wrong_root_key":
                raise  # none would open: better no answer than "unknown" to everybody
            logger.error("Template %s does not open and is left out: %s", template.pk, error)
            continue
        opened.append((template.pk, str(template.person_id)))
    if not opened:
        return []
    return [(*ids, vector) for ids, vector in zip(opened, vision.rotate(np.stack(vectors)), strict=True)]


def _searchable(model: str) -> Iterator[Template]:
    return (
        Template.objects.filter(model=model, person__active=True)
        .select_related("person__subject_key")
        .order_by("pk")
        .iterator(chunk_size=2000)
    )


def _build(model: str) -> _Copy:
    # The number is read first: a change that comes in between is applied twice, never missed.
    state = _newest()
    gallery = vision.new_gallery(vision.engine(embedders.keyed(model)).spec)
    gallery.add(_rows(_searchable(model)))
    return _Copy(gallery, state)


def _newest() -> _State:
    row = GalleryState.objects.filter(pk=1).values_list("epoch", "version").first()
    return _State(*row) if row else _State(None, 0)


def _follow(copy: _Copy, newest: _State) -> None:
    between = GalleryChange.objects.filter(version__gt=copy.state.version, version__lte=newest.version)
    touched = set(between.values_list("template_id", flat=True))
    # Whatever the log says, the row decides: it is there and searchable now, or it is not.
    present = Template.objects.filter(
        pk__in=touched, model=copy.gallery.model, person__active=True
    ).select_related("person__subject_key")
    copy.gallery.remove(sorted(touched))
    copy.gallery.add(_rows(present))
    copy.state = newest


@contextmanager
def synced(model: str | None = None) -> Iterator[tuple[vision.Gallery, int]]:
    """The gallery as of now, and its version. Held for the time of the search only.

    ``model``: that of the vector to search with (name@version); without it the one in force. When a
    switch came between a face's embedding and its search, the model it was embedded with still answers.
    """
    with _lock:
        in_force = embedders.active_key()
        model = model or in_force
        copy, newest = _copies.get(model), _newest()
        if copy is None or not copy.follows(newest):
            copy = _copies[model] = _build(model)
        elif newest != copy.state:
            _follow(copy, newest)
        if model == in_force:  # others were for searches that were under way
            _copies.clear()
            _copies[model] = copy
        yield copy.gallery, copy.state.version


def forget() -> None:
    """Drop this process's copies; the next search builds one from the database."""
    with _lock:
        _copies.clear()
