"""Is all of a video file there? What its container says, read without any decoder.

OpenCV ends alike at the last frame and where a file is cut off or damaged, and the number of frames
that it tells is a guess: from the length of the sound, for one. So the containers are read here as
far as their own sizes and times go: Matroska and WebM, MP4 and MOV, AVI. Of others nothing is known.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

#: Decoders may be off by a frame or two; a last frame that is this much too early is missed.
TOLERANCE = 0.5


@dataclass(slots=True)
class Ending:
    """``whole``: as long as it says, and nothing in between that cannot be. ``last``: when its last
    frame is due, in seconds after the first, ``None`` where it does not say."""

    whole: bool = True
    last: float | None = None

    def reached(self, seconds: float) -> bool:
        """Whether a video whose last frame was at ``seconds`` was read to its end."""
        return self.whole and (self.last is None or seconds >= self.last - TOLERANCE)

    def sentence(self, seconds: float) -> str:
        """What is wrong, of a video whose last frame was at ``seconds`` and which was not :meth:`reached`."""
        if not self.whole and self.last is not None and seconds > self.last + TOLERANCE:
            return f"The video is damaged at about second {self.last:.1f}. Frames may be missing there."
        return f"The video broke off at about second {seconds:.1f}. The file is damaged or not complete."


class _Damaged(Exception):
    """What cannot be in a container of this kind."""


def ending(path: Path) -> Ending:
    """How the file says that it ends. Raises ``OSError`` when it cannot be read."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(12)
        if start[:4] == b"\x1aE\xdf\xa3":
            return _Matroska(file, size).ending()
        if start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return _mp4(file, size)
        if start[:4] == b"RIFF" and start[8:] == b"AVI ":
            return _avi(file, size)
    return Ending()


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


# Matroska and WebM: elements of an id, a size and content, https://www.rfc-editor.org/rfc/rfc8794

_SEGMENT, _CLUSTER, _GROUP = 0x18538067, 0x1F43B675, 0xA0
_INFO, _TRACKS, _TRACK = 0x1549A966, 0x1654AE6B, 0xAE
_ENTERED = frozenset({_SEGMENT, _CLUSTER, _GROUP, _INFO, _TRACKS, _TRACK})
_SCALE, _TIME, _BLOCK, _SIMPLE = 0x2AD7B1, 0xE7, 0xA1, 0xA3
_TRACK_NUMBER, _TRACK_TYPE = 0xD7, 0x83
_VIDEO = 1


@dataclass(slots=True)
class _Matroska:
    """Reads a file's elements one after the other; of pictures and sound only the first bytes."""

    file: BinaryIO
    size: int
    scale: int = 1_000_000
    whole: bool = True
    cluster: int = 0
    #: Number and type of the track that is being described.
    number: int = 0
    kind: int = 0
    videos: set[int] = field(default_factory=set)
    #: First and last time of each track's blocks.
    times: dict[int, tuple[int, int]] = field(default_factory=dict)

    def ending(self) -> Ending:
        try:
            place, end = 0, self.size
            while place < end:
                place, end = self._element(place, end)
        except _Damaged:
            self.whole = False
        spans = [last - first for track, (first, last) in self.times.items() if track in self.videos]
        # The decoder takes one of several pictures' tracks; the shortest cannot be missed by mistake.
        return Ending(self.whole, min(spans) * self.scale / 1e9 if spans else None)

    def _element(self, place: int, end: int) -> tuple[int, int]:
        """Read the element at ``place``: where the next one is, and where the last one ends."""
        self.file.seek(place)
        head = self.file.read(12)
        wide = _width(head[:1], 4)
        name = _number(head[:wide])
        more = _width(head[wide : wide + 1], 8)
        length = _number(head[wide : wide + more]) & ((1 << 7 * more) - 1)
        content = place + wide + more
        known = length != (1 << 7 * more) - 1
        if not known and name not in (_SEGMENT, _CLUSTER):
            raise _Damaged
        if known and content + length > end:
            if name not in _ENTERED:
                raise _Damaged
            self.whole, known = False, False  # but there may be something in it all the same
        if name in _ENTERED:
            self.number = self.kind = 0
            return content, content + length if known and name == _SEGMENT else end
        if name in (_SCALE, _TIME, _BLOCK, _SIMPLE, _TRACK_NUMBER, _TRACK_TYPE):
            self.file.seek(content)
            self._note(name, self.file.read(min(length, 12)))
        return content + length, end

    def _note(self, name: int, data: bytes) -> None:
        if name == _SCALE:
            self.scale = _number(data)
        elif name == _TIME:
            self.cluster = _number(data)
        elif name in (_TRACK_NUMBER, _TRACK_TYPE):
            if name == _TRACK_NUMBER:
                self.number = _number(data)
            else:
                self.kind = _number(data)
            if self.kind == _VIDEO:
                self.videos.add(self.number)
        else:
            wide = _width(data[:1], 8)
            track = _number(data[:wide]) & ((1 << 7 * wide) - 1)
            at = self.cluster + int.from_bytes(data[wide : wide + 2], "big", signed=True)
            first, last = self.times.get(track, (at, at))
            self.times[track] = min(first, at), max(last, at)


def _width(first: bytes, most: int) -> int:
    """How many bytes a number of Matroska's has, by its first one."""
    wide = 9 - first[0].bit_length() if first else 9
    if wide > most:
        raise _Damaged
    return wide


# MP4 and MOV: boxes of a size, a type and content, ISO/IEC 14496-12


#: What a file consists of. Some cameras put data of their own behind it, which is none of our business.
_PARTS = frozenset(
    {b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"free", b"skip", b"wide", b"uuid", b"udta", b"meta",
     b"sidx", b"styp", b"emsg", b"prft", b"pnot"}
)  # fmt: skip
#: What is entered, by what it is in, and what is read, of that so many bytes at most.
_INSIDE = {
    b"moov": (b"trak",), b"trak": (b"edts", b"mdia"), b"mdia": (b"minf",), b"minf": (b"stbl",)
}  # fmt: skip
_READ = frozenset({b"mvhd", b"mdhd", b"hdlr", b"elst", b"stts"})
_MOST = 64_000_000


class _Box(NamedTuple):
    """``said``: where it says that it ends; ``end``: as far as what it is in goes."""

    kind: bytes
    start: int
    end: int
    said: int


@dataclass(slots=True)
class _Track:
    """Of a ``trak``. ``length``, and ``step``, the longest time that a frame is shown, in units of
    1 / ``scale`` seconds; ``edits`` (length, start) in units of the film and of the track."""

    video: bool = False
    scale: int = 0
    length: int = 0
    step: int = 0
    edits: list[tuple[int, int]] = field(default_factory=list)

    def note(self, kind: bytes, data: bytes) -> None:
        wide = data[:1] == b"\x01"
        if kind == b"mdhd":
            self.scale = _number(data[20:24] if wide else data[12:16])
            self.length = _number(data[24:32] if wide else data[16:20])
        elif kind == b"hdlr":
            self.video |= data[8:12] == b"vide"
        elif kind == b"stts":
            steps = np.frombuffer(data[8 : 8 + (len(data) - 8) // 8 * 8], ">u4")[1::2]
            self.step = int(steps.max(initial=0))
        elif kind == b"elst":
            size = 8 if wide else 4
            for at in range(8, len(data) - 2 * size, 2 * size + 4):
                start = int.from_bytes(data[at + size : at + 2 * size], "big", signed=True)
                self.edits.append((_number(data[at : at + size]), start))

    def last(self, film: int) -> float | None:
        """When the last frame is due, in seconds, rather too early; ``film``: units of the film."""
        shown = [(length, start) for length, start in self.edits if start >= 0]
        if not (self.scale and self.length and film and all(length for length, _ in shown)):
            return None  # of fragments the lengths are not known beforehand
        seconds = (self.length - (shown[0][1] if shown else 0)) / self.scale
        if shown:
            seconds = min(seconds, sum(length for length, _ in shown) / film)
        return seconds - self.step / self.scale


def _mp4(file: BinaryIO, size: int) -> Ending:
    film, tracks = 0, list[_Track]()
    for box in _boxes(file, 0, size):
        if box.kind not in _PARTS:
            break
        if box.said > size:
            return Ending(whole=False)
        if box.kind != b"moov":
            continue
        for kind, data in _leaves(file, box):
            if kind == b"trak":
                tracks.append(_Track())
            elif kind == b"mvhd":
                film = _number(data[20:24] if data[:1] == b"\x01" else data[12:16])
            elif tracks:
                tracks[-1].note(kind, data)
    lasts = [track.last(film) for track in tracks if track.video]
    known = [last for last in lasts if last is not None]
    return Ending(last=min(known) if known and len(known) == len(lasts) else None)


def _boxes(file: BinaryIO, place: int, end: int) -> Iterator[_Box]:
    while place + 8 <= end:
        file.seek(place)
        head = file.read(16)
        length, start = _number(head[:4]), place + 8
        if length == 1:
            length, start = _number(head[8:16]), place + 16
        said = place + length if length else end  # without a length: as far as there is anything
        if said < start:
            return
        yield _Box(head[4:8], start, min(said, end), said)
        place = said


def _leaves(file: BinaryIO, parent: _Box) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of what is read in a film; a track's beginning without content."""
    for box in _boxes(file, parent.start, parent.end):
        if box.kind == b"trak":
            yield box.kind, b""
        if box.kind in _INSIDE.get(parent.kind, ()):
            yield from _leaves(file, box)
        elif box.kind in _READ:
            file.seek(box.start)
            yield box.kind, file.read(min(box.end - box.start, _MOST))


# AVI: chunks of a type, a size and content


def _avi(file: BinaryIO, size: int) -> Ending:
    place = 0
    while place + 8 <= size:
        file.seek(place)
        head = file.read(8)
        length = int.from_bytes(head[4:], "little")
        # Without a size: it was never finished, or is a stream. What is no RIFF is none of our business.
        if head[:4] != b"RIFF" or not 0 < length < 0x7FFFFFF0:
            break
        if place + 8 + length > size:
            return Ending(whole=False)
        place += 8 + length + length % 2
    return Ending()
