"""Fixtures for the face library's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognition.decoding import decode
from recognition.engine import FaceEngine
from recognition.types import Image

STAFF = Path(__file__).resolve().parents[2] / "demo" / "people" / "staff"


@pytest.fixture(scope="session")
def engine() -> FaceEngine:
    """One engine for all tests; its models load with the first use."""
    return FaceEngine()


@pytest.fixture(scope="session")
def people() -> dict[str, list[Image]]:
    """Six people who don't exist, two photos each, RGB; never change them in place."""
    folders = sorted(folder for folder in STAFF.iterdir() if folder.is_dir())[:6]
    return {
        folder.name: [decode(path.read_bytes()) for path in sorted(folder.glob("*.jpg"))[:2]]
        for folder in folders
    }


@pytest.fixture(scope="session")
def portrait(people: dict[str, list[Image]]) -> Image:
    """One frontal face, alone, large in the middle."""
    return next(iter(people.values()))[0]
