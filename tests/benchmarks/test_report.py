"""Figures beside their bars: pass, miss, and what the summary collects."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as runner
from benchmarks.frames import shots
from benchmarks.plots import speed
from benchmarks.publish import renewed
from benchmarks.report import ROOT, markdown, number, row, write


@pytest.mark.parametrize(
    ("value", "bar", "better", "met"),
    [
        (19.9, 20, "lower", True),
        (20.1, 20, "lower", False),
        (12, 12, "higher", True),
        (11.9, 12, "higher", False),
        (None, 12, "higher", False),
        (5, None, "lower", None),
    ],
)
def test_a_bar_is_met_or_missed(
    value: float | None, bar: float | None, better: str, met: bool | None
) -> None:
    assert row("x", value, "ms", bar=bar, better=better)["met"] is met


def test_a_report_is_printed_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        row("ours", np.float32(8.5), "ms", bar=8, peer=("theirs", 340), p50=8.5, p95=11, n=np.int64(60)),
        row("a | b", 0.9931, "", bar=0.992, better="higher", ci=(0.991, 0.995)),
    ]
    write("speed", "How fast", rows, tmp_path)
    kept = json.loads((tmp_path / "speed.json").read_text())
    assert kept["rows"][0]["n"] == 60
    assert kept["cores"] >= 1
    assert kept["versions"]["numpy"] == np.__version__
    page = (tmp_path / "speed.md").read_text()
    assert page.strip() in capsys.readouterr().out
    lines = page.splitlines()
    assert "| ours | 8.5 ms |  | at most 8 ms | **miss** | theirs: 340 ms | 8.5 / 11 | 60 |" in lines
    assert r"| a \| b | 0.9931 | 0.991 to 0.995 | at least 0.992 | pass |  |  |  |" in lines
    assert markdown(kept) == page


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0701, "0.0701"),
        (0.00002, "2e-05"),
        (8.49, "8.49"),
        (31.25, "31.2"),
        (340.4, "340"),
        (10000, "10,000"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_the_runner_names_what_it_cannot_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runner, "TABLES", {"no_such_table": "nothing"})
    code = runner.main(["--only", "no_such_table", "--data", str(tmp_path), "--out", str(tmp_path)])
    assert code == 1
    kept = json.loads((tmp_path / "summary.json").read_text())
    assert kept["rows"][0]["note"] == "there is no such benchmark here"


def test_the_summary_holds_every_figure_with_a_bar() -> None:
    report = {"table": "t", "rows": [row("a", 1, "ms", bar=2), row("b", 3, "ms")]}
    assert [(one["name"], one["met"]) for one in runner.summary([report])] == [("t: a", True)]


def test_the_same_figures_draw_the_same_picture(tmp_path: Path) -> None:
    rows = [row("FaceRoster", 8, "ms", p50=8, p95=9), row("other", 300, "ms", p50=300, p95=320)]
    for name in ("one.svg", "two.svg"):
        speed({"rows": rows}, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert "300 ms" in (tmp_path / "one.svg").read_text()


def test_frames_are_made_from_demo_people_where_there_is_no_data(tmp_path: Path) -> None:
    taken = shots(5, tmp_path)
    assert len(taken.probes) == 5
    assert {frame.shape for _, frame in taken.probes} == {(480, 640, 3)}
    assert {label for label, _ in taken.probes} <= {label for label, _ in taken.known}


def test_tables_go_into_the_documents(tmp_path: Path) -> None:
    write("speed", "How fast", [row("ours", 8, "ms")], tmp_path)
    page = (
        "Before\n<!-- table: speed -->\nold\n<!-- end of table -->\nBetween\n"
        "<!-- table: other -->\nkept\n<!-- end of table -->\nAfter\n"
    )
    new, done, missing = renewed(page, tmp_path)
    assert (done, missing) == (["speed"], ["other"])
    assert "| ours | 8 ms |" in new
    assert "old" not in new
    assert "### How fast" not in new
    assert new.endswith("<!-- table: other -->\nkept\n<!-- end of table -->\nAfter\n")
    assert renewed(new, tmp_path)[0] == new


def test_tables_that_embed_a_collection_first_get_the_time_for_it() -> None:
    assert runner.limit("pipeline", full=False) < runner.limit("accuracy", full=False)
    assert runner.limit("quality", full=False) < runner.limit("quality", full=True)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("module", runner.TABLES)
def test_every_benchmark_takes_what_the_runner_gives(module: str, full: bool, tmp_path: Path) -> None:
    source = ROOT / "benchmarks" / f"{module}.py"
    if not source.exists():
        pytest.skip(f"there is no benchmarks/{module}.py here")
    text = source.read_text(encoding="utf-8")
    for word in runner.given(module, tmp_path, full):
        if word.startswith("--"):
            common = word in ("--data", "--full") and "arguments(" in text
            assert common or f'"{word}"' in text, f"{module} does not know {word}"
