"""Every table one after the other, and a summary of every figure that has a bar.

    python -m benchmarks [--full] [--data DIR] [--only pipeline search ...]

Each table is a module of its own, run as ``python -m benchmarks.NAME``. A table that fails or takes
too long does not stop the others; the summary names it. Ends with 1 if a table could not be made:
a missed bar is a result, not a failure.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.frames import arguments
from benchmarks.report import FOLDER, ROOT, Row, row, write

#: Module, and what its tables answer.
TABLES = {
    "engine": "both stages alone, beside the packages they come from",
    "detector": "the same faces as the mtcnn package",
    "stages": "where a frame's time goes",
    "pipeline": "camera frame to identity, beside four peers",
    "enrollment": "enrollment photos a second",
    "watch": "frames a second of a clip",
    "memory": "memory of a worker over 10,000 frames",
    "search": "search in 10,000 to 1,000,000 templates",
    "accuracy": "verification and open-set identification",
    "quality": "what refusing poor photos gains",
    "redundancy": "copies, and one person under two names",
    "emotion": "emotions of faces, beside fer",
    "classifier": "a classifier of the enrolled people beside identification",
    "liveness": "what gets past a kiosk's liveness",
    "kiosks": "five kiosks on one worker",
    "attendance": "pages and workdays of 2,000 people on PostgreSQL",
}
#: What the short form of a table needs on top: its bars are for a million templates, and of the kinds
#: of index that meet them HNSW takes minutes to build.
_SHORT = {"search": ("--sizes", "10000", "1000000", "--kinds", "fp16", "ivf")}
#: These measure on LFW alone, always in full.
_ON_LFW = ("quality", "redundancy")
#: Seconds that one table may take, in short and in full.
_LIMITS = {False: 600, True: 3 * 3600}
#: The first time these embed LFW, up to 13,233 photos, which is kept under build/ only when it is done.
_FIRST = ("accuracy", "classifier", *_ON_LFW)
_FIRST_LIMIT = 3600


def given(module: str, data: Path, full: bool) -> tuple[str, ...]:
    """What one module is told."""
    if module in _ON_LFW:
        return ("--lfw", str(data / "lfw"))
    return ("--data", str(data), *(("--full",) if full else _SHORT.get(module, ())))


def limit(module: str, full: bool) -> int:
    """Seconds that one module may take."""
    return max(_LIMITS[full], _FIRST_LIMIT if module in _FIRST else 0)


def made(module: str, options: Sequence[str], folder: Path, seconds: int) -> tuple[list[dict[str, Any]], str]:
    """The tables that one module has written, and what went wrong (empty: nothing)."""
    if find_spec(f"benchmarks.{module}") is None:
        return [], "there is no such benchmark here"
    before = time.time()
    try:
        command = [sys.executable, "-m", f"benchmarks.{module}", *options]
        code = _run(command, seconds)
        problem = f"ended with {code}" if code else ""
    except subprocess.TimeoutExpired:
        problem = f"took longer than {seconds} seconds"
    tables = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
        if path.stat().st_mtime >= before
    ]
    return tables, problem or ("" if tables else "wrote no table")


def _run(command: list[str], seconds: int) -> int:
    """Its exit code; ``TimeoutExpired`` when it had to be ended, with every server it had started."""
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        return process.wait(seconds)
    except BaseException:  # also Ctrl-C, which a session of its own does not get
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def summary(reports: Sequence[dict[str, Any]]) -> list[Row]:
    """Every row with a bar, its table's name before it."""
    return [
        {**one, "name": f"{report['table']}: {one['name']}"}  # type: ignore[misc]
        for report in reports
        for one in report["rows"]
        if one["bar"] is not None
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("--only", nargs="+", choices=tuple(TABLES), default=tuple(TABLES), metavar="TABLE")
    options = parser.parse_args(argv)
    folder = options.out or FOLDER
    if not options.data.is_dir():
        print(f"There are no evaluation pictures at {options.data}: what needs them is left out.")
    reports: list[dict[str, Any]] = []
    problems: dict[str, str] = {}
    for module in options.only:
        print(f"\n## {module}: {TABLES[module]}\n", flush=True)
        passed_on = ["--out", str(folder), *given(module, options.data, options.full)]
        tables, problem = made(module, passed_on, folder, limit(module, options.full))
        reports += tables
        if problem:
            problems[module] = problem
            print(f"{module}: {problem}", flush=True)
    rows = summary(reports)
    missing = [row(f"{module}: {TABLES[module]}", None, "", note=why) for module, why in problems.items()]
    kind = "full" if options.full else "short"
    write("summary", f"Every figure with a bar ({kind} run)", [*rows, *missing], folder)
    met = sum(one["met"] is True for one in rows)
    print(f"{met} of {len(rows)} bars met. {_sentence(problems)}")
    return 1 if problems else 0


def _sentence(problems: dict[str, str]) -> str:
    if not problems:
        return "Every table was made."
    return "Not made: " + "; ".join(f"{module} ({why})" for module, why in problems.items()) + "."


if __name__ == "__main__":
    sys.exit(main())
