"""Tables and ZIPs as staff upload them."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

from django.utils import timezone

from tests.support.pictures import jpeg, landscape

HEADING = "employee_number,name,department,email,active"


def table_of(*rows: str, signed: bool = True) -> bytes:
    """A CSV of these rows; all have signed the consent on paper, unless not ``signed``."""
    lines = [HEADING, *rows]
    if signed:
        day = timezone.localdate() - timedelta(days=2)
        full = [row + "," * (HEADING.count(",") - row.count(",")) for row in rows]
        lines = [f"{HEADING},consent_signed_on,consent_text", *(f"{row},{day},1-en" for row in full)]
    return ("\n".join(lines) + "\n").encode()


def archive_of(**photos: bytes) -> io.BytesIO:
    """A ZIP of these photos, by name without ending."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in photos.items():
            made.writestr(f"{name}.jpg", data)
    return buffer


def landscapes(count: int) -> list[bytes]:
    """Different pictures with nobody in them."""
    return [jpeg(landscape().resize((120 + number, 90))) for number in range(count)]
