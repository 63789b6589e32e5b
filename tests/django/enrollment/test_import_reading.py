"""Reading tables and ZIPs that others made, and some that were made to hurt."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import openpyxl
import pytest

from faceroster.core.errors import InvalidInput
from faceroster.enrollment.imports import archive, table

HEADING = ["employee_number", "name", "department", "active"]


def _workbook(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_as_programs_write_it(delimiter: str, encoding: str) -> None:
    text = delimiter.join(["Employee Number", "NAME", "department", "shoe size"]) + "\r\n\r\n"
    text += delimiter.join(["0042", " Zoë Größe ", "Büro", "38"]) + "\r\n"
    read = table.read(text.encode(encoding))
    assert read.columns == ("employee_number", "name", "department")
    assert read.ignored == ("shoe_size",)
    (row,) = read.rows
    assert row.number == 3
    assert row.cells == {"employee_number": "0042", "name": "Zoë Größe", "department": "Büro"}


def test_xlsx_cells_become_text() -> None:
    data = _workbook([HEADING, [1001, "Ada", "Workshop", True], [None] * 4, [1002.0, "Ben", "Office", None]])
    rows = table.read(data).rows
    assert [row.number for row in rows] == [2, 4]
    assert rows[0].cells == {
        "employee_number": "1001",
        "name": "Ada",
        "department": "Workshop",
        "active": "yes",
    }
    assert rows[1].cells["employee_number"] == "1002"


def _sheet_changed(before: bytes, after: bytes) -> bytes:
    """A workbook of one person whose sheet had ``before`` replaced by ``after``."""
    data = _workbook([HEADING, [1, "Ada", "Workshop", "yes"]])
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                assert before in part
                part = part.replace(before, after)
            new.writestr(name, part)
    return buffer.getvalue()


def test_a_workbook_that_claims_billions_of_cells_costs_nothing() -> None:
    assert len(table.read(_sheet_changed(b'ref="A1:D2"', b'ref="A1:XFD1048576"')).rows) == 1
    with pytest.raises(InvalidInput, match=r"import\.too_many_rows"):
        table.read(_sheet_changed(b"</sheetData>", b'<row r="1048576"></row></sheetData>'))


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b" " * (101 * 1024 * 1024))
    with pytest.raises(InvalidInput, match=r"import\.too_large"):
        table.read(buffer.getvalue())


def test_noise_is_refused_and_never_an_error_of_ours() -> None:
    rng = random.Random(5)
    whole = _workbook([HEADING, [1, "Ada", "Workshop", "yes"]])
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 30)):
            data[rng.randrange(4, len(data))] = rng.randrange(256)
        with suppress(InvalidInput):
            table.read(bytes(data))


def _zip(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            made.writestr(name, data)
    return buffer


def _found(file: io.BytesIO) -> tuple[dict[str, str], dict[str, str]]:
    with archive.open_archive(file) as opened:
        entries, problems = archive.find_photos(opened, {"1001", "A_2", "7"})
    return {e.name: e.employee_number for e in entries}, {p.file: p.code for p in problems}


def test_photos_are_found_by_folder_or_name() -> None:
    names = [
        "1001/me.jpg",
        "photos/1001/x y.png",
        "1001.jpg",
        "1001_12.JPG",
        "A_2_1.jpg",
        "A_2.webp",
        "7_1.jpg",
    ]
    entries, problems = _found(_zip(*((name, b"x") for name in names)))
    assert list(entries.values()) == ["1001", "1001", "1001", "1001", "A_2", "A_2", "7"]
    assert problems == {}


def test_what_systems_add_is_passed_over_and_strangers_are_named() -> None:
    junk = ["__MACOSX/1001/._me.jpg", "1001/.DS_Store", "1001/Thumbs.db", "1001/"]
    entries, problems = _found(_zip(*((name, b"x") for name in [*junk, "10011.jpg", "readme.txt"])))
    assert entries == {}
    assert problems == {"10011.jpg": "import.photo_of_nobody", "readme.txt": "import.photo_of_nobody"}


def _link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("1001/link.jpg")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (("../1001/evil.jpg", b"x"), "import.unsafe_name"),
        (("/etc/1001/evil.jpg", b"x"), "import.unsafe_name"),
        (("C:/1001/evil.jpg", b"x"), "import.unsafe_name"),
        (("a\\..\\..\\1001\\evil.jpg", b"x"), "import.unsafe_name"),
        ((_link(), b"/etc/passwd"), "import.unsafe_name"),
        (("1001/bomb.jpg", bytes(5 * 1024 * 1024)), "import.unsafe_size"),
        (("1001/large.jpg", bytes(15 * 1024 * 1024 + 1)), "image.too_large"),
    ],
)
def test_entries_made_to_hurt_are_left_out(entry: tuple[Any, bytes], code: str) -> None:
    entries, problems = _found(_zip(entry))
    assert entries == {}
    assert list(problems.values()) == [code]


def test_a_locked_entry_is_left_out() -> None:
    data = bytearray(_zip(("1001/me.jpg", b"x")).getvalue())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1  # the flag "encrypted" in the table of contents
    assert _found(io.BytesIO(bytes(data)))[1] == {"1001/me.jpg": "import.encrypted"}


def _tail_claims(size: int) -> io.BytesIO:
    data = bytearray(_zip(("1001/me.jpg", b"x")).getvalue())
    struct.pack_into("<I", data, data.rindex(b"PK\x05\x06") + 12, size)
    return io.BytesIO(bytes(data))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: io.BytesIO(b"no zip at all"), "import.archive_unreadable"),
        (lambda: io.BytesIO(b""), "import.archive_unreadable"),
        (lambda: io.BytesIO(_zip(("1001/me.jpg", b"x" * 999)).getvalue()[:-30]), "import.archive_unreadable"),
        (lambda: _tail_claims(0xFFFFFFFF), "import.too_many_photos"),
        (lambda: _tail_claims(2_000_000), "import.archive_unreadable"),
    ],
)
def test_a_zip_that_is_none_is_refused_as_a_whole(make: Callable[[], io.BytesIO], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        archive.open_archive(make())
    assert refused.value.code == code


def test_too_many_files_and_too_much_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    file = _zip(*((f"1001/{n}.jpg", bytes(100)) for n in range(20)))
    monkeypatch.setattr(archive, "MAX_ENTRIES", 19)
    with pytest.raises(InvalidInput, match=r"import\.too_many_photos"):
        archive.open_archive(file)
    monkeypatch.setattr(archive, "MAX_ENTRIES", 100)
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1999)
    with pytest.raises(InvalidInput, match=r"import\.archive_too_large"):
        archive.open_archive(file)


def test_an_entry_that_lies_about_its_size_gives_no_more_than_it_said() -> None:
    data = bytearray(_zip(("1001/me.jpg", bytes(10_000_000))).getvalue())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 1000)  # "uncompressed size" in the table of contents
    with archive.open_archive(io.BytesIO(bytes(data))) as opened:
        (entry,), _ = archive.find_photos(opened, {"1001"})
        with pytest.raises(InvalidInput, match=r"import\.photo_damaged"):
            archive.read_photo(opened, entry)
