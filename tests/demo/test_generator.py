"""The parts of the demo generator that can be checked without the training photos."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from demo_people import features, finish, model, register, roster
from demo_people.lfw import FRAME_H, FRAME_W


def test_a_block_gives_back_what_it_was_fitted_on() -> None:
    rng = np.random.default_rng(1)
    rows = (rng.standard_normal((60, 5)) @ rng.standard_normal((5, 300)) + 7).astype(np.float32)
    block, coefficients = model.fit_block(lambda a, b: rows[a:b], 60, 5, rng, "test")
    np.testing.assert_allclose(coefficients.std(0), 1.0, atol=0.01)
    np.testing.assert_allclose(block.decode(coefficients[7]), rows[7], atol=1e-2)


def test_population_tells_people_from_photos() -> None:
    rng = np.random.default_rng(2)
    people = np.repeat(np.arange(400), 4).astype(np.int32)
    # People differ along the first axis only, photos of one person along the second only
    rows = np.zeros((1600, 2), np.float32)
    rows[:, 0] = np.repeat(rng.standard_normal(400) * 3, 4)
    rows[:, 1] = rng.standard_normal(1600)
    population = model.fit_population(rows, people, 1, rng)
    persons = np.stack([population.draw_person(rng, 1.0) for _ in range(300)])
    changes = np.stack([population.draw_change(rng) for _ in range(300)])
    assert persons.std(0)[0] > 1.5
    assert persons.std(0)[1] < 0.2
    assert changes.std(0)[0] < 0.1
    assert changes.std(0)[1] > 0.5
    assert population.nearest_training(rows[3]) == pytest.approx(0.0, abs=1e-4)


def test_draws_are_cut_at_the_limit() -> None:
    values = model.truncated(np.random.default_rng(3), 5000, 1.5)
    assert np.abs(values).max() <= 1.5
    assert values.std() > 0.6


def test_an_inverted_field_undoes_the_warp() -> None:
    y, x = np.mgrid[:FRAME_H, :FRAME_W].astype(np.float32)
    window = register.face_window()
    field = np.stack([4 * np.sin(y / 40), 3 * np.cos(x / 50)], axis=2).astype(np.float32) * window[..., None]
    picture = (127 + 90 * np.sin(x / 9) * np.cos(y / 11)).astype(np.float32)
    back = register.warp(register.warp(picture, field), register.invert(field))
    inner = np.s_[80:160, 80:150]
    assert np.abs(back - picture)[inner].mean() < 1.5
    assert np.abs(register.warp(picture, field) - picture)[inner].mean() > 5


def test_the_background_is_gone_after_filling() -> None:
    face = np.full((FRAME_H, FRAME_W, 3), (0, 255, 0), np.uint8)
    face[40:, 60:170] = (200, 150, 120)
    mask = np.zeros((FRAME_H // 2, FRAME_W // 2), np.uint8)
    mask[20:, 30:85] = 255
    filled = features.fill_background(face, mask)
    assert filled[..., 1].max() < 200
    np.testing.assert_array_equal(filled[100:200, 80:150], face[100:200, 80:150])


def test_outline_is_positive_inside_and_limited() -> None:
    mask = np.zeros((FRAME_H // 2, FRAME_W // 2), np.uint8)
    mask[30:100, 30:85] = 255
    distance = features.outline(mask)
    assert distance[60, 55] == features.OUTLINE_LIMIT
    assert distance[5, 5] == -features.OUTLINE_LIMIT
    assert -2 < distance[29, 55] < 0 < distance[30, 55] < 2


def test_a_finished_head_has_a_chin_and_nothing_below_it() -> None:
    rng = np.random.default_rng(4)
    skin = np.array([200, 150, 125], np.float32)
    colour = np.tile(skin, (FRAME_H, FRAME_W, 1))
    colour[:70] = (60, 45, 40)
    y, x = np.mgrid[: FRAME_H // 2, : FRAME_W // 2].astype(np.float32)
    outline = 27 - np.hypot((x - 58) * 0.95, (y - 54) * 0.7)
    done = finish.finish(colour, outline, skin, rng)
    middle = done.edge[:, FRAME_W * finish.FINE // 2]
    assert middle[120 * finish.FINE] > 0
    assert middle[195 * finish.FINE] < 0
    assert done.hair.mean() < skin.mean() - 50


def test_names_and_numbers_are_unique() -> None:
    everybody = [*roster.staff(), *roster.strangers()]
    assert len({entry.slug for entry in everybody}) == 30
    assert all(entry.slug.replace("-", "").isascii() for entry in everybody)
    assert all(entry.employee_number is None for entry in roster.strangers())
