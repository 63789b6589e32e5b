"""The runner of all tables: one that hangs is ended, with every process it had started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.__main__ import _run

_HANGS = "import subprocess, sys, pathlib; child = subprocess.Popen(['sleep', '60']); "
_HANGS += "pathlib.Path(sys.argv[1]).write_text(str(child.pid)); child.wait()"


def test_exit_code_is_passed_on() -> None:
    assert _run([sys.executable, "-c", "raise SystemExit(3)"], 30) == 3


def test_servers_of_a_table_that_hangs_are_ended_too(tmp_path: Path) -> None:
    noted = tmp_path / "child"
    for seconds in (1, 5, 25):  # a busy machine may need longer to start them
        with pytest.raises(subprocess.TimeoutExpired):
            _run([sys.executable, "-c", _HANGS, str(noted)], seconds)
        if noted.exists():
            break
    child = int(noted.read_text())
    for _ in range(50):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            return  # dead, its new parent has not asked yet
        time.sleep(0.1)
    raise AssertionError("the child still runs")
