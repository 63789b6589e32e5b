"""Face chips in, embeddings out. Backends satisfy :class:`Embedder` and are made by name."""

from __future__ import annotations

from typing import Protocol

from recognition.models import ModelSpec, get_spec
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


def make_embedder(name: str) -> Embedder:
    """The embedder called ``name``; nothing heavy is imported before its first use.

    Raises :class:`recognition.errors.ModelError` ``model.unknown`` with the names that exist.
    """
    spec = get_spec(name, "embedder")
    from recognition.embedding.resnet import DlibResnet  # the registry holds this family only

    return DlibResnet(spec)
