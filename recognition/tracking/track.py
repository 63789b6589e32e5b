"""What is known of a face while it is in view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recognition.identify import VERIFY_THRESHOLD, Identification
from recognition.types import Face, Floats

#: Below this quality a view counts as much as one of this quality: never nothing at all.
LEAST_WEIGHT = 0.05


@dataclass(frozen=True, slots=True)
class TrackingConfig:
    """How a video is worked through; counts are frames of the video.

    ``every``: search the whole picture for faces at least this often. ``hurry``: search at once when
    a face moved by this many sides of its box within a frame. ``patience``: how long a face that was
    lost may stay away and still be the same one. ``misses``: searches in a row that may overlook a
    face which can still be followed. ``confirm``: searches that must have found a face before it
    counts as somebody (a fold of cloth is seldom found twice).

    ``views``: the most embeddings kept of a face. ``gain``: a new view must be better than the best
    by this much (quality is 0 to 1). ``spacing``: while nobody was recognised, views this far apart
    are taken without being better. ``recheck``: how often a face is compared with its own views.
    ``jump``: a face found this far from where it was expected, in distances of its eyes, is checked
    at once. ``same``: the largest distance of one face's views, in the embedder's own measure.
    ``by_name``: a new view of somebody known must also be named alike by itself before it counts as
    theirs; ``False`` where asking for a name is dear.
    """

    #: Share of the distance at which two photos are one person's (:data:`VERIFY_THRESHOLD`) that views
    #: in one video may be apart. They are more alike than photos of different days: before two cameras
    #: 19 in 20 pairs of one person were nearer than that, and 1 in 100 of two people.
    SAME_SHARE: ClassVar[float] = 0.8

    every: int = 5
    hurry: float = 0.2
    patience: int = 15
    misses: int = 2
    confirm: int = 2
    views: int = 3
    gain: float = 0.05
    spacing: int = 10
    recheck: int = 90
    jump: float = 0.5
    same: float = SAME_SHARE * VERIFY_THRESHOLD
    by_name: bool = True

    def __post_init__(self) -> None:
        counts = (self.every, self.confirm, self.views, self.spacing, self.recheck)
        shares = (self.patience, self.misses, self.hurry, self.gain, self.jump, self.same)
        if min(counts) < 1 or not all(share >= 0 for share in shares):
            raise ValueError(f"not a sensible tracking configuration: {self}")


DEFAULT = TrackingConfig()


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One embedded look at a face: ``vector`` L2-normalised float32 (D,), ``quality`` 0 to 1, its frame."""

    vector: Floats
    quality: float
    frame: int

    @property
    def weight(self) -> float:
        """How much it counts beside other views."""
        return max(self.quality, LEAST_WEIGHT)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One face on its way through a video, as of one frame.

    ``id``: unique within the video. ``face``: where it is, or was last. ``first``: frame it was first
    found in; ``age``: frames since. ``found``: how many searches found it; ``missed``: how many in a
    row did not. ``away``: frames since it was last followed, 0 while in view. ``views``: best first.
    ``identity``: by all views, ``None`` before the first. ``doubt``: why to look again: 0 no reason, 1
    it may be somebody else by now, 2 the first look says so.  ``checked``: frame of the last embedding.
    """

    id: int
    face: Face
    first: int
    age: int = 0
    found: int = 1
    missed: int = 0
    away: int = 0
    doubt: int = 0
    checked: int = -1
    views: tuple[View, ...] = ()
    identity: Identification | None = None

    @property
    def person(self) -> str | None:
        """Who it is; ``None`` for a stranger, before the first view, and while in doubt."""
        return self.identity.person if self.identity is not None and self.doubt == 0 else None


def fused(views: Sequence[View]) -> Floats:
    """One vector (D,) for all views of a face: their mean weighted by quality, L2-normalised."""
    weights = np.array([view.weight for view in views], np.float32)
    mean = weights @ np.stack([view.vector for view in views])
    length = float(np.linalg.norm(mean))
    # Opposite vectors have no direction in common; the best view speaks for itself then.
    return np.asarray(mean / length if length > 1e-6 else views[int(weights.argmax())].vector, np.float32)


def with_view(track_views: Sequence[View], new: View, most: int) -> tuple[View, ...]:
    """The best ``most`` views, best first; of equals the older."""
    ranked = sorted((*track_views, new), key=lambda view: (-view.quality, view.frame))
    return tuple(ranked[:most])
