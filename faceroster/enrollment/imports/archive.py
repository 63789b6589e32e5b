"""Photos in a ZIP, found by employee number. Nothing is ever extracted to disk.

Photos lie in a folder named after the person (``1001/anything.jpg``) or are named after them
(``1001.jpg``, ``1001_2.jpg``). What a ZIP claims about itself is not believed beyond the limits here.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from django.utils.translation import gettext as _

from faceroster.core.errors import InvalidInput

_MIB = 1024 * 1024
MAX_BYTES = 1024 * _MIB
MAX_ENTRIES = 10_000
MAX_PHOTO_BYTES = 15 * _MIB
MAX_UNPACKED = 2 * 1024 * _MIB
#: Pictures are compressed already. What unpacks to this many times its size is no photo.
MAX_RATIO = 100
_END = b"PK\x05\x06"
_ENTRY_AT_MOST = 300  # bytes of an entry in the table of contents, names included, on average


@dataclass(frozen=True, slots=True)
class Entry:
    """A photo and whose it is."""

    info: zipfile.ZipInfo
    employee_number: str
    name: str


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A file that will not be imported, and why."""

    file: str
    code: str
    message: str

    def as_json(self) -> dict[str, str]:
        return {"file": self.file, "code": self.code, "message": self.message}


def open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """Open a ZIP after a look at its size and its table of contents.

    Raises:
        InvalidInput: ``import.archive_unreadable``, ``import.archive_too_large`` or
            ``import.too_many_photos``.
    """
    if file.seek(0, 2) > MAX_BYTES:
        raise InvalidInput(
            "import.archive_too_large", _("The ZIP is larger than %(size)d MB.") % {"size": MAX_BYTES // _MIB}
        )
    if _contents_size(file) > MAX_ENTRIES * _ENTRY_AT_MOST:
        raise _too_many()
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise _not_a_zip() from error
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise _too_many()
    if sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise InvalidInput(
            "import.archive_too_large", _("The ZIP unpacks to too much. Please import in several parts.")
        )
    return archive


def _not_a_zip() -> InvalidInput:
    return InvalidInput(
        "import.archive_unreadable", _("The file with the photos is not a ZIP, or is damaged.")
    )


def _too_many() -> InvalidInput:
    return InvalidInput(
        "import.too_many_photos",
        _("The ZIP holds more than %(max_entries)s files. Please import in several parts.")
        % {"max_entries": f"{MAX_ENTRIES:,}"},
    )


def _contents_size(file: IO[bytes]) -> int:
    """Bytes of the table of contents as the end record gives them: it is read as a whole when opened."""
    start = max(0, file.seek(0, 2) - 65_557)  # the record and the longest comment after it
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise _not_a_zip()
    return int(struct.unpack_from("<I", tail, at + 12)[0])


def find_photos(archive: zipfile.ZipFile, numbers: Collection[str]) -> tuple[list[Entry], list[FileProblem]]:
    """Tell whose each file is; ``numbers`` are the employee numbers that may be meant."""
    entries, problems = [], []
    for info in archive.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if info.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts or path.name == "Thumbs.db":
            continue
        number = _owner(path, numbers)
        refused = _refusal(info, path)
        if refused is not None:
            problems.append(FileProblem(str(path), *refused))
        elif number is None:
            message = _("Nobody in the table or on the roster has this employee number.")
            problems.append(FileProblem(str(path), "import.photo_of_nobody", message))
        else:
            entries.append(Entry(info, number, str(path)))
    return entries, problems


def _owner(path: PurePosixPath, numbers: Collection[str]) -> str | None:
    stem = path.stem
    for number in (path.parent.name, stem, re.sub(r"_\d+$", "", stem)):
        if number and number in numbers:
            return number
    return None


def _refusal(info: zipfile.ZipInfo, path: PurePosixPath) -> tuple[str, str] | None:
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "import.unsafe_name", _("A file name may not lead out of the ZIP.")
    if stat.S_ISLNK(info.external_attr >> 16):
        return "import.unsafe_name", _("This is a link, not a photo.")
    if info.flag_bits & 0x1:
        return "import.encrypted", _("This file is locked with a password.")
    if info.file_size > MAX_PHOTO_BYTES:
        return "image.too_large", _("The photo is larger than %(size)d MB.") % {
            "size": MAX_PHOTO_BYTES // _MIB
        }
    if info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return "import.unsafe_size", _("This file unpacks to far more than a photo would.")
    return None


def read_photo(archive: zipfile.ZipFile, entry: Entry) -> bytes:
    """The file's bytes, at most MAX_PHOTO_BYTES. Raises InvalidInput ``import.photo_damaged``."""
    try:
        with archive.open(entry.info) as file:
            return file.read(MAX_PHOTO_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise InvalidInput("import.photo_damaged", _("This file is damaged inside the ZIP.")) from error
