"""A real server, started as a user starts it, and a real browser with a camera that plays a clip."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.support.browser import FLAGS, chromium_or_skip

_SECONDS_TO_START = 300  # the demo roster is enrolled in it, on a machine that may be busy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(600))


@dataclass
class Server:
    """A running ``make run``: where it is, what it printed, and the first administrator's password."""

    process: subprocess.Popen[str]
    home: Path
    port: int
    lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def found(self, pattern: str) -> str:
        """The first group of ``pattern`` in what was printed."""
        match = re.search(pattern, self.output)
        assert match, f"{pattern!r} was not printed:\n{self.output}"
        return match[1]

    def stop(self, *, how: int = signal.SIGINT) -> int:
        """Stop it as Ctrl-C in a terminal does: the signal goes to the whole group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        try:
            return self.process.wait(120)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def make_run(home: Path, *, demo: bool, wait: bool = True, **settings: str) -> Iterator[Server]:
    """``make run`` in this checkout with its data in ``home``; with ``wait``, ready when it has said so.

    ``settings``: more environment variables.
    """
    port = free_port()
    # The machine may be slow, and is busy with the browser too.
    slow = {"FACEROSTER_FRAME_FRESH_SECONDS": "6"}
    environment = {**os.environ, "FACEROSTER_HOME": str(home), "PYTHONUNBUFFERED": "1", **slow, **settings}
    for name in ("DJANGO_SETTINGS_MODULE", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        environment.pop(name, None)
    process = subprocess.Popen(
        ["make", "run", f"PORT={port}", f"DEMO={int(demo)}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    server = Server(process, home, port)
    reader = threading.Thread(target=_read, args=(server,), daemon=True)
    reader.start()
    try:
        deadline = time.monotonic() + _SECONDS_TO_START
        while wait and "/api/docs/" not in server.output:
            assert process.poll() is None, f"make run ended:\n{server.output}"
            assert time.monotonic() < deadline, f"make run did not get ready:\n{server.output}"
            time.sleep(0.2)
        yield server
    finally:
        server.stop()


def _read(server: Server) -> None:
    assert server.process.stdout is not None
    for line in server.process.stdout:
        server.lines.append(line.rstrip("\n"))


@pytest.fixture(scope="module")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with make_run(tmp_path_factory.mktemp("demo"), demo=True) as server:
        yield server


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with make_run(tmp_path_factory.mktemp("empty"), demo=False) as server:
        yield server


@pytest.fixture(scope="module")  # its event loop must not stay in the way of Django tests that follow
def playwright() -> Iterator[Any]:
    chromium_or_skip()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def browser(playwright: Any) -> Iterator[Callable[..., Any]]:
    """``browser(clip=None)``: a page in a Chromium of its own; with ``clip`` its camera plays that file.

    More arguments are those of Playwright's ``new_context``.
    """
    open_browsers = []

    def launch(clip: Path | None = None, **context: Any) -> Any:
        flags = [*FLAGS, "--autoplay-policy=no-user-gesture-required"]
        if clip is not None:
            flags += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
            flags += [f"--use-file-for-fake-video-capture={clip}"]
        chromium = playwright.chromium.launch(executable_path=chromium_or_skip(), args=flags)
        open_browsers.append(chromium)
        page = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **context}).new_page()
        page.set_default_timeout(60_000)
        return page

    yield launch
    for chromium in open_browsers:
        chromium.close()


@pytest.fixture
def camera_file(tmp_path: Path) -> Callable[[Path], Path]:
    """Turn any clip into the MJPEG that Chromium's fake camera plays in a loop."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("no ffmpeg to make a camera's picture from a clip")

    def convert(clip: Path) -> Path:
        target = tmp_path / f"{clip.stem}.mjpeg"
        command = [ffmpeg, "-v", "error", "-y", "-i", str(clip), "-c:v", "mjpeg", "-q:v", "3", str(target)]
        subprocess.run(command, check=True)
        return target

    return convert
