"""The demo camera: clips of people who do not exist, played in place of a camera."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from faceroster.enrollment import demo


@dataclass(frozen=True, slots=True)
class Clip:
    """``slug`` names it in addresses; ``name`` is whom it shows."""

    slug: str
    name: str
    path: Path


def clips() -> list[Clip]:
    """The clips of the demo roster, known people first; none when this is no demo."""
    if not settings.FACEROSTER["DEMO"] or not (demo.FOLDER / "roster.json").is_file():
        return []
    roster = demo.roster()
    return [
        Clip(
            entry["slug"],
            entry["name"] if known else f"{entry['name']} (a stranger)",
            demo.FOLDER / entry["clip"],
        )
        for known, entries in ((True, roster["people"]), (False, roster["strangers"]))
        for entry in entries
        if entry.get("clip")
    ]


def clip_of(slug: str) -> Clip | None:
    """The clip called ``slug``: one of :func:`clips`, so no path is ever made of what was asked for."""
    return next((clip for clip in clips() if clip.slug == slug and clip.path.is_file()), None)
