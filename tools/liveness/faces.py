"""The pictures and clips that are learned from, with the face that the engine finds in each."""

from __future__ import annotations

import pickle
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from recognition.engine import EngineConfig, FaceEngine
from recognition.types import Face, Image

from .folds import signer

NUAA = re.compile(r"(?P<session>(?P<who>\d+)_.*)_(?P<number>\d+)\.jpg")
SEED = 6
#: Faces narrower than the first are looked for again where they were missed, down to the second (pixels).
LEAST, TINY = 60, 40


@dataclass(frozen=True)
class Scale:
    """How much is gone through: LFW portraits, NUAA sessions and clips kept one in so many, and attacks."""

    portraits: int = 1500
    taught: int = 420
    rooms: int = 20
    sessions: int = 1
    clips: int = 1
    attacks: int = 240
    epochs: int = 14


#: Ends in minutes and shows that every step works; its figures mean nothing.
SHORT = Scale(portraits=60, taught=40, rooms=10, sessions=8, clips=3, attacks=12, epochs=2)


@dataclass(frozen=True)
class Picture:
    """One frame or photo as a file has it, ``who`` is in it, and their face if one was found."""

    who: str
    data: bytes
    face: Face

    def image(self) -> Image:
        return decoded(self.data)


@dataclass(frozen=True)
class Session:
    """NUAA's frames of one person, live or printed, in their order."""

    who: str
    live: bool
    name: str
    frames: list[Picture]


@dataclass(frozen=True)
class Clip:
    """Every frame of a clip, None where no face was found. ``drawn``: of a demo person."""

    who: str
    drawn: bool
    name: str
    fps: float
    frames: list[Picture | None]


@dataclass(frozen=True)
class Faces:
    """All that is learned from; ``portraits`` in the order that the seed gives them."""

    sessions: list[Session]
    portraits: list[Picture]
    clips: list[Clip]
    drawn: list[Picture]


def decoded(data: bytes) -> Image:
    """RGB uint8 of a picture's file."""
    read = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
    return np.asarray(read[:, :, ::-1], np.uint8).copy()


def encoded(image: Image, quality: int) -> bytes:
    """JPEG of RGB uint8."""
    _, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data.tobytes())


class Finder:
    """The engine's detector, as a kiosk uses it: the largest face of a picture."""

    def __init__(self) -> None:
        self._engines = [
            FaceEngine(EngineConfig(min_face=size, backend="onnxruntime", threads=1))
            for size in (LEAST, TINY)
        ]

    def face(self, image: Image, tiny: bool = False) -> Face | None:
        found = self._engines[tiny].analyse([image], embed=False, largest=1)[0]
        return found[0].face if found else None

    def pictures(self, paths: Iterable[Path], who: str, tiny: bool = False) -> list[Picture]:
        """Those of the files that show a face."""
        kept = []
        for path in paths:
            data = path.read_bytes()
            face = self.face(decoded(data), tiny)
            if face is not None:
                kept.append(Picture(who, data, face))
        return kept


def gathered(data: Path, demo: Path, scale: Scale, cache: Path) -> Faces:
    """Everything under ``data`` and ``demo`` with its faces; ``cache`` keeps it, for it takes minutes."""
    if cache.exists():
        kept: Faces = pickle.loads(cache.read_bytes())
        return kept
    finder = Finder()
    clips = [*_clips(finder, data / "webcam-clips/asl_gestures", "*.mkv", scale, drawn=False)]
    clips += _clips(finder, demo / "clips", "*.webm", scale, drawn=True)
    faces = Faces(
        sessions=_sessions(finder, data / "nuaa-small", scale),
        portraits=_portraits(finder, data / "lfw/images", scale),
        clips=clips,
        drawn=_drawn(finder, demo, {clip.who for clip in clips if clip.drawn}),
    )
    cache.write_bytes(pickle.dumps(faces))
    return faces


def _sessions(finder: Finder, folder: Path, scale: Scale) -> list[Session]:
    sessions = []
    for live, kind in ((True, "ClientRaw"), (False, "ImposterRaw")):
        files: dict[tuple[str, str], list[tuple[int, Path]]] = {}
        for path in sorted((folder / kind).glob("*/*.jpg")):
            told = NUAA.fullmatch(path.name)
            if told:
                of_session = files.setdefault((f"n{told['who']}", told["session"]), [])
                of_session.append((int(told["number"]), path))
        for (who, name), paths in list(files.items())[:: scale.sessions]:
            frames = finder.pictures((path for _, path in sorted(paths)), who)
            sessions.append(Session(who, live, name, frames))
    return sessions


def _portraits(finder: Finder, folder: Path, scale: Scale) -> list[Picture]:
    paths = sorted(folder.glob("*/*_0001.jpg"), key=str)
    random.Random(SEED).shuffle(paths)
    chosen = paths[: scale.portraits]
    return [kept for path in chosen for kept in finder.pictures([path], f"l{path.parent.name}")]


def _clips(finder: Finder, folder: Path, pattern: str, scale: Scale, *, drawn: bool) -> list[Clip]:
    clips = []
    for path in sorted(folder.glob(pattern))[:: scale.clips]:
        who = f"d{path.stem}" if drawn else signer(path.stem)
        fps, stills = _stills(path)
        faces = [finder.face(decoded(still)) for still in stills]
        if None in faces:
            faces = [finder.face(decoded(still), tiny=True) for still in stills]
        pairs = zip(stills, faces, strict=True)
        frames = [Picture(who, still, face) if face is not None else None for still, face in pairs]
        clips.append(Clip(who, drawn, path.stem, fps, frames))
    return clips


def _stills(path: Path) -> tuple[float, list[bytes]]:
    """Frames a second and every frame, as the JPEG that a kiosk's page makes of it."""
    film = cv2.VideoCapture(str(path))
    stills: list[bytes] = []
    while True:
        there, frame = film.read()
        if not there:
            return float(film.get(cv2.CAP_PROP_FPS)), stills
        stills.append(encoded(np.asarray(frame[:, :, ::-1], np.uint8), 85))


def _drawn(finder: Finder, demo: Path, without: set[str]) -> list[Picture]:
    """Photos of the demo people that no clip shows, as those of the clips are to be judged."""
    kept = []
    for folder in sorted((demo / "staff").iterdir()):
        who = f"d{folder.name}"
        if who not in without:
            kept += finder.pictures(sorted(folder.glob("*.jpg"))[:3], who, tiny=True)
    return kept
