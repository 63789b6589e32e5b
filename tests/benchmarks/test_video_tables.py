"""What the tables on watching and on memory make of their measurements."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from benchmarks import memory, watch
from recognition.types import Image
from tests.conftest import ROOT


def watched(followed: float, every: float) -> dict[str, object]:
    def way(seconds: float, right: int) -> dict[str, object]:
        times = {"seconds": [seconds] * 3, "ms": [1000 * seconds / 50] * 150, "cpu": 4.5 * seconds}
        return {**times, "right": right, "wrong": 1}

    return {"followed": way(followed, 120), "every frame": way(every, 140), "frames": [50, 50, 50]}


def test_watching_is_frames_a_second_over_whole_clips() -> None:
    made = {one["name"]: one for one in watch.rows("tensorflow", watched(0.5, 2.0))}
    followed = made["tensorflow, followed"]
    assert followed["value"] == pytest.approx(100)
    assert (followed["bar"], followed["met"], followed["n"]) == (60, True, 150)
    assert followed["note"] == "120 frames named rightly, 1 wrongly"
    assert made["tensorflow, every frame"]["value"] == pytest.approx(25)
    assert made["tensorflow, every frame"]["met"] is None
    assert made["tensorflow, followed: one frame"]["p95"] == pytest.approx(10)
    assert made["tensorflow, followed: processor time of a frame"]["value"] == pytest.approx(15)
    ratio = made["tensorflow: following, times faster than every frame"]
    assert ratio["value"] == pytest.approx(4)
    assert ratio["ci"] == pytest.approx((4, 4))


def test_the_bar_is_for_the_default_backend_and_can_be_missed() -> None:
    slow = watch.rows("tensorflow", watched(1.0, 2.0))[0]
    assert (slow["value"], slow["met"]) == (pytest.approx(50), False)
    assert watch.rows("onnxruntime", watched(1.0, 2.0))[0]["met"] is None


def test_memory_is_compared_with_frame_500() -> None:
    flat = [400.0, 700.0, 800.0, 900.0, 950.0, 1000.0, *[1000.0] * 14, 1020.0]
    made = memory.rows("tensorflow", {"memory": flat, "faces": 7, "frames": 2000})
    assert [one["value"] for one in made[:3]] == [400, 1000, 1020]
    assert made[-1]["value"] == pytest.approx(2)
    assert made[-1]["met"] is True
    grown = memory.rows("tensorflow", {"memory": [*flat[:-1], 1060.0], "faces": 7, "frames": 2000})
    assert grown[-1]["met"] is False


def test_the_frames_of_the_memory_table_vary() -> None:
    random = np.random.default_rng(0)
    frames: list[Image] = [random.integers(0, 256, (480, 640, 3)).astype(np.uint8) for _ in range(3)]
    made = [memory.picture(frames, np.random.default_rng(seed)) for seed in range(60)]
    assert {image.shape[1::-1] for image in made} == set(memory.SIZES)
    assert all(image.dtype == np.uint8 for image in made)
    assert len({image.tobytes() for image in made}) == 60


_GROWS = """
import mmap
from benchmarks import memory
before = memory.resident()
held = mmap.mmap(-1, 64 * 1024 * 1024)
held.write(b"1" * len(held))
print(memory.resident() - before)
"""


def test_memory_is_what_the_system_says() -> None:
    """In a process of its own: of one as large as this the system takes pages back at any time."""
    child = subprocess.run([sys.executable, "-c", _GROWS], cwd=ROOT, capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    assert 40 < float(child.stdout) < 100
