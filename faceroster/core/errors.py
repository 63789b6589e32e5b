"""Errors that a person or a program can act on: a stable dotted code, a sentence, an HTTP status."""

from __future__ import annotations

from typing import Any

from faceroster.core.sentences import from_worker


class FaceRosterError(Exception):
    """Base of the tree. ``code`` is for programs and never changes its meaning; ``message`` is for people."""

    status = 400

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


class InvalidInput(FaceRosterError):
    """What was given cannot be used."""


class NotAllowed(FaceRosterError):
    """The caller may not do this."""

    status = 403


class Conflict(FaceRosterError):
    """Right in itself, but not in the present state."""

    status = 409


class Unavailable(FaceRosterError):
    """A part that is needed does not answer now; trying again may help."""

    status = 503


class WorkerError(FaceRosterError):
    """What a worker said was wrong with its task, with the status that belongs to it."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.status = int(error["status"])
        super().__init__(error["code"], from_worker(error["message"]))
