"""Pictures that nobody should be able to enroll, and what is said of each."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

DemoPhoto = Callable[[int, int], bytes]


def jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def text_file() -> bytes:
    return b"Dear all, this is not a photo. Regards\n" * 20


def truncated_jpeg() -> bytes:
    whole = jpeg(landscape())
    return whole[: len(whole) // 2]


def header_bomb() -> bytes:
    """A PNG of some hundred bytes whose header says 50,000 x 50,000."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def animated_png() -> bytes:
    frames = [Image.new("RGB", (64, 64), color) for color in ("red", "green", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def landscape() -> Image.Image:
    """Sky, hills and some grain, and nobody in it."""
    rows = np.linspace(0, 1, 480)[:, None, None]
    sky, field = np.array([120, 170, 230.0]), np.array([70, 120, 60.0])
    picture = np.where(rows < 0.55, sky * (0.7 + 0.5 * rows), field * (1.3 - 0.5 * rows))
    grain = np.random.default_rng(7).normal(0, 6, (480, 640, 3))
    return Image.fromarray(np.clip(picture + grain, 0, 255).astype(np.uint8))


def no_face() -> bytes:
    return jpeg(landscape())


def three_faces(demo_photo: DemoPhoto) -> bytes:
    """Three people side by side, equally near."""
    photos = [Image.open(io.BytesIO(demo_photo(i, 1))).convert("RGB") for i in range(3)]
    width, height = photos[0].size
    row = Image.new("RGB", (3 * width, height))
    for i, photo in enumerate(photos):
        row.paste(photo.resize((width, height)), (i * width, 0))
    return jpeg(row)


def tiny_face(demo_photo: DemoPhoto, pixels: int = 20) -> bytes:
    """Someone far away: their face is about ``pixels`` wide in a picture of 640 x 480."""
    photo = Image.open(io.BytesIO(demo_photo(0, 1))).convert("RGB")
    # A face takes about a third of the width of a demo photo.
    width = 3 * pixels
    small = photo.resize((width, round(photo.height * width / photo.width)), Image.Resampling.LANCZOS)
    picture = Image.new("RGB", (640, 480), (150, 150, 150))
    picture.paste(small, (290, 200))
    return jpeg(picture)


#: Refused before anything is stored: name, bytes, code.
UNREADABLE: list[tuple[str, Callable[[], bytes], str]] = [
    ("a text file named .jpg", text_file, "image.not_an_image"),
    ("nothing at all", lambda: b"", "image.empty"),
    ("a truncated JPEG", truncated_jpeg, "image.truncated"),
    ("a PNG of 50,000 x 50,000", header_bomb, "image.too_many_pixels"),
    ("an animated PNG", animated_png, "image.animated"),
]

#: Readable pictures without the one good face: name, maker, code.
UNUSABLE: list[tuple[str, Callable[[DemoPhoto], bytes], str]] = [
    ("no face", lambda _: no_face(), "face.not_found"),
    ("three faces", three_faces, "face.several"),
    ("a face of 20 pixels", tiny_face, "face.too_small"),
]
