"""``manage.py serve`` as a process: what Ctrl-C at a bad moment and a second start do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from faceroster.api.uploads import MAX_PICTURE_BODY
from tests.conftest import ROOT
from tests.e2e.conftest import free_port
from workers.embedded import EmbeddedWorker
from workers.management.commands.serve import Command, address_of


@contextmanager
def serve(home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "FACEROSTER_HOME": str(home), "DEMO": "0", "PYTHONUNBUFFERED": "1"}
    environment["DJANGO_SETTINGS_MODULE"] = "faceroster.settings.embedded"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if words in line:
            return seen
    raise AssertionError(f"{words!r} was not printed:\n{seen}")


def test_interrupted_twice_before_it_is_ready_it_still_stops_cleanly(tmp_path: Path) -> None:
    with serve(tmp_path, free_port()) as process:
        _read_until(process, "Loading the face models")
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=200)
        assert "Traceback" not in rest, rest
        assert rest.rstrip().endswith("Stopped.")
        assert process.returncode == 0


def test_second_start_on_the_same_data_is_refused_in_words(tmp_path: Path) -> None:
    with serve(tmp_path, free_port()) as first:
        _read_until(first, "Loading the face models")
        with serve(tmp_path, free_port()) as second:
            answer, _ = second.communicate(timeout=200)
        assert second.returncode == 1
        assert f"FaceRoster is already running with its data in {tmp_path}." in answer
        assert "Traceback" not in answer


def test_taken_port_is_told_with_a_way_out(tmp_path: Path) -> None:
    port = free_port()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    with serve(tmp_path / "one", port) as first:
        _read_until(first, "Loading the face models")
        with serve(tmp_path / "other", port) as second:
            answer, _ = second.communicate(timeout=200)
        assert second.returncode == 1
        assert f"Port {port} on 127.0.0.1 is taken" in answer
        assert not (tmp_path / "other" / "faceroster.sqlite3").exists()


@pytest.mark.timeout(30, func_only=True)
def test_stopping_a_worker_that_was_never_started_returns() -> None:
    EmbeddedWorker().stop()


def test_no_picture_is_too_large_for_the_web_servers_memory() -> None:
    """Beyond its limit waitress writes what it holds to a file, in the clear."""
    quietly = mock.patch("faceroster.vision.start_quietly")  # it forks, and this process has threads
    stopped = pytest.raises(KeyboardInterrupt)
    with quietly, mock.patch("waitress.create_server", side_effect=KeyboardInterrupt) as create, stopped:
        Command()._serve("127.0.0.1", free_port(), 1)
    kept = create.call_args.kwargs
    assert min(kept["inbuf_overflow"], kept["outbuf_overflow"]) >= 2 * MAX_PICTURE_BODY


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("kiosk.example.org", "http://kiosk.example.org:8000"),
    ],
)
def test_the_printed_address_can_be_opened(host: str, address: str) -> None:
    assert address_of(host, 8000) == address
