"""What one frame says: each cue rises with what it is for."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition.errors import ModelError
from recognition.liveness import texture
from recognition.liveness.cues import frame_cues
from recognition.types import Box, Face, Image

FACE = Face(
    Box(240, 120, 160, 200),
    np.array([[285, 195], [355, 195], [320, 240], [292, 275], [348, 275]], np.float32),
    0.99,
)


def _skin(seed: int = 0) -> Image:
    rng = np.random.default_rng(seed)
    rough = cv2.GaussianBlur(rng.normal(0, 60, (480, 640, 1)), (0, 0), 6)[:, :, None]
    return np.asarray(
        np.clip(rough + np.array([190, 140, 120]) + rng.normal(0, 2, (480, 640, 3)), 0, 255), np.uint8
    )


def test_the_cues_are_finite_numbers_by_name() -> None:
    cues = frame_cues(_skin(), FACE)
    assert set(cues) == {"texture", "moire", "glare", "colour", "border"}
    assert all(np.isfinite(value) for value in cues.values())


def test_a_grid_seen_through_a_grid_shows_in_the_spectrum() -> None:
    skin = _skin()
    y, x = np.mgrid[:480, :640]
    grid = 14 * np.cos(2 * np.pi * (0.21 * x + 0.13 * y))[:, :, None]
    screen = np.asarray(np.clip(skin + grid, 0, 255), np.uint8)
    assert frame_cues(screen, FACE)["moire"] > frame_cues(skin, FACE)["moire"] + 0.5


def test_the_edges_of_a_sheet_of_paper_are_seen() -> None:
    skin = _skin()
    paper = skin.copy()
    cv2.rectangle(paper, (175, 40), (465, 400), (250, 250, 250), 6)
    assert frame_cues(skin, FACE)["border"] == 0
    assert frame_cues(paper, FACE)["border"] >= 3


def test_burnt_out_skin_and_ink_without_colour_are_measured() -> None:
    skin = _skin()
    burnt, ink = skin.copy(), skin.copy()
    burnt[150:220, 280:360] = 255
    ink[:] = cv2.cvtColor(skin, cv2.COLOR_RGB2GRAY)[:, :, None]
    assert frame_cues(skin, FACE)["glare"] < 0.01 < frame_cues(burnt, FACE)["glare"]
    assert frame_cues(ink, FACE)["colour"] < 0.5


def test_a_face_at_the_edge_of_the_picture_can_be_looked_at() -> None:
    corner = Face(Box(-60, -80, 160, 200), FACE.landmarks - np.float32(200), 0.99)
    assert np.isfinite(frame_cues(_skin(), corner)["texture"])
    outside = Face(Box(900, 900, 160, 200), FACE.landmarks, 0.99)
    assert frame_cues(_skin(), outside)["texture"] == 0.0


def test_another_array_is_refused() -> None:
    with pytest.raises(ValueError, match="RGB"):
        frame_cues(np.zeros((480, 640), np.uint8), FACE)


def test_a_crop_is_centred_on_the_face() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    x, y = (int(value) for value in FACE.box.center)
    picture[y - 20 : y + 20, x - 20 : x + 20] = 255
    found = texture.crop(picture, FACE)
    assert found.shape == (texture.SIDE, texture.SIDE, 3)
    row, column = np.argwhere(found[:, :, 0] > 128).mean(axis=0)
    assert (row, column) == pytest.approx((texture.SIDE / 2 - 0.5,) * 2, abs=1.0)


def test_threads_each_have_their_own_network_and_agree() -> None:
    alone = texture.texture_logit(_skin(), FACE)
    found: list[float] = []
    threads = [
        threading.Thread(target=lambda: found.append(texture.texture_logit(_skin(), FACE))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == pytest.approx([alone] * 3, abs=1e-4)


def test_broken_weights_are_told_with_their_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "texture.onnx"
    broken.write_bytes(b"no network")
    monkeypatch.setattr(texture, "WEIGHTS", broken)
    monkeypatch.setattr(texture, "_of_thread", threading.local())
    texture._weights.cache_clear()
    with pytest.raises(ModelError) as error:
        texture.texture_logit(_skin(), FACE)
    assert error.value.code == "model.invalid"
    texture._weights.cache_clear()


def test_the_network_tells_prints_from_people(shared_data: Path) -> None:
    """On a picture of each that it did not learn from."""
    from tests.liveness.seen import engine

    logits = []
    for name in ("image_T1", "image_F1"):
        picture = cv2.imread(str(shared_data / "spoof-samples" / f"{name}.jpg"), cv2.IMREAD_COLOR)
        assert picture is not None
        image = np.asarray(picture[:, :, ::-1]).copy()
        face = engine().analyse([image], embed=False, largest=1)[0][0].face
        logits.append(texture.texture_logit(image, face))
    assert logits[0] > logits[1]
