"""``watch --gallery URL``: a server's people, asked over HTTP; the answers here are given beforehand."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognition import cli
from recognition.commands import naming
from recognition.commands.naming import Asking, head
from recognition.commands.server import TOKEN, Server, is_url
from recognition.decoding import decode
from recognition.errors import GalleryError
from recognition.identify import Decision
from recognition.tracking import View
from recognition.types import Box, Embedding, Face, Floats, Image
from tests.support.moving import BLACK, CLIP, FACE, GREEN, RED, OneFace, folder_of, scene

SECRET = "frt_a-secret-that-nobody-may-see"

ROSA = {"id": "7b0e", "employee_number": "FR-1", "name": "Rosa Märle"}
GRETA = {"id": "9c1f", "employee_number": "FR-2", "name": "Greta"}
EMPTY = (400, {"code": "image.empty", "detail": "The file is empty."})


def candidate(person: dict[str, str], score: float) -> dict[str, Any]:
    return {"person": person, "score": score, "nearest": 0.97, "templates": 5}


Sides = tuple[float, float, float, float]
THERE, ELSEWHERE = (120, 120, 160, 200), (0, 0, 100, 150)


def answer(person: dict[str, str] | None, score: float = 7.5, box: Sides = THERE) -> Any:
    return 200, {
        "decision": "accepted" if person else "unknown",
        "person": person,
        "candidates": [candidate(person or GRETA, score if person else -1.5)],
        "threshold": 3.98,
        "margin": 1.0,
        "score_kind": "llr",
        "faces": [
            {"box": [0, 0, 9, 9], "confidence": 0.9, "quality": 0.2, "main": False},
            {"box": list(box), "confidence": 0.99, "quality": 0.8, "main": True},
        ],
    }


class Stub:
    """A server that remembers what it is sent. ``face``: what it says of a picture."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self.face: Callable[[bytes], Any] = lambda data: answer(ROSA)
        self.check: Any = EMPTY
        self.headers: dict[str, str] = {}
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                stub.asked.append((self.path, self.headers["Authorization"], data))
                status, body = stub.face(data) if data else stub.check
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**stub.headers, "Content-Length": str(len(raw))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                """Not to standard error."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def faces(self) -> list[Image]:
        """The pictures it was sent."""
        return [decode(data) for _, _, data in self.asked if data]


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setenv(TOKEN, SECRET)
    monkeypatch.setattr("recognition.commands.naming.make_engine", OneFace)
    monkeypatch.setattr("recognition.commands.hush.start", lambda *_: None)
    monkeypatch.setattr(OneFace, "interrupt_at", -1)
    stub = Stub()
    yield stub
    stub.server.shutdown()
    stub.server.server_close()


def watch(source: str | Path, url: str, *more: str) -> int:
    return cli.main(["watch", str(source), "--gallery", url, "--json", "--quiet", *more])


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_face_is_sent_once_and_named_while_it_stays(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Long enough to be embedded again: every 90 frames, to make sure.
    source = folder_of(tmp_path / "in", [scene(RED, n % 3) for n in range(120)] + [BLACK] * 20)
    assert watch(source, stub.url) == 0
    out, err = capsys.readouterr()
    came, left, summary = lines(out)
    assert (came["event"], came["person"], came["score"]) == ("came", "Rosa Märle (FR-1)", 7.5)
    assert left["event"] == "left"
    assert summary["people"] == ["Rosa Märle (FR-1)"]
    assert summary["embeddings"] == 2
    paths, tokens, bodies = zip(*stub.asked, strict=True)
    assert set(paths) == {"/api/v1/faces/identify/"}
    assert set(tokens) == {f"Token {SECRET}"}
    assert [bool(body) for body in bodies] == [False, True], "whether it may, and then one face"
    assert SECRET not in out + err
    # The face with room around it, and not the whole picture.
    assert stub.faces[0].shape == (470, 460, 3)


def test_a_stranger_is_sent_three_times_at_most(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.face = lambda data: answer(None)
    # No two looks are quite alike.
    source = folder_of(tmp_path / "in", [scene((40, 40, 180 + n % 60), n % 3) for n in range(250)])
    assert watch(source, stub.url) == 0
    came, _, summary = lines(capsys.readouterr().out)
    assert (came["person"], came["score"], summary["unknown"]) == (None, -1.5, 1)
    assert len(stub.faces) == 3
    assert summary["embeddings"] > 3


def test_somebody_else_in_the_same_place_is_asked_about(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = iter([answer(ROSA), answer(GRETA)])
    stub.face = lambda data: next(told)
    frames = [scene(RED)] * 20 + [BLACK] * 3 + [scene(GREEN)] * 30
    assert watch(folder_of(tmp_path / "in", frames), stub.url) == 0
    assert lines(capsys.readouterr().out)[-1]["people"] == ["Greta (FR-2)", "Rosa Märle (FR-1)"]
    assert len(stub.faces) == 2


@pytest.mark.parametrize("code", ["face.blurred", "face.not_found"])
def test_a_face_too_poor_for_the_server_stays_unknown(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    stub.face = lambda data: (400, {"code": code, "detail": "Hold still."})
    assert watch(folder_of(tmp_path / "in", [scene(RED)] * 20), stub.url) == 0
    out, err = capsys.readouterr()
    assert lines(out)[-1]["unknown"] == 1
    assert err == ""


def test_an_answer_about_a_neighbour_names_nobody(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.face = lambda data: answer(ROSA, box=ELSEWHERE)
    assert watch(folder_of(tmp_path / "in", [scene(RED)] * 20), stub.url) == 0
    assert lines(capsys.readouterr().out)[-1]["people"] == []


@pytest.mark.parametrize("status", [429, 503, 500])
def test_a_busy_server_is_asked_again_later(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    told = iter([(status, {"code": "worker.timeout", "detail": "Busy.\x1b[2J"}), answer(ROSA)])
    stub.face = lambda data: next(told)
    stub.headers = {"Retry-After": "0"}
    assert watch(folder_of(tmp_path / "in", [scene(RED, n % 3) for n in range(40)]), stub.url) == 0
    out, err = capsys.readouterr()
    assert lines(out)[-1]["people"] == ["Rosa Märle (FR-1)"]
    assert err == "error worker.timeout: Busy.[2J The face stays unknown for now.\n"


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.face = lambda data: (503, b"<html>busy</html>")
    stub.headers = {"Retry-After": "600"}
    assert watch(folder_of(tmp_path / "in", [scene(RED, n % 3) for n in range(60)]), stub.url) == 0
    assert len(stub.faces) == 1
    assert capsys.readouterr().err.startswith(
        "error gallery.unreachable: The server answered with status 503."
    )


def test_a_server_that_goes_away_ends_the_watch_and_what_was_seen_is_told(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.face = lambda data: (401, {"code": "auth.failed", "detail": "The token is expired."})
    assert watch(folder_of(tmp_path / "in", [scene(RED)] * 20), stub.url) == 2
    out, err = capsys.readouterr()
    assert lines(out)[-1]["event"] == "summary"
    assert err.startswith(f"error gallery.bad_token: The server refuses the token in {TOKEN}: ")
    assert SECRET not in out + err


PROBLEM = {"code": "auth.x", "detail": "No."}


@pytest.mark.parametrize(
    ("check", "code"),
    [
        ((401, PROBLEM), "gallery.bad_token"),
        ((403, PROBLEM), "gallery.forbidden"),
        ((404, PROBLEM), "gallery.not_a_server"),
        ((404, b"<html>nothing</html>"), "gallery.not_a_server"),
        ((401, b"<html>who are you?</html>"), "gallery.not_a_server"),
        ((400, b"Bad Request"), "gallery.not_a_server"),
        ((400, {"error": "elsewhere"}), "gallery.not_a_server"),
        ((200, {"hello": "world"}), "gallery.not_a_server"),
        ((200, b"[1, 2]"), "gallery.not_a_server"),
    ],
)
def test_a_server_that_does_not_let_us_is_told_before_the_video_is_looked_at(
    stub: Stub, capsys: pytest.CaptureFixture[str], check: Any, code: str
) -> None:
    stub.check = check
    assert watch(CLIP, stub.url) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error {code}: ")
    assert len(err.splitlines()) == 1
    assert SECRET not in err
    assert not stub.faces


def test_redirects_are_not_followed(stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever stands at the other end would get the token."""
    other = Stub()
    stub.check, stub.headers = (308, b""), {"Location": f"{other.url}/api/v1/faces/identify/"}
    assert watch(CLIP, stub.url) == 2
    assert capsys.readouterr().err.startswith("error gallery.not_a_server: ")
    assert other.asked == []
    other.server.shutdown()
    other.server.server_close()


def test_an_answer_that_is_none_is_no_server(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.face = lambda data: (200, {"decision": "perhaps"})
    assert watch(folder_of(tmp_path / "in", [scene(RED)] * 20), stub.url) == 2
    assert capsys.readouterr().err.startswith("error gallery.not_a_server: ")


def test_a_server_that_is_not_there(stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert watch(CLIP, f"http://127.0.0.1:{port}") == 2
    err = capsys.readouterr().err
    assert err == (
        f"error gallery.unreachable: No server answers at http://127.0.0.1:{port}. "
        "Does it run, and is the address right?\n"
    )
    assert watch(CLIP, stub.url.replace("http:", "https:")) == 2, "it speaks no TLS"
    assert capsys.readouterr().err.startswith("error gallery.unreachable: ")


@pytest.mark.parametrize(
    ("token", "code"), [("", "gallery.no_token"), ("a\nb", "gallery.bad_token"), ("ä", "gallery.bad_token")]
)
def test_without_a_token_nothing_is_sent(
    stub: Stub,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    code: str,
) -> None:
    monkeypatch.setenv(TOKEN, token)
    assert watch(CLIP, stub.url) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error {code}: ")
    assert TOKEN in err
    assert stub.asked == []


@pytest.mark.parametrize(
    "url", ["http://", "https://me:word@host", "http://host:port", "http://host/?token=x", "http://[::1"]
)
def test_addresses_that_are_none(stub: Stub, url: str) -> None:
    with pytest.raises(GalleryError) as caught:
        Server(url)
    assert caught.value.code == "gallery.bad_url"
    assert "word" not in caught.value.message


def test_addresses_with_a_path(stub: Stub) -> None:
    for end in ("/faces/", "/faces/api/v1", "/faces/api/v1/"):
        Server(stub.url + end)
    assert {path for path, _, _ in stub.asked} == {"/faces/api/v1/faces/identify/"}
    assert is_url("HTTPS://host")
    assert not is_url("http")


def test_a_connection_that_was_closed_meanwhile_is_opened_again(stub: Stub) -> None:
    server = Server(stub.url)
    server._connection.sock.shutdown(socket.SHUT_RDWR)
    found, box = server.identify(b"\xff\xd8 a picture")
    assert (found.person, box) == ("Rosa Märle (FR-1)", Box(120, 120, 160, 200))


@pytest.mark.parametrize("option", [["--threshold", "1"], ["--margin", "1"], ["--score", "mean"]])
def test_the_server_decides_by_its_own_rule(
    stub: Stub, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    assert watch(CLIP, stub.url, *option) == 2
    assert capsys.readouterr().err.startswith("error usage.invalid: ")
    assert stub.asked == []


class TwoFaces(OneFace):
    """Two people beside each other, told apart by a number."""

    def embed(self, image: Image, faces: Sequence[Face]) -> list[Embedding]:
        return [Embedding(_unit(number), self.model) for number, _ in enumerate(faces)]


def _unit(number: int) -> Floats:
    return np.eye(1, 128, number, dtype=np.float32)[0]


def _moved(face: Face, x: float) -> Face:
    box = Box(face.box.x + x, *face.box[1:])
    return Face(box, face.landmarks + np.float32([x, 0]), face.confidence)


def test_nobody_is_in_two_places_at_once(stub: Stub) -> None:
    scores = iter([5.0, 6.0])
    stub.face = lambda data: answer(ROSA, score=next(scores))
    asking = Asking(TwoFaces(), Server(stub.url))  # type: ignore[arg-type]
    vectors = asking.embed(scene(RED), [FACE, _moved(FACE, 40)])
    first, second = asking.name([(View(one.vector, 0.8, 0),) for one in vectors])
    assert (first.decision, first.person) == (Decision.AMBIGUOUS, None)
    assert (second.decision, second.person) == (Decision.ACCEPTED, "Rosa Märle (FR-1)")


def test_what_is_remembered_is_bounded(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "REMEMBERED", 3)
    asking = Asking(TwoFaces(), Server(stub.url))  # type: ignore[arg-type]
    for one in asking.embed(scene(RED), [FACE] * 8):
        asking.name([(View(one.vector, 0.8, 0),)])
    assert len(asking._told) == 3


def test_a_head_at_the_pictures_edge() -> None:
    part, box = head(BLACK, Face(Box(-10, 400, 100, 100), FACE.landmarks, 0.9))
    assert (part.shape, box) == ((155, 165, 3), Box(-10, 75, 100, 100))
