"""Visits judged as a kiosk judges them: after every frame, until one of them is LIVE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recognition.liveness import cues, passive
from recognition.liveness.observation import observe
from recognition.liveness.passive import Model
from recognition.liveness.texture import crop

from . import judging
from .faces import Clip, Faces, Picture
from .fitting import Row, accepted
from .folds import fold
from .network import Bytes
from .sequences import GAP

#: The most frames that a kiosk looks at before it asks for movements: two seconds of them.
FRAMES = 20


@dataclass(frozen=True)
class Visit:
    """Frames of one person or print. ``cues``: of the first four frames, of five, and so on, without the
    network's; ``crops``: what the network gets, one for each frame.
    """

    kind: str
    who: str
    live: bool
    cues: list[dict[str, float]]
    crops: Bytes


def made(faces: Faces) -> list[Visit]:
    """Every session of NUAA, and of each clip what a kiosk gets of it, from its first frame on."""
    visits = [*_of_nuaa(faces), *(_of_clip(clip) for clip in faces.clips)]
    return [visit for visit in visits if visit is not None]


def judged(visits: Sequence[Visit], files: Sequence[bytes], models: Sequence[Model]) -> str:
    """A line for each kind: how many were LIVE at some frame, and at which, by what saw none of them.

    ``files``, ``models``: the network and the weights that learned from all but one fold, for each fold.
    """
    found: dict[str, list[int | None]] = {}
    for visit in visits:
        of = fold(visit.who)
        found.setdefault(visit.kind, []).append(_when(visit, files[of], models[of]))
    lines = []
    for kind, frames in found.items():
        hits = [count for count in frames if count is not None]
        after = f", half of them by frame {round(np.median(hits))}" if hits else ""
        lines.append(f"{kind:<16} {len(hits):4d} of {len(frames):4d} visits{after}")
    return "\n".join(lines)


def _when(visit: Visit, file: bytes, model: Model) -> int | None:
    """After how many frames the visit is LIVE."""
    texture = judging.textures(file, visit.crops)
    for count, cues_then in enumerate(visit.cues, start=passive.FEWEST):
        row = Row(visit.kind, visit.who, visit.live, {**cues_then, "texture": float(texture[:count].mean())})
        if accepted(row, model):
            return count
    return None


def _of_nuaa(faces: Faces) -> Iterator[Visit | None]:
    """Sessions as one visit each; some prints were filmed without a face in every frame."""
    for session in faces.sessions:
        kind = "NUAA live" if session.live else "NUAA print"
        yield _visit(kind, session.who, session.live, session.frames[:FRAMES])


def _of_clip(clip: Clip) -> Visit | None:
    step = max(1, round(clip.fps * GAP))
    frames = [one for one in clip.frames[::step][:FRAMES] if one is not None]
    return _visit("demo clip" if clip.drawn else "webcam clip", clip.who, True, frames)


def _visit(kind: str, who: str, live: bool, frames: Sequence[Picture]) -> Visit | None:
    if len(frames) < passive.FEWEST:
        return None
    seen, crops = [], []
    for place, picture in enumerate(frames):
        image = picture.image()
        seen.append(observe(image, picture.face, GAP * place, cues.frame_cues(image, picture.face)))
        crops.append(crop(image, picture.face))
    found = [passive.cues_of(seen[:count]) for count in range(passive.FEWEST, len(seen) + 1)]
    for one in found:
        one.pop("texture", None)
    return Visit(kind, who, live, found, np.stack(crops))
