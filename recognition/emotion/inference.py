"""Faces in, probabilities of seven emotions out. The network loads with the first face, once per process.

network = load()
[reading] = network.read(image, [face])
reading.label, reading.unsure
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recognition.emotion.crop import face_crop
from recognition.emotion.labels import EMOTIONS, SIDE
from recognition.emotion.portable import compiled, opened
from recognition.emotion.stored import DEFAULT, Stored, find
from recognition.runtime import Backend, check_backend, start_tensorflow
from recognition.types import Face, Floats, Image

#: A reading whose best emotion is less probable than this is worth no name.
UNSURE = 0.5
#: Faces per run: beyond this a larger batch gains nothing and only takes memory.
MAX_BATCH = 256


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What one face seems to express. ``probabilities``: float32 (7,), in the order of ``EMOTIONS``."""

    probabilities: Floats

    @property
    def label(self) -> str:
        """The likeliest of ``EMOTIONS``, however likely that is: look at ``unsure`` first."""
        return EMOTIONS[int(self.probabilities.argmax())]

    @property
    def confidence(self) -> float:
        """The probability of :attr:`label`."""
        return float(self.probabilities.max())

    @property
    def unsure(self) -> bool:
        """Whether nothing should be said."""
        return self.confidence < UNSURE

    def by_name(self) -> dict[str, float]:
        return dict(zip(EMOTIONS, map(float, self.probabilities), strict=True))


class EmotionNetwork:
    """One network, shared between threads.

    ``flips``: judge a face and its mirror image together. ``backend``: what runs it, "tensorflow" or the
    faster, optional "onnxruntime". A network that ships runs there in eight bits: its card says how much
    that changes; probabilities of others agree to 1e-5. ``threads``: cores for one run on onnxruntime,
    ``None`` for all.
    """

    def __init__(
        self,
        stored: Stored,
        flips: bool | None = None,
        backend: Backend = "tensorflow",
        threads: int | None = None,
    ) -> None:
        self.name = stored.name
        self.flips = stored.flips if flips is None else flips
        self.backend = check_backend(backend)
        self._stored = stored
        self._threads = threads
        self._lock = threading.Lock()
        self._run: Any = None

    def probabilities(self, faces: Floats) -> Floats:
        """float32 (n, 48, 48), grey, 0 to 1, to float32 (n, 7) in the order of ``EMOTIONS``, rows' sum 1.

        ``n`` may be 0, which loads nothing. ``ValueError`` for other arrays; ``ModelError`` as
        :func:`recognition.emotion.stored.find`.
        """
        if faces.dtype != np.float32 or faces.ndim != 3 or faces.shape[1:] != (SIDE, SIDE):
            raise ValueError(f"expected float32 faces (n, {SIDE}, {SIDE}), got {faces.dtype} {faces.shape}")
        found = np.empty((len(faces), len(EMOTIONS)), np.float32)
        if not len(faces):
            return found
        if not (faces.min() >= 0 and faces.max() <= 1):
            raise ValueError(f"expected grey values 0 to 1, got {faces.min():g} to {faces.max():g}")
        run = self._load()
        for start in range(0, len(faces), MAX_BATCH):
            found[start : start + MAX_BATCH] = run(faces[start : start + MAX_BATCH, :, :, None])
        return found

    def read(self, image: Image, faces: Sequence[Face]) -> list[Reading]:
        """What each of the faces that were found in RGB uint8 (h, w, 3) expresses, in their order."""
        if not faces:
            return []
        crops = np.stack([face_crop(image, face) for face in faces])
        return self.readings(crops)

    def readings(self, faces: Floats) -> list[Reading]:
        """As :meth:`probabilities`, one reading per face."""
        return [Reading(row) for row in self.probabilities(faces)]

    def warm_up(self) -> None:
        """Load the network and run it once."""
        self.probabilities(np.zeros((1, SIDE, SIDE), np.float32))

    def _load(self) -> Any:
        with self._lock:
            if self._run is None:
                self._run = self._opened()
            return self._run

    def _opened(self) -> Any:
        stored = self._stored
        if self.backend == "onnxruntime" and stored.quantised is not None:
            return _mirrored(opened(stored.quantised(), self._threads), self.flips)
        if self.backend == "onnxruntime" and stored.parts is not None:
            return _mirrored(compiled(stored.parts(), self._threads), self.flips)
        return _compile(stored.make, self.flips)


_shipped: dict[Backend, EmotionNetwork] = {}
_lock = threading.Lock()


def load(
    name_or_folder: str | Path = DEFAULT,
    *,
    flips: bool | None = None,
    backend: Backend = "tensorflow",
    threads: int | None = None,
) -> EmotionNetwork:
    """The network that ships (``default``; one per process), or that of a folder of ``emotion train``.

    ``flips`` overrides what its card says of mirror images; the rest is as in :class:`EmotionNetwork`. The
    network itself is opened with the first face; what is missing is told now. Raises as
    :func:`recognition.emotion.stored.find` and :func:`recognition.runtime.check_backend`.
    """
    if str(name_or_folder) != DEFAULT or flips is not None or threads is not None:
        return EmotionNetwork(find(name_or_folder), flips, backend, threads)
    with _lock:
        if backend not in _shipped:
            _shipped[backend] = EmotionNetwork(find(), None, backend)
        return _shipped[backend]


def _mirrored(run: Callable[[Floats], Floats], flips: bool) -> Callable[[Floats], Floats]:
    if not flips:
        return run

    def both(faces: Floats) -> Floats:
        found = run(np.concatenate([faces, faces[:, :, ::-1]]))
        return np.asarray(found.reshape(2, len(faces), -1).mean(axis=0))

    return both


def _compile(make: Callable[[], Any], flips: bool) -> Any:
    """float32 (n, 48, 48, 1) to float32 (n, 7), for batches of any length."""
    if os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
        return _constant(make, flips)
    from keras import ops  # a machine that trains and judges without TensorFlow

    model = make()
    return lambda faces: ops.convert_to_numpy(_judge(model, faces, flips))


def _constant(make: Callable[[], Any], flips: bool) -> Any:
    """As one concrete function with the weights as constants: see ``recognition.embedding.resnet``."""
    tf = start_tensorflow()
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    model = make()

    @tf.function(input_signature=[tf.TensorSpec((None, SIDE, SIDE, 1), tf.float32)])
    def run(faces: Any) -> Any:
        return _judge(model, faces, flips)

    concrete = convert_variables_to_constants_v2(run.get_concrete_function())
    return lambda faces: concrete(tf.constant(faces))[0].numpy()


def _judge(model: Any, faces: Any, flips: bool) -> Any:
    if not flips:
        return model(faces, training=False)
    from keras import ops

    both = model(ops.concatenate([faces, ops.flip(faces, axis=2)]), training=False)
    return ops.mean(ops.reshape(both, (2, -1, len(EMOTIONS))), axis=0)
