"""Looks for biometrics in the clear: a known embedding, picture or face in every form it could lie in.

:func:`needles_of_vector` and :func:`needles_of_picture` say what to look for; :func:`database`,
:func:`folder`, :func:`redis_server` and :func:`local_cache` where; :func:`scan` looks. A test that finds
nothing has to plant something and find that too.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import redis
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from PIL import Image, ImageFile

#: So many numbers of an embedding in a row are no chance any more.
_RUN = 4
_NUMBER = re.compile(rb"-?\d+\.\d+(?:[eE][-+]?\d+)?")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{400,}")
_DEFLATED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_PICTURE = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Needle:
    """Something that must not be found: these bytes, or numbers that are written out."""

    what: str
    pattern: bytes = b""
    numbers: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere that something is stored, and what is stored there."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Found:
    what: str
    where: str


def needles_of_vector(vector: np.ndarray, what: str = "an embedding") -> list[Needle]:
    """``vector``: (D,). In half, single and double precision, either way round, and as numbers in text."""
    needles = [Needle(f"{what} as text", numbers=tuple(float(number) for number in vector))]
    for kind in ("<f2", "<f4", "<f8", ">f4", ">f8"):
        data = vector.astype(kind).tobytes()
        # Two numbers in half precision are four bytes, which any file may hold by chance.
        length = max(_RUN * vector.astype(kind).itemsize, 16)
        starts = range(0, len(data) - length + 1, len(data) // 4)
        needles += _written(f"{what} as {kind}", [data[start : start + length] for start in starts])
    return needles


def needles_of_picture(data: bytes, what: str = "a photo") -> list[Needle]:
    """``data``: a picture file. Its bytes, and its pixels as they lie in memory."""
    with Image.open(io.BytesIO(data)) as image:
        pixels = np.asarray(image.convert("RGB"))
    # What stands before the pixels is much the same in all pictures.
    start = max(data.rfind(b"\xff\xda"), 0) + 16
    return [*_written(f"{what} as a file", _windows(data[start:], 24)), *needles_of_pixels(pixels, what)]


def needles_of_pixels(pixels: np.ndarray, what: str = "a face") -> list[Needle]:
    """``pixels``: uint8 (H, W, 3), as RGB and BGR."""
    rgb, bgr = np.ascontiguousarray(pixels).tobytes(), np.ascontiguousarray(pixels[..., ::-1]).tobytes()
    return [
        *_written(f"{what} as RGB", _windows(rgb, 48)),
        *_written(f"{what} as BGR", _windows(bgr, 48)),
    ]


def scan(needles: Iterable[Needle], places: Iterable[Place], *, any_picture: bool = False) -> list[Found]:
    """What of ``needles`` lies in ``places``; with ``any_picture`` also whatever else opens as a picture."""
    needles = list(needles)
    found = []
    for place in places:
        for layer in _layers(place.content):
            found += [Found(needle.what, place.name) for needle in _in(needles, layer)]
            if any_picture and _opens_as_picture(layer):
                found.append(Found("a picture", place.name))
    return sorted(set(found), key=lambda one: (one.where, one.what))


def database() -> Iterator[Place]:
    """Every table of the test's database, row by row as SQL gives it."""
    names = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in names:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description or []]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    if value is not None:
                        yield Place(f"{table}.{column}", _bytes(value))


def folder(path: Path, *, without: Iterable[str] = ()) -> Iterator[Place]:
    """Every file below ``path``; ``without`` names folders of it that are left out."""
    left_out = {path / name for name in without}
    for file in sorted(path.rglob("*")):
        if file.is_file() and not left_out & set(file.parents):
            yield Place(str(file.relative_to(path)), file.read_bytes())


def redis_server(url: str) -> Iterator[Place]:
    """Every key of a Redis database, whatever its kind."""
    client = redis.Redis.from_url(url)
    read = {
        b"string": lambda key: [client.get(key)],
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": lambda key: client.smembers(key),
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"hash": lambda key: [part for pair in client.hgetall(key).items() for part in pair],
        b"stream": lambda key: [repr(client.xrange(key)).encode()],
    }
    for key in client.scan_iter(count=1000):
        yield Place(f"redis key {key!r}", key)
        for value in read.get(client.type(key), lambda _: [])(key):
            yield Place(f"redis {key!r}", bytes(value or b""))


def local_cache() -> Iterator[Place]:
    """What a cache inside this process holds; nothing where the cache is a server."""
    for alias in caches:
        cache = caches[alias]
        if isinstance(cache, LocMemCache):
            for key, value in list(cache._cache.items()):
                yield Place(f"cache {key}", bytes(value))


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview | bytearray):
        return bytes(value)
    return str(value).encode()


def _windows(data: bytes, length: int) -> list[bytes]:
    """Some stretches of ``data`` that are like nothing else: those with the most different bytes."""
    starts = range(0, max(len(data) - length, 1), max(len(data) // 200, 1))
    stretches = sorted((data[start : start + length] for start in starts), key=lambda one: -len(set(one)))
    return [one for one in stretches[:8] if len(set(one)) >= length // 4]


def _written(what: str, stretches: Iterable[bytes]) -> list[Needle]:
    """Each stretch as it is, in hexadecimal, and in base64 wherever it begins in it."""
    needles = []
    for stretch in stretches:
        needles += [
            Needle(what, stretch),
            Needle(f"{what}, in hexadecimal", stretch.hex().encode()),
            Needle(f"{what}, in hexadecimal", stretch.hex().upper().encode()),
        ]
        for shift in range(3):
            # Without the first and last signs, which depend on what stands before and after.
            coded = base64.b64encode(bytes(shift) + stretch)[4 if shift else 0 : -4]
            needles.append(Needle(f"{what}, in base64", coded))
            needles.append(Needle(f"{what}, in base64", coded.translate(bytes.maketrans(b"+/", b"-_"))))
    return needles


def _layers(content: bytes) -> Iterator[bytes]:
    """``content``, and what is inside of it: compressed, or in base64 that may hold compressed data."""
    yield content
    yield from _inflated(content)
    for run in _BASE64.findall(content):
        try:
            run = run[:-1] if len(run) % 4 == 1 else run + b"=" * (-len(run) % 4)
            inner = base64.b64decode(run.translate(bytes.maketrans(b"-_", b"+/")))
        except binascii.Error:
            continue
        yield inner
        yield from _inflated(inner)


def _inflated(content: bytes) -> Iterator[bytes]:
    for start in _DEFLATED.finditer(content):
        try:
            opened = zlib.decompressobj(47).decompress(content[start.start() :], 64 * 1024 * 1024)
        except zlib.error:
            continue
        if len(opened) > 64:
            yield opened


def _in(needles: list[Needle], content: bytes) -> Iterator[Needle]:
    written: np.ndarray | None = None
    for needle in needles:
        if needle.pattern and needle.pattern in content:
            yield needle
        if needle.numbers:
            if written is None:
                written = np.array([float(number) for number in _NUMBER.findall(content)])
            if _run_of(np.array(needle.numbers), written):
                yield needle


def _run_of(numbers: np.ndarray, written: np.ndarray) -> bool:
    """Whether some of ``numbers`` stand in ``written`` one after the other, to three decimals or more."""
    if len(written) < _RUN:
        return False
    parts = np.lib.stride_tricks.sliding_window_view(written, _RUN)
    wanted = np.lib.stride_tricks.sliding_window_view(numbers, _RUN)[:: len(numbers) // 16 or 1]
    near = 6e-4
    return any(bool((np.abs(parts - one) < near).all(axis=1).any()) for one in wanted)


def _opens_as_picture(content: bytes) -> bool:
    for start in _PICTURE.finditer(content):
        try:
            with (
                mock.patch.object(ImageFile, "LOAD_TRUNCATED_IMAGES", True),
                Image.open(io.BytesIO(content[start.start() :])) as image,
            ):
                image.load()
            return True
        except Exception:  # whatever it was, it is no picture
            continue
    return False
