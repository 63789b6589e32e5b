"""Real servers to measure kiosks with: one process as ``make run`` starts it, or those of production.

Both begin empty, with the demo roster enrolled, and leave nothing behind.
"""

from __future__ import annotations

import base64
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.attendance import REDIS, SERVER, database
from benchmarks.report import ROOT

_SECONDS_TO_START = 300
#: Where /proc/PID/stat has the session, and user and system time, after the process's name.
_SESSION, _TIMES = 3, slice(11, 13)

_ENROLL = """
import time
from faceroster.enrollment import demo
from faceroster.enrollment.models import OPEN_STATUSES, EnrollmentPhoto
from workers import first_run
if not EnrollmentPhoto.objects.exists():
    list(demo.demo_photos_add(demo.demo_people_create(timezone="UTC")))
for _ in range(3000):
    if not EnrollmentPhoto.objects.filter(status__in=OPEN_STATUSES).exists():
        break
    time.sleep(0.1)
else:
    raise SystemExit("the photos were not enrolled")
"""
_INVITE = """
from faceroster.kiosks.services import kiosk_invitation
from faceroster.people.models import Site
site = Site.objects.get()
Site.objects.update(liveness={policy!r})
for _ in range({count}):
    print("invite", kiosk_invitation(site))
"""


@dataclass(frozen=True, slots=True)
class Server:
    """Where it answers, how it is run, in words, and the environment of its processes."""

    url: str
    kind: str
    environment: dict[str, str]
    sessions: frozenset[int]

    def processor_seconds(self) -> float:
        """Processor time of the server's processes and their children so far; without the database's."""
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                rest = path.read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            if int(rest[_SESSION]) in self.sessions:
                ticks += sum(map(int, rest[_TIMES]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def shell(self, code: str) -> str:
        """What ``code`` prints in ``manage.py shell`` beside the running server."""
        return subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=600,
        ).stdout

    def invitations(self, count: int, *, policy: str) -> list[str]:
        """As many invitations to be a kiosk of the site, whose liveness policy becomes ``policy``."""
        printed = self.shell(_INVITE.format(policy=policy, count=count))
        return [line.split()[1] for line in printed.splitlines() if line.startswith("invite ")]


@contextmanager
def serving(kind: str) -> Iterator[Server]:
    """``kind``: ``embedded`` (one process, SQLite) or ``production`` (gunicorn, one Celery worker)."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faceroster-bench-")))
        port = _free_port()
        embedded = kind == "embedded"
        environment = _environment(home) if embedded else _production(home, stack)
        if not embedded:
            _manage(environment, ["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"])
        commands = _embedded_commands(port) if embedded else _production_commands(port, home)
        processes = [stack.enter_context(_process(command, environment)) for command in commands]
        sessions = frozenset(process.pid for process in processes)
        server = Server(f"http://127.0.0.1:{port}", kind, environment, sessions)
        _wait(server.url, processes)
        server.shell(_ENROLL)
        yield server


def _embedded_commands(port: int) -> list[list[str]]:
    return [["manage.py", "serve", "--port", str(port)]]


def _production_commands(port: int, home: Path) -> list[list[str]]:
    web = ["--workers", "1", "--threads", "8", "--keep-alive", "75", "--bind", f"127.0.0.1:{port}"]
    worker = ["--beat", "--schedule", str(home / "beat"), "--loglevel", "WARNING", "-c", "1"]
    return [
        ["-m", "gunicorn", "faceroster.wsgi", *web],
        ["-m", "celery", "-A", "workers.app", "worker", *worker, "-Q", "identify,enroll,default,train"],
    ]


def _environment(home: Path) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("FACEROSTER_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    backend = os.environ.get("FACEROSTER_BACKEND", "tensorflow")
    return {**kept, "FACEROSTER_HOME": str(home), "FACEROSTER_BACKEND": backend, "DEMO": "1"}


def _production(home: Path, stack: ExitStack) -> dict[str, str]:
    import redis

    server = os.environ.get("FACEROSTER_BENCH_SERVER", SERVER)
    address = os.environ.get("FACEROSTER_BENCH_REDIS", REDIS)
    redis.Redis.from_url(address).flushdb()
    return {
        **_environment(home),
        "DEMO": "0",
        "DJANGO_SETTINGS_MODULE": "faceroster.settings.production",
        "DATABASE_URL": stack.enter_context(database(server, keep=False)),
        "REDIS_URL": address,
        "FACEROSTER_SECRET_KEY": secrets.token_urlsafe(48),
        "FACEROSTER_ROOT_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "FACEROSTER_HOSTS": "127.0.0.1",
        "FACEROSTER_SSL_REDIRECT": "0",
        "FACEROSTER_LOG_LEVEL": "ERROR",
    }


def _manage(environment: dict[str, str], *commands: Sequence[str]) -> None:
    for command in commands:
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)


@contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, processes: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes):
            raise RuntimeError("a process of the server ended")
        try:
            urllib.request.urlopen(f"{url}/accounts/login/", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        else:
            return
    raise RuntimeError("the server did not open in time")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
