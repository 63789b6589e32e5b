"""Fixtures for the face library's tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognition.decoding import decode
from recognition.engine import FaceEngine
from recognition.runtime import start_tensorflow
from recognition.types import Image
from tests.support.emotions import publish_network, shades_network, write_network

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


@pytest.fixture(scope="session")
def shades(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of ``emotion train`` whose network knows faces by their shade of grey."""
    return shades_network(tmp_path_factory.mktemp("networks") / "shades")


@pytest.fixture(scope="session")
def compact() -> Any:
    """Our emotion network, its normalisation as if it had been trained; never change it."""
    start_tensorflow()
    from recognition.emotion.networks import build

    model, random = build("compact"), np.random.default_rng(0)
    for layer in model.layers:
        if layer.name.endswith("_norm"):
            gamma, *rest = (one.shape for one in layer.get_weights())
            small = [random.normal(0, 0.1, shape) for shape in rest[:2]]
            layer.set_weights([random.uniform(0.8, 1.2, gamma), *small, random.uniform(0.5, 1, gamma)])
    return model


@pytest.fixture
def trained(tmp_path: Path, compact: Any) -> Path:
    """A folder of ``emotion train`` with our network, its normalisation as if it had seen something."""
    return write_network(tmp_path / "trained", compact)


@pytest.fixture
def card(tmp_path: Path, trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network with a card, as it ships, in the place of the one that does."""
    from recognition.emotion import inference, stored

    path = publish_network(trained, tmp_path / "shipped")
    monkeypatch.setattr(stored, "SHIPPED", path)
    monkeypatch.setattr(inference, "_shipped", {})
    return path
