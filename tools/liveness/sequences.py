"""Windows of frames as a kiosk sees them, live and held up, with the cues that are weighed."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np

from recognition.liveness import cues, passive
from recognition.liveness.observation import observe
from recognition.liveness.texture import crop
from recognition.types import Image

from . import recapture
from .faces import Clip, Faces, Finder, Picture, Scale, encoded
from .network import Bytes

#: Seconds between two frames of a kiosk, and of NUAA's, which are further apart.
GAP, NUAA_GAP = 0.12, 0.5
#: How long the windows of clips are, in seconds; frames of a window of NUAA, and of an attack.
LENGTHS, OF_NUAA, OF_ATTACK = (0.72, 1.9), 5, 7
#: Frames of an attack that are made, and fewer than which make no window.
MADE, FEWEST = 16, 3
ATTACK_SEED = 6000


@dataclass(frozen=True)
class Stretch:
    """One window: what of, who is in it, its cues without the network's, and the crops for the network."""

    kind: str
    who: str
    live: bool
    cues: dict[str, float]
    crops: Bytes


def made(faces: Faces, scale: Scale, cache: Path) -> list[Stretch]:
    """Every window of ``faces`` and of the attacks made from them; ``cache`` keeps them."""
    if cache.exists():
        kept: list[Stretch] = pickle.loads(cache.read_bytes())
        return kept
    # The network that is being trained gives the texture, not the shipped one.
    with patch.object(cues, "texture_logit", lambda image, face: 0.0):
        rows = [*_of_clips(faces.clips), *_of_nuaa(faces), *_of_attacks(faces, scale)]
    cache.write_bytes(pickle.dumps(rows))
    return rows


def _window(kind: str, who: str, live: bool, frames: Sequence[tuple[Picture, float]]) -> Stretch | None:
    if len(frames) < FEWEST:
        return None
    seen, crops = [], []
    for picture, at in frames:
        image = picture.image()
        seen.append(observe(image, picture.face, at, cues.frame_cues(image, picture.face)))
        crops.append(crop(image, picture.face))
    found = passive.cues_of(seen)
    found.pop("texture", None)
    return Stretch(kind, who, live, found, np.stack(crops))


def _of_clips(clips: Sequence[Clip]) -> Iterator[Stretch]:
    for clip in clips:
        for length in LENGTHS:
            step = max(1, round(clip.fps * GAP))
            count = min(round(length / GAP) + 1, (len(clip.frames) - 1) // step)
            # Webcam windows overlap by half: there are few.
            ahead = max(1, step * count // (1 if clip.drawn else 2))
            for first in range(0, max(1, len(clip.frames) - step * (count - 1)), ahead):
                part = clip.frames[first : first + step * count : step]
                frames = [(one, GAP * place) for place, one in enumerate(part) if one is not None]
                kind = f"{'demo' if clip.drawn else 'webcam'} {length} s"
                window = _window(kind, clip.who, True, frames) if len(part) >= count else None
                if window:
                    yield window


def _of_nuaa(faces: Faces) -> Iterator[Stretch]:
    for session in faces.sessions:
        for first in range(0, len(session.frames) - OF_NUAA + 1, OF_NUAA):
            part = session.frames[first : first + OF_NUAA]
            frames = [(one, NUAA_GAP * place) for place, one in enumerate(part)]
            kind = "NUAA live" if session.live else "NUAA print"
            window = _window(kind, session.who, session.live, frames)
            if window:
                yield window


def _of_attacks(faces: Faces, scale: Scale) -> Iterator[Stretch]:
    attack = attacker(faces)
    for number in range(scale.attacks):
        who, frames = attack(number)
        for part in (frames[:OF_ATTACK], frames if who[0] == "l" else []):
            window = _window("recaptured", who, False, part)
            if window:
                yield window


def attacker(faces: Faces) -> Callable[[int], tuple[str, list[tuple[Picture, float]]]]:
    """Makes attack ``number``: a recaptured photo that is moved; who is on it, and its frames in time."""
    finder = Finder()
    stills = [one for clip in faces.clips for one in clip.frames[::15] if one is not None]

    def attack(number: int) -> tuple[str, list[tuple[Picture, float]]]:
        rng = np.random.default_rng(ATTACK_SEED + number)
        of = faces.portraits if rng.random() < 0.5 else stills
        shown = of[rng.integers(len(of))]
        photo = recapture.reproduced(shown.image(), shown.face, rng)
        wide = rng.uniform(75, 220) / (rng.uniform(2, 3.5) * 100)
        room = _room(faces.portraits, stills, rng)
        motion = recapture.MOTIONS[number % len(recapture.MOTIONS)]
        path = recapture.path(motion, MADE, rng)
        seen = recapture.held_up(photo, room, wide, path, recapture.Camera.draw(rng), rng)
        frames = []
        for place, image in enumerate(seen):
            face = finder.face(image, tiny=True)
            if face is not None:
                frames.append((Picture(shown.who, encoded(image, 95), face), GAP * place))
        return shown.who, frames

    return attack


def _room(portraits: Sequence[Picture], stills: Sequence[Picture], rng: np.random.Generator) -> Image:
    of = stills if rng.random() < 0.4 else portraits
    room = cv2.resize(of[int(rng.integers(len(of)))].image(), (640, 480))
    if rng.random() < 0.5:
        room = room[:, ::-1]
    return np.asarray(cv2.GaussianBlur(room, (0, 0), rng.uniform(1, 6)), np.uint8)
