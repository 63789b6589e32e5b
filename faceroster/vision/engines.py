"""Which embedder is in force, and the engine of this process that runs it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from faceroster.core.errors import InvalidInput
from faceroster.vision_settings import check_threshold_unit
from recognition import models
from recognition.errors import GalleryError, ModelError
from recognition.models import ModelSpec
from recognition.runtime import check_backend

if TYPE_CHECKING:
    from recognition.engine import FaceEngine

#: Engines kept at a time: of the embedder in force, and of one that is being switched to or from.
_ENGINES = 2


class Embedder(NamedTuple):
    """An embedder: its name as the settings write it, and the fingerprint its vectors were made under.

    Without a fingerprint it is taken as it is found.
    """

    setting: str
    fingerprint: str = ""


_lock = threading.Lock()
_engines: OrderedDict[Embedder, FaceEngine] = OrderedDict()


def _by_setting() -> Embedder:
    return Embedder(settings.FACEROSTER["EMBEDDER"])


_in_force: Callable[[], Embedder] = _by_setting


def embedder_from(source: Callable[[], Embedder]) -> None:
    """From now on ``source`` says which embedder is in force: the database knows, and we do not read it."""
    global _in_force
    _in_force = source


def engine(embedder: Embedder | None = None) -> FaceEngine:
    """This process's engine, made on first use (so after a worker has forked).

    ``embedder``: another than the one in force. Raises :class:`ModelError` when it is not there, or
    ``model.changed`` when it is not the one that its fingerprint was taken of.
    """
    chosen = embedder or _in_force()
    with _lock:
        if chosen not in _engines:
            _engines[chosen] = _make_engine(chosen)
            if len(_engines) > _ENGINES:
                _engines.popitem(last=False)
        _engines.move_to_end(chosen)
        return _engines[chosen]


def _make_engine(chosen: Embedder) -> FaceEngine:
    from recognition.engine import EngineConfig, FaceEngine

    if _engines:  # they share a detector
        made = next(iter(_engines.values())).with_embedder(chosen.setting)
    else:
        options = settings.FACEROSTER
        backend = check_backend(options["BACKEND"])
        made = FaceEngine(
            EngineConfig(
                detector=options["DETECTOR"], embedder=chosen.setting, backend=backend, stability=True
            )
        )
    if chosen.fingerprint not in ("", made.spec.fingerprint):
        raise ModelError(
            f"{made.model} is not what it was when its templates were made: its card or its weights were "
            "changed. Put the old ones back, or give the card a new version and switch to it.",
            code="model.changed",
        )
    return made


def embedder_spec(setting: str) -> ModelSpec:
    """What is known about an embedder without loading it. Raises :class:`ModelError`."""
    return models.get_spec(setting, "embedder")


def embedder_name(setting: str) -> str:
    """A setting that means the same wherever a process was started: paths are absolute."""
    return models.absolute_name(setting)


def built_in_specs() -> list[ModelSpec]:
    """The models that FaceRoster brings along: detectors and embedders."""
    return list(models.REGISTRY.values())


weights_problem = models.weights_problem


def embedder_try(setting: str) -> ModelSpec:
    """See :func:`recognition.embedding.try_embedder`.

    Raises :class:`InvalidInput` too: ``gallery.bad_policy``, for a threshold of another unit.
    """
    from recognition.embedding import try_embedder

    spec = try_embedder(setting)
    try:
        check_threshold_unit(spec)
    except GalleryError as error:
        raise InvalidInput(error.code, error.message) from error
    return spec


def start_quietly() -> None:
    """Import TensorFlow now, without the notes it writes to the terminal. Call it before any thread.

    Nothing happens where another backend runs the networks.
    """
    from recognition.commands import hush

    hush.start(settings.FACEROSTER["BACKEND"])
