"""What the table of attendance makes of its times; the times are made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import attendance, attendance_work


def test_a_page_is_held_to_its_95th_percentile() -> None:
    quick = np.full(100, 120.0)
    slow = np.concatenate([np.full(90, 120.0), np.full(10, 900.0)])
    one = attendance.page_rows("Today", quick, quick / 2, 9, 20480)
    assert (one["met"], one["p50"], one["bar"]) == (True, 120, 300)
    assert one["note"] == "p95; 9 queries, 20 KiB, processor time 60 ms"
    assert attendance.page_rows("Today", slow, slow / 2, 9, 20480)["met"] is False


def test_a_month_is_held_to_its_bar_only_with_everybody_in_it() -> None:
    rows = attendance_work.month_rows(45.0, 20.0, 75.0, 9.0, 60_000, 2000)
    assert [one["met"] for one in rows] == [True, True, False, None, None]
    assert rows[4]["value"] == pytest.approx(5)
    assert rows[3]["note"] == "6,667 rows/s"
    assert attendance_work.month_rows(5.0, 2.0, 6.0, 1.0, 9000, 300)[0]["bar"] is None


def test_a_punch_has_a_second() -> None:
    assert attendance_work.punch_row(np.full(20, 0.2))["met"] is True
    assert attendance_work.punch_row(np.full(20, 1.2))["met"] is False


def test_without_a_server_the_bar_is_missed_and_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = "postgres://nobody@127.0.0.1:1/none"
    attendance.main(["--server", nowhere, "--out", str(tmp_path)])
    assert "no PostgreSQL" in capsys.readouterr().out
    assert "**miss**" in (tmp_path / "attendance.md").read_text()
