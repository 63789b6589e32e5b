"""Fixtures for the face library's tests."""

from __future__ import annotations

import pytest

from recognition.engine import FaceEngine


@pytest.fixture(scope="session")
def engine() -> FaceEngine:
    """One engine for all tests; its models load with the first use."""
    return FaceEngine()
