"""What the kiosk's page is made of: the files that a device keeps, so that it opens without a server."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static

_FOLDER = "kiosks"
_KINDS = {".js", ".css", ".svg", ".png"}
#: The worker itself is fetched by the browser's own rules, and coaching is of no use without a server.
_APART = ("service.js", "coach")


def shell_names() -> list[str]:
    """The names of the static files of the kiosk's pages, such as ``kiosks/kiosk.js``."""
    return [f"{_FOLDER}/{path.name}" for path in _paths() if not path.name.startswith(_APART)]


def shell_version() -> str:
    """Twelve hex digits that change whenever one of the files does."""
    return _digest(tuple((path, path.stat().st_mtime_ns) for path in _paths()))


def import_map() -> dict[str, str]:
    """From a script's plain address to the one with its digest in it; empty where both are the same.

    Scripts import each other by plain names, which the file store does not rewrite. The map lets browsers
    ask for the very version that this page was made for, and keep it for good.
    """
    names = [f"{_FOLDER}/{path.name}" for path in _paths() if path.suffix == ".js"]
    pairs = {_plain(name): static(name) for name in names}
    return {plain: hashed for plain, hashed in pairs.items() if plain != hashed}


def _plain(name: str) -> str:
    # Of the file itself, and not of settings.STATIC_URL: a prefix of the server's path is in it already.
    return f"{static(f'{_FOLDER}/').rstrip('/')}/{name.removeprefix(f'{_FOLDER}/')}"


def _paths() -> list[Path]:
    found = finders.find(f"{_FOLDER}/kiosk.js")
    assert isinstance(found, str)
    return sorted(path for path in Path(found).parent.iterdir() if path.suffix in _KINDS)


@lru_cache(maxsize=4)
def _digest(files: tuple[tuple[Path, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _ in files:
        content = path.read_bytes()
        digest.update(f"{path.name}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:12]
