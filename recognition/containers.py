"""What a picture file is made of, read before anything is decompressed: its size, its parts, what hangs on.

A decoder believes a file; this does not. What would cost a decoder much (ten thousand scans, a canvas of a
billion pixels) or is more than a picture (an archive, a page or a document in the same file) is seen here, in
time that grows with the file's bytes and nothing else.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from recognition.errors import ImageError

#: Files that hide behind a picture, or in its comments. In text that cameras write none of these occurs.
_FOREIGN = (b"PK\x03\x04", b"PK\x05\x06", b"%PDF-")
_FOREIGN_LOWER = (b"<?php", b"<script", b"<svg ", b"<svg>", b"<html", b"<!doctype ", b"<iframe")
#: In the pixels of a JPEG, 0xFF is followed by 0 or by a restart marker; anything else ends them.
_NEXT_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7])", re.DOTALL)
#: More parts than this no camera and no program makes; each costs some time.
_PARTS, _EXIF_PARTS, _CHUNKS = 1000, 8, 20_000
_BESIDE_PIXELS = 1024 * 1024  # bytes of a PNG's text, profile and the like
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, 0xFF, *range(0xD0, 0xD8)})


@dataclass(frozen=True, slots=True)
class Container:
    """``scans``: how often a decoder goes over the whole picture. ``animated``: it has several frames."""

    width: int
    height: int
    scans: int = 1
    animated: bool = False


def read(data: bytes, kind: str) -> Container:
    """The container of a "jpeg", "png" or "webp".

    Raises :class:`ImageError` ``image.truncated`` for what is not whole, and ``image.mixed`` for a file that
    is something else as well.
    """
    try:
        found = _READERS[kind](data)
    except (struct.error, IndexError) as error:
        raise damaged() from error
    if not found.width or not found.height:
        raise damaged()
    return found


def damaged() -> ImageError:
    return ImageError(
        "The picture is damaged or incomplete. Please send the original file again.", code="image.truncated"
    )


def too_complex() -> ImageError:
    return ImageError(
        "This picture is put together in a way that no camera does. Please save it anew.",
        code="image.too_complex",
    )


def _refuse_foreign(part: bytes) -> None:
    lower = part.lower()
    if any(sign in part for sign in _FOREIGN) or any(sign in lower for sign in _FOREIGN_LOWER):
        raise ImageError(
            "This file is more than a picture. Please save the picture anew and send that.",
            code="image.mixed",
        )


def _jpeg(data: bytes) -> Container:
    at, size, scans, exif = 2, None, 0, 0
    for _ in range(_PARTS):
        match = _NEXT_MARKER.search(data, at)
        if match is None:
            raise damaged()
        marker, at = match[1][0], match.end()
        if marker == 0xFF:
            at -= 1  # markers may be padded with it
        if marker in _ALONE:
            continue
        if marker == 0xD9:
            _refuse_foreign(data[at:])  # phones hang depth maps, previews and videos on it
            if size is None or not scans:
                raise damaged()
            return Container(*size, scans=scans)
        (length,) = struct.unpack_from(">H", data, at)
        if length < 2 or at + length > len(data):
            raise damaged()
        if marker in _FRAMES and size is None:
            height, width = struct.unpack_from(">HH", data, at + 3)
            size = (width, height)
        elif marker == 0xDA:
            scans += 1
        elif marker == 0xFE or 0xE0 <= marker <= 0xEF:
            exif += data.startswith(b"Exif", at + 2)
            _refuse_foreign(data[at : at + length])
        at += length
        if exif > _EXIF_PARTS:
            break
    raise too_complex()


def _png(data: bytes) -> Container:
    width, height = struct.unpack_from(">II", data, 16)
    if data[12:16] != b"IHDR":
        raise damaged()
    view, at, animated, beside, parts = memoryview(data), 8, False, 0, 0
    for _ in range(_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise damaged()
        (crc,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(view[at + 4 : end - 4]) != crc:
            raise damaged()
        animated |= kind == b"acTL"
        if kind != b"IDAT":
            beside, parts = beside + length, parts + 1
            if beside > _BESIDE_PIXELS or parts > _PARTS:
                raise too_complex()
            _refuse_foreign(data[at + 8 : end - 4])
        at = end
        if kind == b"IEND":
            if at != len(data):
                _refuse_foreign(data[at:])
                raise damaged()
            return Container(width, height, animated=animated)
    raise too_complex()


def _webp(data: bytes) -> Container:
    (length,) = struct.unpack_from("<I", data, 4)
    whole = 8 + length + length % 2
    if whole > len(data) + 1:
        raise damaged()
    _refuse_foreign(data[whole:])
    if whole < len(data):
        raise damaged()
    sizes, animated, at, chunks = [], False, 12, 0
    while at + 8 <= 8 + length:
        kind, size = struct.unpack_from("<4sI", data, at)
        body = at + 8
        if body + size > len(data):
            raise damaged()
        if kind == b"VP8X":
            animated |= bool(data[body] & 0x02)
            sizes.append((1 + _three(data, body + 4), 1 + _three(data, body + 7)))
        elif kind == b"VP8 ":
            width, height = struct.unpack_from("<HH", data, body + 6)
            sizes.append((width & 0x3FFF, height & 0x3FFF))
        elif kind == b"VP8L":
            (bits,) = struct.unpack_from("<I", data, body + 1)
            sizes.append((1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
        elif kind in (b"ANIM", b"ANMF"):
            animated = True
        elif kind != b"ALPH":
            _refuse_foreign(data[body : body + size])
        at = body + size + size % 2
        if len(sizes) > _EXIF_PARTS or (chunks := chunks + 1) > _PARTS:
            raise too_complex()
    if not sizes:
        raise damaged()
    return Container(max(width for width, _ in sizes), max(height for _, height in sizes), animated=animated)


def _three(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


_READERS: dict[str, Callable[[bytes], Container]] = {"jpeg": _jpeg, "png": _png, "webp": _webp}
