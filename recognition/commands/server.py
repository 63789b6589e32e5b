"""People who are enrolled at a running FaceRoster server, asked over its API (docs/api.md)."""

from __future__ import annotations

import json
import os
import ssl
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from recognition.errors import GalleryError
from recognition.gallery import Candidate
from recognition.identify import Decision, Identification
from recognition.types import Box

#: Where the token comes from: on a command line everybody at the machine could read it.
TOKEN = "FACEROSTER_API_TOKEN"  # noqa: S105
SECONDS = 30.0
_FORBIDDEN = "It takes a token with the scope faces:identify."


def is_url(gallery: str) -> bool:
    return gallery.lower().startswith(("http://", "https://"))


class Busy(Exception):
    """The server has no answer now; ``code`` and ``message`` are its own, ``seconds`` when to ask again."""

    def __init__(self, code: str, message: str, seconds: float) -> None:
        super().__init__(message)
        self.code, self.message, self.seconds = code, message, seconds


class Server:
    """One connection that stays open. Redirects are not followed: the token is for this server only.

    Everything raises :class:`GalleryError`: ``gallery.bad_url``, ``gallery.no_token``,
    ``gallery.unreachable``, ``gallery.not_a_server``, ``gallery.bad_token`` (unknown or expired) and
    ``gallery.forbidden`` (without the scope).
    """

    def __init__(self, url: str) -> None:
        """Take the token from the environment and see whether the server accepts it."""
        self._token = os.environ.get(TOKEN, "").strip()
        if not self._token:
            raise GalleryError(f"The server asks for a token. Put one into {TOKEN}.", code="gallery.no_token")
        if not self._token.isascii() or not self._token.isprintable():
            raise GalleryError(f"What {TOKEN} holds is no token.", code="gallery.bad_token")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.username is not None or parts.query or parts.fragment:
            raise GalleryError(
                f"{url.rpartition('@')[2]} is no address of a server; it looks like https://faces.example.org.",
                code="gallery.bad_url",
            )
        base = parts.path.rstrip("/")
        self._path = f"{base if base.endswith('/api/v1') else f'{base}/api/v1'}/faces/identify/"
        self._address = f"{parts.scheme}://{parts.netloc}"
        kind = HTTPSConnection if parts.scheme.lower() == "https" else HTTPConnection
        self._connection = kind(host, port, timeout=SECONDS)
        self._check()

    def identify(self, jpeg: bytes) -> tuple[Identification, Box | None]:
        """Who a picture's main face is, and its box; unknown and ``None`` where none can be used.

        Raises :class:`Busy` when the server cannot answer now.
        """
        status, answer = self._post(jpeg)
        if status == 400:  # no face for the server, or too poor a one
            return Identification(Decision.UNKNOWN, None, (), 0.0, 0.0), None
        try:
            return _identification(answer), _main_box(answer)
        except (KeyError, TypeError, ValueError) as error:
            raise self._no_server() from error

    def _check(self) -> None:
        """Ask with no picture: whoever may look people up is told that there is none."""
        try:
            status, answer = self._post(b"")
        except Busy:
            return
        if status != 400 or "code" not in answer:
            raise self._no_server()

    def _post(self, body: bytes) -> tuple[int, dict[str, Any]]:
        response, data = self._exchange(body)
        answer = _parsed(data)
        detail = _plain(str(answer.get("detail", ""))) if answer else ""
        if response.status == 401 and answer:
            raise GalleryError(f"The server refuses the token in {TOKEN}: {detail}", code="gallery.bad_token")
        if response.status == 403 and answer:
            raise GalleryError(
                f"The server does not let this token look people up. {_FORBIDDEN}", code="gallery.forbidden"
            )
        if response.status == 429 or response.status >= 500:
            wait = response.getheader("Retry-After", "")
            code = _plain(str(answer.get("code", ""))) if answer else ""
            raise Busy(
                code or "gallery.unreachable",
                detail or f"The server answered with status {response.status}.",
                float(wait) if wait.isdecimal() else 1.0,
            )
        if response.status not in (200, 400) or answer is None:
            raise self._no_server(response.status)
        return response.status, answer

    def _exchange(self, body: bytes) -> tuple[HTTPResponse, bytes]:
        headers = {
            "Authorization": f"Token {self._token}",
            "Content-Type": "image/jpeg",
            "Accept": "application/json",
        }
        kept = self._connection.sock is not None
        while True:
            try:
                self._connection.request("POST", self._path, body, headers)
                response = self._connection.getresponse()
                return response, response.read()
            except ssl.SSLCertVerificationError as error:
                raise GalleryError(
                    f"The certificate of {self._address} cannot be trusted: {error.verify_message}.",
                    code="gallery.unreachable",
                ) from error
            except (OSError, HTTPException, UnicodeError) as error:
                self._connection.close()
                if not kept or isinstance(error, TimeoutError):
                    raise GalleryError(
                        f"No server answers at {self._address}. Does it run, and is the address right?",
                        code="gallery.unreachable",
                    ) from error
                kept = False  # servers close connections that were quiet for long: once more

    def _no_server(self, status: int | None = None) -> GalleryError:
        what = f" (status {status})" if status is not None else ""
        return GalleryError(
            f"There is no FaceRoster API at {self._address}{self._path}{what}.", code="gallery.not_a_server"
        )


def _parsed(data: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(data)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _plain(text: str) -> str:
    """What a server says, without what would move a terminal's cursor."""
    return "".join(letter for letter in text if letter.isprintable())


def _identification(answer: dict[str, Any]) -> Identification:
    person = answer["person"]
    return Identification(
        Decision(answer["decision"]),
        None if person is None else _name(person),
        tuple(
            Candidate(_name(one["person"]), float(one["score"]), float(one["nearest"]), int(one["templates"]))
            for one in answer["candidates"]
        ),
        float(answer["threshold"]),
        float(answer["margin"]),
    )


def _name(person: dict[str, Any]) -> str:
    """Two people may have one name; their numbers differ."""
    return f"{_plain(person['name'])} ({_plain(person['employee_number'])})"


def _main_box(answer: dict[str, Any]) -> Box | None:
    boxes = (Box(*map(float, face["box"])) for face in answer["faces"] if face["main"])
    return next(boxes, None)
