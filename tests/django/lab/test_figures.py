"""The emotion model's page: what its card says, drawn and in tables."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from faceroster import vision
from faceroster.lab.figures import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart, Report, ticks
from tests.django.lab.conftest import Fragment

Card = dict[str, Any]


def _page(client: Client) -> str:
    answer = client.get(reverse("lab:emotion_model"))
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.django_db
def test_without_a_model_the_page_says_so(staff_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vision, "emotion_card", lambda: None)
    assert "No emotion model is installed" in _page(staff_client)


@pytest.mark.django_db
def test_everything_of_the_card_is_shown(
    staff_client: Client, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision, "emotion_card", lambda: card)
    html = _page(staff_client)
    page = Fragment(html)
    assert f"{100 * card['accuracy']:.1f} %" in page.text
    assert f"Right on {card['n']} pictures" in page.text
    assert len(re.findall("<polyline", html)) == 4, "training and validation of accuracy and of loss"
    cells = re.findall(r'title="(\d+) pictures?"', html)
    assert [int(cell) for cell in cells] == [count for row in card["confusion"] for count in row]
    for name in card["classes"]:
        assert f"{100 * card['per_class'][name]['precision']:.1f} %" in page.text
    last = card["history"][-1]
    assert f"{last['val_loss']:.3f}" in page.text


@pytest.mark.django_db
def test_a_card_without_history_or_matrix_shows_the_rest(
    staff_client: Client, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = {key: value for key, value in card.items() if key not in ("history", "confusion")}
    monkeypatch.setattr(vision, "emotion_card", lambda: short)
    html = _page(staff_client)
    assert "<polyline" not in html
    assert "What it takes for what" not in html
    assert "Each emotion" in html


def test_the_matrix_is_in_percent_of_each_row(card: Card) -> None:
    row = Report.of(card).rows[3]
    assert [cell.right for cell in row.cells] == [index == 3 for index in range(7)]
    assert sum(cell.percent for cell in row.cells) == pytest.approx(100, abs=4)
    total = sum(card["confusion"][3])
    assert row.cells[3].percent == round(100 * card["confusion"][3][3] / total)


@pytest.mark.parametrize(
    "history",
    [
        [{"epoch": 1, "loss": 2.0}],
        [{"epoch": 1, "loss": 1.0, "val_loss": 1.0}, {"epoch": 2, "loss": 1.0, "val_loss": 1.0}],
        [{"epoch": e, "loss": 2.0 / e, "val_loss": 2.5 / e} for e in range(1, 301)],
    ],
    ids=["one epoch", "a level line", "many"],
)
def test_curves_stay_inside_their_axes(history: list[dict[str, float]]) -> None:
    chart = Chart.of("Loss", history, "loss", percent=False)
    assert len(chart.curves) == (2 if "val_loss" in history[0] else 1)
    for curve in chart.curves:
        points = [tuple(map(float, point.split(","))) for point in curve.points.split()]
        assert len(points) == len(history)
        assert all(LEFT <= x <= WIDTH - RIGHT and TOP <= y <= HEIGHT - BOTTOM for x, y in points)
    assert 2 <= len(chart.up) <= 8
    assert 1 <= len(chart.across) <= 12


def test_higher_is_further_up() -> None:
    chart = Chart.of("Loss", [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.0}], "loss", percent=False)
    (_, high), (_, low) = (point.split(",") for point in chart.curves[0].points.split())
    assert float(high) < float(low)
    assert [tick.label for tick in chart.across] == ["1", "2"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.31, 0.72, [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]), (1, 40, [0, 10, 20, 30, 40]), (0.5, 0.5, [0.5, 0.6])],
)
def test_ticks_are_round_and_reach_around(low: float, high: float, expected: list[float]) -> None:
    found = ticks(low, high, 5)
    assert found[0] <= low
    assert found[-1] >= high
    assert found == pytest.approx(expected)
