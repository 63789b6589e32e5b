"""A real worker for tests: a thread on the embedded profile, a Celery process on the production one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from faceroster import jobs
from faceroster.core.errors import Unavailable

ROOT = Path(__file__).resolve().parents[2]
_SECONDS_TO_START = 200


@contextmanager
def running_worker() -> Iterator[None]:
    """Run a worker on the test database until the block ends."""
    if settings.TEST_PROFILE == "production":
        with worker_process() as process:
            wait_until_it_answers(process)
            yield
    else:
        from workers.embedded import EmbeddedWorker

        worker = EmbeddedWorker()
        worker.start()
        try:
            wait_until_it_answers(None)
            yield
        finally:
            worker.stop()


@contextmanager
def worker_process() -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker as production runs it, with beat, connected to this test's database."""
    environment = {
        **os.environ,
        "FACEROSTER_TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "faceroster.settings.test",
    }
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "--beat"]
    command += ["-Q", "identify,enroll,default,train", "-c", "1", "--loglevel", "WARNING"]
    command += ["--schedule", str(Path(settings.HOME) / "beat")]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def wait_until_it_answers(process: subprocess.Popen[bytes] | None) -> None:
    """Return once a worker has its models loaded; ``process`` is watched for an early end."""
    # Loading the models takes some seconds, and many more when the machine is busy.
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the worker ended with code {process.returncode}")
        try:
            if jobs.call("identify.ready", timeout=20.0):
                return
        except Unavailable as error:
            last = error
    raise RuntimeError("the worker did not get ready") from last
