"""An embedder of the user's own: an ONNX network run as its card says (docs/models.md)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.errors import ModelError
from recognition.models import ModelSpec, Preprocessing, verified_bytes
from recognition.onnx_runtime import make_session
from recognition.types import Floats, Image

if TYPE_CHECKING:
    from collections.abc import Callable

#: Chips per run: beyond this a larger batch gains little and takes memory.
MAX_BATCH = 32


class CardEmbedder:
    """The :class:`recognition.embedding.Embedder` of a card, on onnxruntime."""

    def __init__(self, spec: ModelSpec, threads: int | None = None) -> None:
        assert spec.preprocessing is not None  # every card has it
        assert spec.input_size is not None
        self.spec = spec
        self._preprocessing = spec.preprocessing
        self._size = spec.input_size
        self._threads = threads
        self._lock = threading.Lock()
        self._network: _Network | None = None

    def warm_up(self, batches: tuple[int, ...] = (1,)) -> None:
        for batch in batches:
            self._load()(self._prepared(np.zeros((batch, *self._size, 3), np.uint8)))

    def embed(self, chips: Image) -> Floats:
        """uint8 RGB (n, size, size, 3) to float32 (n, dimension), L2-normalised.

        Raises ``ValueError`` for other arrays; :class:`ModelError`: ``model.missing``,
        ``model.checksum``, ``model.invalid``, ``model.bad_shape`` when the network is not what its
        card says, ``model.bad_output`` when it answers with what is no vector.
        """
        if chips.dtype != np.uint8 or chips.ndim != 4 or chips.shape[1:] != (*self._size, 3):
            wanted = f"uint8 chips (n, {self._size[0]}, {self._size[1]}, 3)"
            raise ValueError(f"expected {wanted}, got {chips.dtype} {chips.shape}")
        vectors = np.empty((len(chips), self.spec.dimension), np.float32)
        for start in range(0, len(chips), MAX_BATCH):
            part = chips[start : start + MAX_BATCH]
            found = self._vectors(part)
            if self._preprocessing.mirror:
                found = _unit(found + self._vectors(part[:, :, ::-1]), self.spec)
            vectors[start : start + len(part)] = found
        return vectors

    def _vectors(self, chips: Image) -> Floats:
        return _unit(self._load()(self._prepared(chips)), self.spec)

    def _prepared(self, chips: Image) -> Floats:
        return prepare(chips, self._preprocessing)

    def _load(self) -> _Network:
        with self._lock:
            if self._network is None:
                self._network = _Network(self.spec, self._threads)
            return self._network


def prepare(chips: Image, how: Preprocessing) -> Floats:
    """uint8 RGB (n, h, w, 3) to the network's input: float32 (n, 3, h, w), or (n, h, w, 3) for NHWC."""
    ordered = chips[..., ::-1] if how.color == "BGR" else chips
    pixels = (ordered.astype(np.float32) - np.asarray(how.mean, np.float32)) * np.asarray(
        how.scale, np.float32
    )
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2) if how.layout == "NCHW" else pixels)


class _Network:
    """A loaded ONNX file whose one input and first output are what the card says."""

    def __init__(self, spec: ModelSpec, threads: int | None) -> None:
        file = spec.files[0]
        # The very bytes that were verified are loaded, whatever happens to the file meanwhile.
        self._session = make_session(verified_bytes(file), threads)
        self._spec = spec
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)" or outputs[0].type != "tensor(float)":
            raise self._bad("it must have one input and give float32 for float32")
        self._input, self._output = inputs[0].name, outputs[0].name
        self._check_input(list(inputs[0].shape))
        # Some exports fix the batch at one picture.
        self._one_by_one = inputs[0].shape[0] == 1
        self._run: Callable[..., list[Any]] = self._session.run
        self._check_output()

    def __call__(self, pixels: Floats) -> Floats:
        """Network input (n, ...) to raw vectors float32 (n, dimension)."""
        parts = [pixels[i : i + 1] for i in range(len(pixels))] if self._one_by_one else [pixels]
        found = [np.asarray(self._run([self._output], {self._input: part})[0], np.float32) for part in parts]
        return np.concatenate([part.reshape(part.shape[0], -1) for part in found])

    def _bad(self, what: str) -> ModelError:
        return ModelError(
            f"The network {self._spec.files[0].name} is not what its card says: {what}.",
            code="model.bad_shape",
        )

    def _sides(self) -> tuple[int, int, int]:
        height, width = self._spec.input_size or (0, 0)
        assert self._spec.preprocessing is not None
        return (3, height, width) if self._spec.preprocessing.layout == "NCHW" else (height, width, 3)

    def _check_input(self, shape: list[Any]) -> None:
        """Axes that the file fixes must agree; named ones (dynamic) take what comes."""
        wanted = self._sides()
        fits = len(shape) == 4 and all(
            not isinstance(side, int) or side < 1 or side == want
            for side, want in zip(shape[1:], wanted, strict=True)
        )
        batch = shape[0] if shape else None
        if not fits or (isinstance(batch, int) and batch > 1):
            raise self._bad(f"its input is {shape}, the card says (n, {', '.join(map(str, wanted))})")

    def _check_output(self) -> None:
        """One blank chip through the network: what comes out is certain only once it has."""
        try:
            found = self._run([self._output], {self._input: np.zeros((1, *self._sides()), np.float32)})[0]
        except Exception as error:  # onnxruntime's exceptions share no base class but this
            raise self._bad(
                f"it does not run on (1, {', '.join(map(str, self._sides()))}): {error}"
            ) from error
        if np.shape(found)[0] != 1 or np.size(found) != self._spec.dimension:
            raise self._bad(
                f"its output is {list(np.shape(found))}, the card says (n, {self._spec.dimension})"
            )


def _unit(vectors: Floats, spec: ModelSpec) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths < 1e-9).any():
        raise ModelError(
            f"The network {spec.files[0].name} gave something that is no vector. Check mean and scale in its "
            "card.",
            code="model.bad_output",
        )
    return np.asarray(vectors / lengths, np.float32)
