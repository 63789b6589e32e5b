"""Files that are made to hurt whoever opens pictures: bombs, polyglots, half files, strangers in disguise.

Each is made here, byte by byte, so that nothing that hurts lies in the project. ``HOSTILE`` says by which
code each is refused; ``HARMLESS`` are rare pictures that are taken.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image

from tests.support.pictures import animated_png, header_bomb, jpeg, landscape

Maker = Callable[[], bytes]
_PNG = b"\x89PNG\r\n\x1a\n"


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def small() -> Image.Image:
    return landscape().resize((160, 120))


def chunk(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    right = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", right if crc is None else crc)


def header(width: int, height: int, depth: int = 8, color: int = 2, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced))


def png(*chunks: bytes) -> bytes:
    return _PNG + b"".join(chunks) + chunk(b"IEND", b"")


def _with_chunk(extra: bytes, *, at_end: bool = False) -> bytes:
    whole = saved(small(), "PNG")
    at = len(whole) - 12 if at_end else 33
    return whole[:at] + extra + whole[at:]


def flat_png(side: int, color: int = 2, depth: int = 8, interlaced: int = 0) -> bytes:
    """Some hundred kilobytes that unpack to ``side`` x ``side`` pixels of one colour."""
    row = bytes(1 + side * {0: 1, 2: 3, 6: 4}[color] * depth // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return png(header(side, side, depth, color, interlaced), chunk(b"IDAT", packed))


def _longer_than_it_says() -> bytes:
    """Pixels that unpack to 400 MB where the header says 64 x 64; the rest is never unpacked."""
    return png(header(64, 64), chunk(b"IDAT", _nothing(400)))


@cache
def _nothing(megabytes: int) -> bytes:
    """So much of nothing, packed a thousandfold."""
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def _text_bomb(kind: bytes, head: bytes, times: int = 1) -> bytes:
    return _with_chunk(chunk(kind, head + _nothing(64)) * times)


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _after_start(extra: bytes) -> bytes:
    whole = jpeg(small())
    return whole[:2] + extra + whole[2:]


def many_scans(scans: int, side: int = 2000) -> bytes:
    """A progressive JPEG whose first scan of coefficients is told again and again."""
    whole = saved(Image.new("RGB", (side, side), (90, 120, 150)), "JPEG", progressive=True, quality=50)
    start = whole.index(b"\xff\xda")
    second = whole.index(b"\xff\xda", start + 2)
    # The tables of the scans that follow stand between them.
    first = whole[start:second]
    first = first[: first.index(b"\xff\xc4")] if b"\xff\xc4" in first else first
    return whole[:start] + first * scans + whole[second:]


def _scans(scans: int) -> bytes:
    """The same in a small picture, so that the file stays one."""
    return many_scans(scans, 400)


def _size_of_jpeg(width: int, height: int) -> bytes:
    whole = bytearray(jpeg(small()))
    at = whole.index(b"\xff\xc0")
    whole[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("run.py", "print('not a picture')")
    return out.getvalue()


def _webp_canvas() -> bytes:
    """An extended WebP that claims the largest canvas there is."""
    frame = saved(small(), "WEBP")[12:]
    canvas = struct.pack("<4sII", b"VP8X", 10, 0)
    canvas += (16_382).to_bytes(3, "little") + (16_382).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 4 + len(canvas) + len(frame)) + b"WEBP" + canvas + frame


def _animated_webp() -> bytes:
    frames = [Image.new("RGB", (64, 64), color) for color in ("red", "green", "blue")]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def _many_segments() -> bytes:
    return _after_start(b"".join(segment(0xE1, b"Exif\0\0" + bytes(65_000)) for _ in range(100)))


def _tiny_segments() -> bytes:
    return _after_start(segment(0xFE, b"") * 1_000_000)


_SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
_HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
_PHP = b"<?php system($_GET['c']); ?>"
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
_HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)

HOSTILE: dict[str, tuple[Maker, str]] = {
    # bombs
    "PNG of 50,000 x 50,000": (header_bomb, "image.too_many_pixels"),
    "PNG of one colour, 4,800 x 4,800": (lambda: flat_png(4800), "image.too_many_pixels"),
    "PNG of one colour with alpha": (lambda: flat_png(4800, 6), "image.too_many_pixels"),
    "PNG of 16 bit, one colour": (lambda: flat_png(4800, 2, 16), "image.too_many_pixels"),
    "PNG beyond its size": (lambda: flat_png(5200), "image.too_many_pixels"),
    "PNG that is 2,000,000 wide": (lambda: png(header(2_000_000, 40)), "image.too_many_pixels"),
    "PNG with a zTXt bomb": (lambda: _text_bomb(b"zTXt", b"k\0\0"), "image.truncated"),
    "PNG with an iTXt bomb": (lambda: _text_bomb(b"iTXt", b"k\0\1\0\0\0"), "image.truncated"),
    "PNG with an iCCP bomb": (lambda: _text_bomb(b"iCCP", b"icc\0\0"), "image.truncated"),
    "PNG with many zTXt bombs": (lambda: _text_bomb(b"zTXt", b"k\0\0", 20), "image.too_complex"),
    "animated PNG": (animated_png, "image.animated"),
    "animated WebP": (_animated_webp, "image.animated"),
    "WebP with a vast canvas": (_webp_canvas, "image.too_many_pixels"),
    "JPEG of 5,000 scans": (lambda: _scans(5000), "image.too_complex"),
    "JPEG of 100 scans": (lambda: many_scans(100), "image.too_complex"),
    "JPEG that claims 65,500 x 65,500": (lambda: _size_of_jpeg(65_500, 65_500), "image.too_many_pixels"),
    "JPEG that claims 7,000 x 7,000": (lambda: _size_of_jpeg(7000, 7000), "image.too_many_pixels"),
    "JPEG of 100 EXIF segments": (_many_segments, "image.too_complex"),
    "JPEG of a million comments": (_tiny_segments, "image.too_complex"),
    "PNG of 100,000 chunks": (lambda: _with_chunk(chunk(b"tEXt", b"k\0v") * 100_000), "image.too_complex"),
    # more than a picture
    "JPEG and ZIP": (lambda: jpeg(small()) + _zip(), "image.mixed"),
    "JPEG and HTML": (lambda: jpeg(small()) + _HTML, "image.mixed"),
    "JPEG with PHP in a comment": (lambda: _after_start(segment(0xFE, _PHP)), "image.mixed"),
    "JPEG with PHP in EXIF": (lambda: _after_start(segment(0xE1, b"Exif\0\0" + _PHP)), "image.mixed"),
    "JPEG with a PDF in a comment": (lambda: _after_start(segment(0xFE, _PDF)), "image.mixed"),
    "JPEG with SVG in a comment": (lambda: _after_start(segment(0xFE, _SVG)), "image.mixed"),
    "PNG and ZIP": (lambda: saved(small(), "PNG") + _zip(), "image.mixed"),
    "PNG with PHP in its text": (
        lambda: _with_chunk(chunk(b"tEXt", b"Comment\0" + _PHP), at_end=True),
        "image.mixed",
    ),
    "WebP and ZIP": (lambda: saved(small(), "WEBP") + _zip(), "image.mixed"),
    "ZIP and JPEG": (lambda: _zip() + jpeg(small()), "image.not_an_image"),
    "HTML and JPEG": (lambda: _HTML + jpeg(small()), "image.not_an_image"),
    # strangers by another name
    "SVG": (lambda: _SVG, "image.not_an_image"),
    "HTML": (lambda: _HTML, "image.not_an_image"),
    "a script": (lambda: b"#!/bin/sh\nreboot\n", "image.not_an_image"),
    "GIF": (lambda: saved(small(), "GIF"), "image.unsupported_format"),
    "TIFF": (lambda: saved(small(), "TIFF"), "image.unsupported_format"),
    "BMP": (lambda: saved(small(), "BMP"), "image.unsupported_format"),
    "PDF": (lambda: _PDF, "image.unsupported_format"),
    "HEIC": (lambda: _HEIC, "image.unsupported_format"),
    # broken
    "nothing": (lambda: b"", "image.empty"),
    "three bytes of a JPEG": (lambda: b"\xff\xd8\xff", "image.truncated"),
    "half a JPEG": (lambda: jpeg(small())[:1500], "image.truncated"),
    "half a PNG": (lambda: saved(small(), "PNG")[:3000], "image.truncated"),
    "half a WebP": (lambda: saved(small(), "WEBP")[:200], "image.truncated"),
    "PNG with a wrong CRC": (
        lambda: png(header(64, 64), chunk(b"IDAT", zlib.compress(bytes(64 * 193)), crc=1)),
        "image.truncated",
    ),
    "PNG whose chunk is longer than the file": (
        lambda: _PNG + header(64, 64) + struct.pack(">I4s", 0x7FFFFFFF, b"IDAT"),
        "image.truncated",
    ),
    "PNG without pixels": (lambda: png(header(64, 64)), "image.truncated"),
    "PNG of 0 x 64": (lambda: png(header(0, 64), chunk(b"IDAT", zlib.compress(b"\0"))), "image.truncated"),
    "JPEG of 0 x 120": (lambda: _size_of_jpeg(0, 120), "image.truncated"),
    "JPEG whose segment leads nowhere": (lambda: _after_start(b"\xff\xe1\xff\xff"), "image.truncated"),
    "ten megabytes of FF": (lambda: b"\xff\xd8" + b"\xff" * 10_000_000, "image.too_complex"),
    "noise after a JPEG's first bytes": (
        lambda: b"\xff\xd8\xff\xe0" + np.random.default_rng(3).bytes(500_000),
        "image.truncated",
    ),
    "16 x 16 pixels": (lambda: jpeg(small().resize((16, 16))), "image.too_small"),
    "more than 15 MiB": (lambda: jpeg(small()) + bytes(15 * 1024 * 1024), "image.too_large"),
}


HARMLESS: dict[str, Maker] = {
    "CMYK": lambda: saved(small().convert("CMYK"), "JPEG"),
    "grey": lambda: saved(small().convert("L"), "JPEG"),
    "alpha": lambda: saved(small().convert("RGBA"), "PNG"),
    "16 bit": lambda: flat_png(200, 2, 16),
    "16 bit grey": lambda: saved(Image.fromarray(np.full((90, 90), 40_000, np.uint16)), "PNG"),
    "palette": lambda: saved(small().convert("P"), "PNG"),
    "progressive": lambda: saved(small(), "JPEG", progressive=True),
    "interlaced and flat": lambda: flat_png(1500, interlaced=0),
    "a comment": lambda: _after_start(segment(0xFE, b"Taken by Ada & Ben <ada@example.org>")),
    "padding": lambda: jpeg(small()) + bytes(4096),
    "a second picture, as phones add": lambda: jpeg(small()) + jpeg(small().resize((80, 60))),
    "PNG that unpacks to more than it says": _longer_than_it_says,
    "WebP": lambda: saved(small(), "WEBP"),
    "lossless WebP": lambda: saved(small(), "WEBP", lossless=True),
}
