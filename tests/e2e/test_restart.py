"""Pulling the plug in the middle of enrollment, and starting again: nothing lost, nothing doubled."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.conftest import make_run
from tests.support import staff

_STATUSES = "SELECT status, COUNT(*) FROM enrollment_enrollmentphoto GROUP BY status"


def _ask(home: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{home}/faceroster.sqlite3?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def _wait_until_half_enrolled(home: Path) -> None:
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        try:
            if dict(_ask(home, _STATUSES)).get("accepted", 0) >= 40:
                return
        except sqlite3.OperationalError:
            pass  # not made yet
        time.sleep(0.05)
    raise AssertionError("the demo roster was not half enrolled in time")


def test_killed_while_enrolling_and_started_again(tmp_path: Path, browser: Callable[..., Any]) -> None:
    with make_run(tmp_path, demo=True, wait=False) as server:
        _wait_until_half_enrolled(tmp_path)
        assert server.found(r"password (\S+)"), "shown before anything that can be interrupted"
        server.stop(how=signal.SIGKILL)
    before = dict(_ask(tmp_path, _STATUSES))
    assert set(before) - {"accepted"}, f"it was killed too late to show anything: {before}"

    with make_run(tmp_path, demo=True) as server:
        assert dict(_ask(tmp_path, _STATUSES)) == {"accepted": 144}
        ((templates, people),) = _ask(
            tmp_path, "SELECT COUNT(*), COUNT(DISTINCT person_id) FROM enrollment_template"
        )
        assert (templates, people) == (144, 24)
        kiosk = browser()
        kiosk.goto(server.found(r"(http\S+/kiosk/\?camera=demo\S+)"))
        assert staff.kiosk_says(kiosk, "punched")
        assert "password " not in server.output, "it is shown once, at the first start"
        server.stop()
        assert server.lines[-1] == "Stopped."  # not a traceback
