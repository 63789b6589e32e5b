"""A contact sheet: some photos, each beside what was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recognition.decoding import shrink
from recognition.errors import ImageError
from recognition.types import Image

ROWS, COPIES, SIDE = 8, 6, 160


class Sheet:
    """Keeps small pictures of photos spread evenly over all, and of their first copies."""

    def __init__(self, photos: int) -> None:
        """``photos``: how many there will be."""
        self.photos = 0
        self._every = max(1, -(-photos // ROWS))
        self._rows: list[tuple[str, list[Image]]] = []

    def add(self, name: Path, photo: Image, copies: Sequence[Image]) -> None:
        """RGB uint8 pictures (h, w, 3)."""
        if self.photos % self._every == 0:
            self._rows.append((str(name), [shrink(image, SIDE) for image in (photo, *copies[:COPIES])]))
        self.photos += 1

    def save(self, path: Path) -> Path:
        """Draw the PNG: a row for each photo, itself first. ``image.not_written`` when that fails."""
        from matplotlib.figure import Figure  # without pyplot no window system is touched

        columns = max(len(images) for _, images in self._rows)
        figure = Figure(figsize=(1.5 * columns, 1.7 * len(self._rows)), layout="constrained")
        grid = figure.subplots(len(self._rows), columns, squeeze=False)
        for axes, (name, images) in zip(grid, self._rows, strict=True):
            for place, image in zip(axes, images, strict=True):
                place.imshow(image)
                place.set_axis_off()
            # Names are text, not formulas.
            axes[0].set_title(name, fontsize=7, loc="left", parse_math=False)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(path, dpi=110, metadata={"Software": None})
        except OSError as error:
            raise ImageError(f"Cannot write {path}: {error.strerror}.", code="image.not_written") from error
        return path
