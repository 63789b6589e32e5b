"""Moving pictures in and out: files, cameras and folders of frames."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

import cv2
import numpy as np
from tqdm import tqdm

from recognition.commands import camera
from recognition.commands.common import complain, complain_of, find_photos, read_photo
from recognition.commands.video_end import ending
from recognition.errors import ImageError, VideoError
from recognition.types import Image

#: Frames a second of a folder's frames, and of what does not say.
RATE = 25.0

#: File name endings that can be written, and the codec for each: what OpenCV carries everywhere.
CODECS = {".mp4": "mp4v", ".avi": "MJPG"}

#: What counts as a video where photos are taken too.
SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".mjpeg", ".ogv", ".wmv"}
)


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    """RGB uint8 (h, w, 3) and when it was taken, in seconds from the start."""

    image: Image
    seconds: float


class Source(Protocol):
    """Where frames come from.

    ``rate``: frames a second; ``count``: how many, ``None`` if not known; ``shape``: (height, width) of
    the first, ``None`` if that cannot be read; ``faulty``: whether some could not be read so far.
    """

    rate: float
    shape: tuple[int, int] | None
    count: int | None
    faulty: bool

    def frames(self) -> Generator[VideoFrame, None, None]: ...


def is_camera(name: str) -> bool:
    """Whether ``name`` is a camera's number; a file of that name comes first."""
    return name.isdecimal() and len(name) <= 3 and not Path(name).exists()


def is_moving(name: str) -> bool:
    """Whether ``name`` is a camera's number or, by its ending, a video's file."""
    return is_camera(name) or (Path(name).suffix.lower() in SUFFIXES and not Path(name).is_dir())


def open_source(name: str, rate: float | None = None) -> Source:
    """A video file, a folder of frames, or a camera by its number (if no file is called that).

    ``rate``: frames a second of a folder, :data:`RATE` by default. Raises ``image.not_found``,
    ``video.unreadable`` and ``video.no_camera``.
    """
    path = Path(name)
    if path.is_dir():
        return Folder(path, rate or RATE)
    if is_camera(name):
        return Capture(int(name))
    if not path.is_file():
        raise ImageError(f"There is no file {path}.", code="image.not_found")
    return Capture(path)


class Folder:
    """A folder's photos in the order of their names. Those that cannot be read are reported and left out."""

    def __init__(self, path: Path, rate: float) -> None:
        self._paths = find_photos([path])
        self.rate = rate
        self.count: int | None = len(self._paths)
        first = read_photo(self._paths[0]).image
        self.shape = None if first is None else first.shape[:2]
        self.faulty = False

    def frames(self) -> Generator[VideoFrame, None, None]:
        for number, path in enumerate(self._paths):
            photo = read_photo(path)
            if photo.image is None:
                self.faulty = True
                complain_of(photo, "Left out of the video.")
            else:
                yield VideoFrame(photo.image, number / self.rate)


class Capture:
    """A file or a camera through OpenCV; decoding goes on while the frame before is worked on."""

    def __init__(self, what: Path | int) -> None:
        # Else FFmpeg tells standard error about damaged files in its own words.
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
        self._live = isinstance(what, int)
        self._what = what
        self.faulty = False
        before = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        try:
            self._video = cv2.VideoCapture(what if isinstance(what, int) else str(what))
            first = self._video.read()[1] if self._video.isOpened() else None
        finally:
            cv2.utils.logging.setLogLevel(before)
        if first is None:
            self._video.release()
            if isinstance(what, int):
                raise VideoError(camera.advice(what), code="video.no_camera")
            raise VideoError(f"{what} is no video that can be read.")
        self._first = first
        self.shape: tuple[int, int] | None = first.shape[:2]
        rate, count = self._video.get(cv2.CAP_PROP_FPS), self._video.get(cv2.CAP_PROP_FRAME_COUNT)
        self.rate = rate if 1 <= rate <= 240 else RATE
        self.count: int | None = int(count) if count > 0 and not self._live else None

    def frames(self) -> Generator[VideoFrame, None, None]:
        with closing(self._read()) as read, ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(next, read, None)
            seconds = 0.0
            while (frame := coming.result()) is not None:
                coming = ahead.submit(next, read, None)
                seconds = frame.seconds
                yield frame
        if isinstance(self._what, Path):
            self._look_whether_all_was_there(self._what, seconds)
        else:
            self._report("video.no_camera", f"Camera {self._what} gives no more pictures. Was it unplugged?")

    def _look_whether_all_was_there(self, path: Path, seconds: float) -> None:
        """Report a video whose last frame, at ``seconds``, cannot have been meant to be its last."""
        try:
            found = ending(path)
        except OSError:  # it is gone by now, and nobody can tell
            return
        if not found.reached(seconds):
            self._report("video.incomplete", f"{path}: {found.sentence(seconds)}")

    def _report(self, code: str, sentence: str) -> None:
        self.faulty = True
        with tqdm.external_write_mode(file=sys.stderr):
            complain(code, sentence)

    def _read(self) -> Generator[VideoFrame, None, None]:
        start, seconds = time.monotonic(), -1 / self.rate
        picture: np.ndarray | None = self._first
        try:
            while picture is not None:
                told = self._video.get(cv2.CAP_PROP_POS_MSEC) / 1000
                if self._live:
                    seconds = time.monotonic() - start
                else:  # some files do not say when their frames were taken
                    seconds = told if told > seconds else seconds + 1 / self.rate
                yield VideoFrame(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8), seconds)
                done, following = self._video.read()
                picture = following if done else None
        finally:
            self._video.release()


class Writer:
    """Writes RGB frames of one size to a video file; others are brought to the first one's size.

    Raises ``image.not_written`` on the first frame when that cannot be done.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self._path = path
        self._rate = rate
        self._size = (0, 0)
        self._video: cv2.VideoWriter | None = None

    def write(self, image: Image) -> None:
        if self._video is None:
            self._size = image.shape[1], image.shape[0]
            self._video = self._open()
        picture = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        if picture.shape[1::-1] != self._size:
            picture = cv2.resize(picture, self._size, interpolation=cv2.INTER_AREA)
        self._video.write(picture)

    def _open(self) -> cv2.VideoWriter:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        except OSError as error:
            raise ImageError(
                f"Cannot write {self._path}: {error.strerror}.", code="image.not_written"
            ) from error
        codec = cv2.VideoWriter.fourcc(*CODECS[self._path.suffix.lower()])
        video = cv2.VideoWriter(str(self._path), codec, self._rate, self._size)
        if not video.isOpened():
            raise ImageError(f"Cannot write {self._path} as a video.", code="image.not_written")
        return video

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._video is not None:
            self._video.release()
