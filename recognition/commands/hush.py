"""TensorFlow's start-up notes, kept from people who only asked about a photo."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from recognition.runtime import Backend, start_tensorflow

#: Information in the format of Google's logging, and the line that announces it. TensorFlow writes these
#: before it looks at TF_CPP_MIN_LOG_LEVEL. Warnings, errors and fatal errors have other letters.
CHATTER = re.compile(rb"I\d{4} \d\d:\d\d|WARNING: All log messages before absl")


def start(backend: Backend = "tensorflow") -> None:
    """Import TensorFlow, where it runs the networks, once and without its notes on standard error."""
    if backend == "tensorflow" and "tensorflow" not in sys.modules:
        with hushed():
            start_tensorflow()


@contextmanager
def hushed() -> Iterator[None]:
    """Filter what native code writes to standard error; what is no chatter still arrives.

    A forked reader does it, not a thread or a file: when TensorFlow aborts (on a processor without
    the instructions it needs), the reader survives and passes on the last words.
    """
    if not hasattr(os, "fork"):
        yield
        return
    sys.stderr.flush()
    source, sink = os.pipe()
    reader = os.fork()
    if reader == 0:
        os.close(sink)
        _pass_on(source)
    os.close(source)
    kept = os.dup(2)
    os.dup2(sink, 2)
    os.close(sink)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.waitpid(reader, 0)


def _pass_on(source: int) -> None:
    """The reader's whole life."""
    try:
        with os.fdopen(source, "rb") as lines:
            for line in lines:
                if not CHATTER.match(line):
                    os.write(2, line)
    finally:
        os._exit(0)
