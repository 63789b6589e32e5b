"""Printed photos held to a real camera (docs/liveness-model.md: figures for people not learned from)."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from recognition.types import Image
from tests.liveness.seen import believed

PEOPLE = ("0002", "0005", "0008")
_NUMBER = re.compile(r"_(\d+)\.jpg$")
#: The set holds one frame in about a second, and of a live session as many as a kiosk gets in two seconds.
GAP = 0.1


def _sessions(folder: Path) -> list[list[Image]]:
    """The frames of each session of PEOPLE, in their order."""
    found: dict[str, list[Path]] = defaultdict(list)
    for person in PEOPLE:
        for path in (folder / person).glob("*.jpg"):
            found[path.name.rsplit("_", 1)[0]].append(path)
    return [[_read(path) for path in sorted(paths, key=_number)] for _, paths in sorted(found.items())]


def _number(path: Path) -> int:
    found = _NUMBER.search(path.name)
    assert found is not None
    return int(found[1])


def _read(path: Path) -> Image:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR)[:, :, ::-1]).copy()


def test_printed_photos_are_not_let_in(shared_data: Path) -> None:
    prints = _sessions(shared_data / "nuaa-small" / "ImposterRaw")
    assert len(prints) == 30
    assert not any(believed(one, GAP) for one in prints)


def test_the_same_people_are_live(shared_data: Path) -> None:
    live = _sessions(shared_data / "nuaa-small" / "ClientRaw")
    assert len(live) == 4
    assert all(believed(one, GAP) for one in live)
