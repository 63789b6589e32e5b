"""What a score must reach before a face gets a name."""

from __future__ import annotations

import math
from dataclasses import dataclass

from recognition.errors import GalleryError


@dataclass(frozen=True, slots=True)
class Policy:
    """``threshold``: the least score to be accepted with. ``margin``: the least lead over the next.

    Both in the unit of the scorer in force (:class:`recognition.scoring.Scorer`), which also knows
    its default. Raises :class:`GalleryError` ``gallery.bad_policy`` for what no score can be compared
    with: NaN as a threshold would accept everybody.
    """

    threshold: float
    margin: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.threshold) and math.isfinite(self.margin) and self.margin >= 0):
            raise GalleryError(
                "Threshold and margin must be numbers, the margin not negative.", code="gallery.bad_policy"
            )

    def with_(self, threshold: float | None = None, margin: float | None = None) -> Policy:
        """The same with whatever is given instead."""
        return Policy(
            self.threshold if threshold is None else threshold, self.margin if margin is None else margin
        )
