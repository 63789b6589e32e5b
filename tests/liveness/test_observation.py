"""What is kept of a frame survives the way through the cache, and its patch lies where it says."""

from __future__ import annotations

import numpy as np
import pytest

from recognition.liveness import Observation, observe
from recognition.types import Box, Face


def _seen(x: float = 300.0, y: float = 200.0) -> Observation:
    image = np.zeros((480, 640, 3), np.uint8)
    image[int(y) - 3 : int(y) + 3, int(x) - 3 : int(x) + 3] = 255
    points = np.array([[-20, -10], [20, -10], [0, 0], [-15, 20], [15, 20]], np.float32)
    points += np.array([x, y], np.float32)
    face = Face(Box(x - 40, y - 50, 80, 100), points, 0.99)
    return observe(image, face, 12.5, {"moire": 0.25})


def test_it_comes_back_as_it_was() -> None:
    before = _seen()
    after = Observation.unpack(before.pack())
    assert (after.at, after.box, after.size, after.window) == (12.5, before.box, (640, 480), before.window)
    assert np.array_equal(after.landmarks, before.landmarks)
    assert np.array_equal(after.patch, before.patch)
    assert after.cues == {"moire": 0.25}


def test_the_patch_shows_what_the_frame_has_there() -> None:
    seen = _seen()
    spot = seen.in_patch(np.array([[299.5, 199.5]], np.float32))[0]
    brightest = np.argwhere(seen.patch > 200).mean(axis=0)[::-1]
    assert np.allclose(brightest, spot, atol=0.6)
    assert np.allclose(seen.in_frame(seen.in_patch(seen.landmarks)), seen.landmarks, atol=1e-3)


@pytest.mark.parametrize(
    "blob", [b"", b"\x00\x00", b"\x02\x00\x00\x00{}" + bytes(128 * 128), _seen().pack()[:-1]]
)
def test_anything_else_is_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a packed observation|cannot reshape|buffer"):
        Observation.unpack(blob)
