"""Untrusted bytes in, an upright RGB picture out.

What a file *is* is told by its content, never by its name. Size limits are applied to the header,
before anything is decompressed, so a tiny file that claims to be 50,000 x 50,000 costs nothing.
Imports no TensorFlow: web processes use this module too.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from recognition import containers
from recognition.errors import ImageError
from recognition.types import Image, check_image

MIB = 1024 * 1024

#: Formats by their first bytes that people do send and that we can name in the refusal.
_REFUSED = (
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"%PDF", "PDF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftyp", "video"),
    (0, b"\x1a\x45\xdf\xa3", "video"),
)

#: A large picture with more pixels a byte than this is a flat surface made to be unpacked, and no photo.
_PIXELS_A_BYTE, _LARGE = 50, 4_000_000
#: A progressive JPEG comes in some ten scans, each of which goes over the whole picture.
_MAX_SCANS, _MAX_SCANNED = 64, 1_000_000_000

_PILLOW_NAMES = {"jpeg": ("JPEG", "MPO"), "png": ("PNG",), "webp": ("WEBP",)}

#: What Pillow raises on damaged files: it documents OSError, but its parsers let these through too.
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError, struct.error)

#: EXIF orientation -> the transposition that makes the picture upright (EXIF 2.32, tag 0x0112).
_UPRIGHT = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Limits:
    """What is let in. Sides and pixels count as stored in the file, before any shrinking.

    ``max_pixels_lossless``: of PNG and WebP, which cannot be shrunk while they are decoded.

    ``working_side``: when set, :func:`decode` returns a picture whose longer side is at most this
    many pixels (large JPEGs are then decoded at a fraction of their size, which is much faster).
    """

    max_bytes: int = 15 * MIB
    max_pixels: int = 50_000_000
    max_pixels_lossless: int = 24_000_000
    max_side: int = 12_000
    min_side: int = 32
    working_side: int | None = None


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What the header says: ``format`` is "jpeg", "png" or "webp"; sizes are of the upright picture."""

    format: str
    width: int
    height: int


def inspect(data: bytes, limits: Limits = Limits()) -> ImageInfo:
    """Check a file by its content and header without decoding its pixels.

    Raises :class:`ImageError` with code ``image.empty``, ``image.not_an_image``,
    ``image.unsupported_format``, ``image.truncated``, ``image.too_large`` (bytes),
    ``image.too_many_pixels``, ``image.too_small``, ``image.animated`` or ``image.mixed``.
    """
    with _open(data, limits) as picture:
        width, height = picture.size
        if _orientation(picture) >= 5:
            width, height = height, width
        return ImageInfo(_sniff(data), width, height)


def decode(data: bytes, limits: Limits = Limits()) -> Image:
    """Decode to RGB uint8 of shape (height, width, 3), upright.

    EXIF orientation is applied; transparency is laid over white; grey, palette, CMYK and 16-bit
    pictures become 8-bit RGB. Raises what :func:`inspect` raises; damage that only shows while
    decoding is ``image.truncated``.
    """
    with _open(data, limits) as picture:
        try:
            if limits.working_side is not None:
                picture.draft("RGB", (limits.working_side, limits.working_side))
            picture.load()
            turn = _UPRIGHT.get(_orientation(picture))
            flat = _flatten(picture)
            if turn is not None:
                flat = flat.transpose(turn)
            image = np.array(flat, dtype=np.uint8)
        except _DAMAGED as error:
            raise containers.damaged() from error
    if limits.working_side is not None:
        image = shrink(image, limits.working_side)
    return check_image(image)


def encode_jpeg(image: Image, quality: int = 92) -> bytes:
    """Encode RGB uint8 (h, w, 3) as a baseline JPEG that carries no metadata whatsoever."""
    buffer = io.BytesIO()
    Pillow.fromarray(check_image(image)).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def shrink(image: Image, max_side: int) -> Image:
    """Return ``image`` with its longer side at most ``max_side`` pixels (area filter).

    Never enlarges; an image that is small enough comes back as it is, not copied.
    """
    height, width = check_image(image).shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _sniff(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    for offset, magic, name in _REFUSED:
        if data[offset : offset + len(magic)] == magic:
            what = "a video" if name == "video" else f"a {name} file"
            raise ImageError(
                f"This is {what}. Please send the picture as JPEG, PNG or WebP.",
                code="image.unsupported_format",
            )
    raise ImageError(
        "This file is not a picture. Please send a JPEG, PNG or WebP.", code="image.not_an_image"
    )


def _open(data: bytes, limits: Limits) -> Pillow.Image:
    """Open lazily, with every check that the header allows."""
    if not data:
        raise ImageError("The file is empty.", code="image.empty")
    if len(data) > limits.max_bytes:
        raise ImageError(
            f"The file has {len(data) / MIB:.1f} MiB; at most {limits.max_bytes / MIB:.0f} MiB are accepted.",
            code="image.too_large",
        )
    kind = _sniff(data)
    _check_container(data, kind, limits)
    try:
        picture = Pillow.open(io.BytesIO(data), formats=_PILLOW_NAMES[kind])
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise _too_many_pixels(None, limits) from error
    except (UnidentifiedImageError, *_DAMAGED) as error:
        raise containers.damaged() from error
    try:
        _check_header(picture, kind, limits)
    except BaseException:
        picture.close()
        raise
    return picture


def _check_container(data: bytes, kind: str, limits: Limits) -> None:
    """All that can be told without a decoder, which may take memory for the whole picture at once."""
    found = containers.read(data, kind)
    _check_size((found.width, found.height), kind, limits)
    pixels = found.width * found.height
    if pixels > _LARGE and pixels > _PIXELS_A_BYTE * len(data):
        raise _too_many_pixels((found.width, found.height), limits)
    if found.scans > _MAX_SCANS or found.scans * pixels > _MAX_SCANNED:
        raise containers.too_complex()
    # A phone's "MPO" JPEG also has frames (a preview, a depth map), but its first one is the photo.
    if found.animated:
        raise ImageError("This is an animation. Please send a still picture.", code="image.animated")


def _check_header(picture: Pillow.Image, kind: str, limits: Limits) -> None:
    """The same of what the decoder has read: it decides what is decompressed."""
    _check_size(picture.size, kind, limits)
    if kind != "jpeg" and getattr(picture, "is_animated", False):
        raise ImageError("This is an animation. Please send a still picture.", code="image.animated")


def _check_size(size: tuple[int, int], kind: str, limits: Limits) -> None:
    pixels = limits.max_pixels if kind == "jpeg" else min(limits.max_pixels, limits.max_pixels_lossless)
    if size[0] * size[1] > pixels or max(size) > limits.max_side:
        raise _too_many_pixels(size, limits, pixels)
    if min(size) < limits.min_side:
        raise ImageError(
            f"The picture has only {size[0]} x {size[1]} pixels; each side needs {limits.min_side}.",
            code="image.too_small",
        )


def _too_many_pixels(size: tuple[int, int] | None, limits: Limits, pixels: int = 0) -> ImageError:
    most = (pixels or limits.max_pixels) // 1_000_000
    allowed = f"at most {most} megapixels and {limits.max_side} pixels per side"
    start = f"The picture has {size[0]} x {size[1]} pixels" if size else "The picture has far too many pixels"
    return ImageError(f"{start}; {allowed} are accepted.", code="image.too_many_pixels")


def _orientation(picture: Pillow.Image) -> int:
    """EXIF orientation 1 to 8; 1 when there is none or when the EXIF block is broken."""
    # Pillow decodes a whole PNG to look for EXIF behind the pixels; only take what the header has.
    if picture.format == "PNG" and "exif" not in picture.info:
        return 1
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except _DAMAGED:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _flatten(picture: Pillow.Image) -> Pillow.Image:
    """Any Pillow mode to 8-bit RGB, transparency over white. What is RGB already comes back as it is."""
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture  # converting would copy every pixel
    if picture.mode.startswith("I"):
        # Pillow's own conversion clips 16-bit grey at 255 instead of scaling it.
        wide = np.clip(np.asarray(picture), 0, 65535)
        return Pillow.fromarray((wide // 257).astype(np.uint8)).convert("RGB")
    if "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        clear = picture.convert("RGBA")
        white = Pillow.new("RGB", clear.size, (255, 255, 255))
        white.paste(clear, mask=clear.getchannel("A"))  # a third of the memory of a composition
        return white
    return picture.convert("RGB")
