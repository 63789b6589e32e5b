"""The people who fill a benchmark's gallery."""

from __future__ import annotations

import numpy as np

from benchmarks.serve import strangers


def test_strangers_are_as_near_to_each_other_as_faces_are() -> None:
    middle = np.zeros(128, np.float32)
    middle[3] = 1
    made = strangers(40, 3, middle)
    assert made.shape == (120, 128)
    assert made.dtype == np.float32
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    cosines = made @ made.T
    same = np.kron(np.eye(40), np.ones((3, 3))).astype(bool)
    assert 0.75 < np.median(cosines[~same]) < 0.88
    assert np.median(cosines[same & (cosines < 0.9999)]) > 0.92
