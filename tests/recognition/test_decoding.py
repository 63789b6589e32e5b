"""Untrusted bytes: what is refused, with which code, and what comes out of the rest."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import piexif
import pytest
from PIL import Image as Pillow

from recognition.decoding import ImageInfo, Limits, decode, encode_jpeg, inspect, shrink
from recognition.errors import ImageError

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 40), (30, 40, 220), (250, 250, 250)


def quadrants(width: int = 96, height: int = 64) -> Pillow.Image:
    """Upright: red top left, green top right, blue bottom left, white bottom right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    pixels[:top, :left], pixels[:top, left:] = RED, GREEN
    pixels[top:, :left], pixels[top:, left:] = BLUE, WHITE
    return Pillow.fromarray(pixels)


def saved(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def assert_quadrants(image: np.ndarray, tolerance: int = 24) -> None:
    height, width = image.shape[:2]
    for x, y, color in ((1, 1, RED), (3, 1, GREEN), (1, 3, BLUE), (3, 3, WHITE)):
        found = image[y * height // 4, x * width // 4].astype(int)
        assert np.abs(found - color).max() <= tolerance, (x, y, found, color)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int, height: int) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


def animation(kind: str) -> bytes:
    frames = [Pillow.new("RGB", (64, 64), color) for color in (RED, GREEN, BLUE)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


JPEG = saved(quadrants(), "JPEG", quality=95)

REFUSED = {
    "nothing": (b"", "image.empty"),
    "text named .jpg": (b"Dear Sir or Madam, this is not a picture.", "image.not_an_image"),
    "zeros": (b"\0" * 5000, "image.not_an_image"),
    "html": (b"<html><body>404</body></html>", "image.not_an_image"),
    "GIF named .jpg": (animation("GIF"), "image.unsupported_format"),
    "BMP": (saved(quadrants(), "BMP"), "image.unsupported_format"),
    "TIFF": (saved(quadrants(), "TIFF"), "image.unsupported_format"),
    "HEIC": (b"\0\0\0\x18ftypheic" + b"\0" * 64, "image.unsupported_format"),
    "JPEG signature only": (b"\xff\xd8\xff\xe0", "image.truncated"),
    "half a JPEG": (JPEG[: len(JPEG) // 2], "image.truncated"),
    "JPEG without its end": (saved(Pillow.effect_noise((400, 400), 90), "JPEG")[:-3000], "image.truncated"),
    "half a PNG": (saved(Pillow.effect_noise((200, 200), 90), "PNG")[:9000], "image.truncated"),
    "half a WebP": (saved(Pillow.effect_noise((200, 200), 90), "WEBP")[:3000], "image.truncated"),
    "PNG of 50,000 x 50,000": (png_bomb(50_000, 50_000), "image.too_many_pixels"),
    "PNG of 8,000 x 8,000": (png_bomb(8_000, 8_000), "image.too_many_pixels"),
    "PNG of 40,000 x 40": (png_bomb(40_000, 40), "image.too_many_pixels"),
    "PNG without pixels": (png_bomb(0, 0), "image.truncated"),
    "a single pixel": (saved(Pillow.new("RGB", (1, 1)), "PNG"), "image.too_small"),
    "animated PNG": (animation("PNG"), "image.animated"),
    "animated WebP": (animation("WEBP"), "image.animated"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_with_a_code_and_a_sentence(name: str) -> None:
    data, code = REFUSED[name]
    with pytest.raises(ImageError) as caught:
        decode(data)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")
    assert len(caught.value.message) > 15


@pytest.mark.parametrize("name", [name for name, (_, code) in REFUSED.items() if code != "image.truncated"])
def test_inspect_refuses_the_same_from_the_header(name: str) -> None:
    data, code = REFUSED[name]
    with pytest.raises(ImageError) as caught:
        inspect(data)
    assert caught.value.code == code


def test_too_many_bytes() -> None:
    with pytest.raises(ImageError) as caught:
        inspect(JPEG, Limits(max_bytes=100))
    assert caught.value.code == "image.too_large"


def test_limits_hold_for_pixels_and_sides() -> None:
    assert inspect(JPEG, Limits(max_pixels=96 * 64)).width == 96
    for limits in (Limits(max_pixels=96 * 64 - 1), Limits(max_side=95)):
        with pytest.raises(ImageError) as caught:
            inspect(JPEG, limits)
        assert caught.value.code == "image.too_many_pixels"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_reads_the_three_formats(kind: str) -> None:
    data = saved(quadrants(), kind)
    assert inspect(data) == ImageInfo(kind.lower(), 96, 64)
    image = decode(data)
    assert image.shape == (64, 96, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.flags.writeable
    assert_quadrants(image)


STORED = {  # EXIF orientation: how the camera stored the upright picture
    1: None,
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_90,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_applies_exif_orientation(kind: str, orientation: int) -> None:
    turn = STORED[orientation]
    stored = quadrants() if turn is None else quadrants().transpose(turn)
    exif = piexif.dump({"0th": {piexif.ImageIFD.Orientation: orientation}})
    data = saved(stored, kind, exif=exif)
    assert inspect(data) == ImageInfo(kind.lower(), 96, 64)
    image = decode(data)
    assert image.shape == (64, 96, 3)
    assert_quadrants(image)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("body", [b"broken", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff"])
def test_broken_exif_does_not_hurt(body: bytes) -> None:
    assert_quadrants(decode(saved(quadrants(), "JPEG", exif=b"Exif\0\0" + body)))


def test_orientation_out_of_range_is_ignored() -> None:
    exif = piexif.dump({"0th": {piexif.ImageIFD.Orientation: 9}})
    assert_quadrants(decode(saved(quadrants(), "JPEG", exif=exif)))


def test_cmyk_jpeg() -> None:
    data = saved(quadrants().convert("CMYK"), "JPEG", quality=95)
    assert_quadrants(decode(data), tolerance=40)


@pytest.mark.parametrize("mode", ["L", "1"])
def test_grey(mode: str) -> None:
    picture = Pillow.new("L", (40, 40), 0)
    picture.paste(255, (20, 0, 40, 40))
    image = decode(saved(picture.convert(mode), "PNG"))
    assert image[10, 5].tolist() == [0, 0, 0]
    assert image[10, 35].tolist() == [255, 255, 255]


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    image = decode(saved(Pillow.fromarray(np.tile(ramp, (64, 1))), "PNG"))
    assert np.abs(image[30, :, 0].astype(int) - np.linspace(0, 255, 64)).max() <= 1.5
    assert (image[..., 0] == image[..., 2]).all()


def test_sixteen_bit_colour() -> None:
    row = b"\0" + struct.pack(">HHH", 0xC800, 0x6400, 0x3200) * 40
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 40, 16, 2, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(row * 40)) + chunk(b"IEND", b"")
    assert np.abs(decode(data)[20, 20].astype(int) - (200, 100, 50)).max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_lies_over_white(mode: str) -> None:
    picture = Pillow.new("RGBA", (40, 40), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 20, 40))
    picture.paste((0, 0, 0, 128), (20, 0, 30, 40))
    image = decode(saved(picture.convert(mode), "PNG"))
    assert image[5, 5].tolist() == [0, 0, 0]
    assert abs(int(image[5, 25, 0]) - 127) <= 2
    assert image[5, 35].tolist() == [255, 255, 255]


def test_palette_with_and_without_transparency() -> None:
    palette = quadrants().quantize(8)
    assert_quadrants(decode(saved(palette, "PNG")))
    index = palette.getpixel((5, 5))
    image = decode(saved(palette, "PNG", transparency=index))
    assert image[5, 5].tolist() == [255, 255, 255]
    assert np.abs(image[5, 80].astype(int) - GREEN).max() < 24


def test_transparent_colour_key() -> None:
    picture = Pillow.new("RGB", (40, 40), (10, 20, 30))
    picture.paste((200, 10, 10), (0, 0, 20, 40))
    image = decode(saved(picture, "PNG", transparency=(10, 20, 30)))
    assert image[5, 35].tolist() == [255, 255, 255]
    assert image[5, 5].tolist() == [200, 10, 10]


def test_a_phones_multi_picture_jpeg_is_its_first_picture() -> None:
    preview = Pillow.new("RGB", (48, 32), BLUE)
    data = saved(quadrants(), "MPO", save_all=True, append_images=[preview], quality=95)
    with Pillow.open(io.BytesIO(data)) as opened:
        assert opened.format == "MPO"
    assert inspect(data) == ImageInfo("jpeg", 96, 64)
    assert_quadrants(decode(data))


def test_working_side_shrinks_but_never_enlarges() -> None:
    data = saved(quadrants(1200, 800), "JPEG")
    assert decode(data, Limits(working_side=300)).shape == (200, 300, 3)
    assert decode(data, Limits(working_side=3000)).shape == (800, 1200, 3)
    assert_quadrants(decode(data, Limits(working_side=300)))


def test_shrink() -> None:
    image = np.asarray(quadrants(1000, 500))
    assert shrink(image, 2000) is image
    assert shrink(image, 250).shape == (125, 250, 3)
    assert_quadrants(shrink(image, 250))
    with pytest.raises(ValueError, match="RGB uint8"):
        shrink(image[..., 0], 100)


def test_encoding_drops_all_metadata() -> None:
    exif = piexif.dump(
        {"GPS": {piexif.GPSIFD.GPSLatitude: ((52, 1), (31, 1), (0, 1))}, "0th": {271: b"Maker"}}
    )
    data = saved(quadrants(), "JPEG", exif=exif, comment=b"secret comment", quality=95)
    again = encode_jpeg(decode(data))
    with Pillow.open(io.BytesIO(again)) as picture:
        assert picture.format == "JPEG"
        assert not picture.getexif()
        assert "comment" not in picture.info
    assert b"secret" not in again
    assert b"Exif" not in again
    assert_quadrants(decode(again))


@pytest.mark.filterwarnings("ignore:Image size", "ignore:Corrupt EXIF data")
def test_random_damage_never_escapes_the_error_tree() -> None:
    rng = np.random.default_rng(7)
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = saved(quadrants(), kind)
        for _ in range(120):
            data = bytearray(whole)
            for at in rng.integers(8, len(data), rng.integers(1, 12)):
                data[at] = rng.integers(0, 256)
            try:
                image = decode(bytes(data))
            except ImageError as error:
                assert error.code.startswith("image.")  # noqa: PT017 - both outcomes are right
            else:
                assert image.ndim == 3


def test_importing_loads_no_tensorflow() -> None:
    modules = "recognition.decoding, recognition.quality, recognition.engine"
    code = f"import sys, {modules}; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
