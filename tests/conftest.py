"""Fixtures for every test, and the rule that a skip is a failure where everything is required."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _set(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    outcome = yield
    _fail_if_skipped(outcome.get_result())  # type: ignore[attr-defined]


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """A whole module that skips itself is never run, only collected."""
    outcome = yield
    _fail_if_skipped(outcome.get_result())  # type: ignore[attr-defined]


def _fail_if_skipped(report: Any) -> None:
    if report.skipped and _set("FACEROSTER_REQUIRE_ALL") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped although FACEROSTER_REQUIRE_ALL is set: {report.longrepr[-1]}"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real pictures that accuracy is judged on. It is not part of the project."""
    path = Path(os.environ.get("FACEROSTER_DATA", ROOT.parent / "shared" / "data")).resolve()
    if not path.is_dir():
        reason = f"no evaluation data at {path} (set FACEROSTER_DATA)"
        if _set("FACEROSTER_REQUIRE_DATA"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def demo_folder() -> Path:
    """The people who do not exist: staff/, strangers/, clips/ and roster.json."""
    return ROOT / "demo" / "people"
