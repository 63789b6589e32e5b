"""Face chips in, embeddings out. Backends satisfy :class:`Embedder` and are made by name."""

from __future__ import annotations

from typing import Protocol

from recognition.models import ModelSpec, get_spec, ready_spec, verified_bytes
from recognition.runtime import Backend
from recognition.types import Floats, Image


class Embedder(Protocol):
    """A network that turns upright face chips into vectors."""

    spec: ModelSpec

    def embed(self, chips: Image) -> Floats:
        """uint8 RGB (n, height, width, 3) to float32 (n, dimension), each row L2-normalised.

        ``n`` may be 0. Loads the weights on first use; safe to call from several threads.
        """
        ...

    def warm_up(self, batches: tuple[int, ...] = (1,)) -> None:
        """Load the weights and compile for these batch sizes."""
        ...


def make_embedder(name: str, backend: Backend = "tensorflow", threads: int | None = None) -> Embedder:
    """The embedder called ``name``, or that of a card (``onnx:PATH``); nothing heavy is imported yet.

    A card's network runs on onnxruntime whatever ``backend`` says. ``threads``: cores for one operation
    on onnxruntime, ``None`` for all.

    Raises :class:`recognition.errors.ModelError` ``model.unknown`` with the names that exist, and
    for a card as :func:`recognition.models.get_spec`.
    """
    spec = get_spec(name, "embedder")
    if spec.preprocessing is not None:
        from recognition.embedding.card import CardEmbedder

        return CardEmbedder(spec, threads)
    from recognition.embedding.resnet import DlibResnet  # the registry holds this family only

    return DlibResnet(spec, backend, threads)


def try_embedder(name: str) -> ModelSpec:
    """Make sure that an embedder can be put to use, before anything is done with it.

    That of a card is loaded and run once; of a built-in one only the weights are compared. Raises
    :class:`recognition.errors.ModelError`, also as :func:`recognition.models.ready_spec`.
    """
    spec = ready_spec(name)
    if spec.preprocessing is not None:
        make_embedder(name).warm_up()
    for file in spec.files:
        verified_bytes(file)
    return spec
