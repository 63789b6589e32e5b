"""Tables and ZIPs as staff upload them."""

from __future__ import annotations

import io
import zipfile

from tests.support.pictures import jpeg, landscape

HEADING = "employee_number,name,department,email,active\n"


def table_of(*rows: str) -> bytes:
    """A CSV of these rows."""
    return (HEADING + "\n".join(rows) + "\n").encode()


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
