"""``python -m recognition``: the face library from a shell. docs/cli.md shows every command.

Standard output holds the answer and nothing else; progress and errors go to standard error. Exit
status: 0 done, 1 "no" as an answer (other person, unknown), 2 bad use or bad input.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn, get_args

from recognition.commands import (
    align,
    augment,
    calibrate,
    capture,
    classifier,
    detect,
    embed,
    emotion,
    identify,
    redundancy,
    scoring,
    verify,
    watch,
)
from recognition.commands.common import EXIT_BAD, choose_backend, choose_embedder, complain
from recognition.errors import RecognitionError
from recognition.runtime import Backend

COMMANDS = (
    detect,
    align,
    embed,
    verify,
    identify,
    redundancy,
    watch,
    capture,
    calibrate,
    scoring,
    emotion,
    augment,
    classifier,
)


class Parser(argparse.ArgumentParser):
    """An argparse parser whose complaints look like all our others."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        complain("usage.invalid", message[:1].upper() + message[1:] + ".")
        raise SystemExit(EXIT_BAD)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m recognition", description="Find, compare and recognise faces in photos.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="machine-readable answer on standard output")
    shared.add_argument("--quiet", action="store_true", help="no progress bar")
    shared.add_argument(
        "--embedder", default="dlib-resnet29", metavar="NAME",
        help="what makes vectors of faces: %(default)s, or onnx:PATH of a card (docs/models.md)",
    )  # fmt: skip
    shared.add_argument(
        "--backend",
        choices=get_args(Backend),
        default="tensorflow",
        help="what runs the networks (default tensorflow; onnxruntime is faster: make fast)",
    )
    for module in COMMANDS:
        module.register(commands, [shared])
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    # Before TensorFlow is imported: its start-up notes are for nobody who types these commands.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        options = build_parser().parse_args(argv)
    except SystemExit as stop:  # argparse leaves this way after --help and after a complaint
        return int(stop.code or 0)
    try:
        choose_backend(options.backend)
        choose_embedder(options.embedder)
        status = int(options.run(options))
        sys.stdout.flush()
    except RecognitionError as error:
        complain(error.code, error.message)
        return EXIT_BAD
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain again while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BAD
    except KeyboardInterrupt:
        return 130
    return status
