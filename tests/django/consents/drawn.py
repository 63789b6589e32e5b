"""Signatures as pages send them."""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageDraw


def png(*, drawn: bool = True) -> bytes:
    """A white picture, with some lines on it if ``drawn``."""
    image = Image.new("RGB", (400, 160), "white")
    if drawn:
        ImageDraw.Draw(image).line([(40, 110), (110, 40), (180, 120), (260, 60), (340, 100)], "#10233c", 5)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def data_url(*, drawn: bool = True) -> str:
    return "data:image/png;base64," + base64.b64encode(png(drawn=drawn)).decode()
