"""The door for frames: who may send, and what happens to pictures that are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from faceroster import jobs
from faceroster.core.errors import Unavailable
from faceroster.kiosks.models import Decision, Kiosk

MINE = {"X-FaceRoster-Kiosk": "1"}


def _send(client: Client, body: bytes, content_type: str = "image/jpeg", headers: Any = MINE) -> HttpResponse:
    return client.post("/kiosk/frames", body, content_type=content_type, headers=headers)  # type: ignore[return-value]


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_frame_is_answered_by_the_worker(
    browser_of_kiosk: Client,
    kiosk: Kiosk,
    worker_at_hand: list[str],
    stranger_photo: Callable[[int, int], bytes],
) -> None:
    answer = _send(browser_of_kiosk, stranger_photo(0, 1))
    assert answer.status_code == 200
    assert worker_at_hand == ["identify.arrival"]
    kiosk.refresh_from_db()
    assert kiosk.last_seen_at is not None
    assert (timezone.now() - kiosk.last_seen_at).total_seconds() < 60


def test_only_a_kiosk_may_send(client: Client, db: None, worker_at_hand: list[str]) -> None:
    assert _code(_send(client, b"x")) == (401, "kiosk.not_paired")
    client.get("/kiosk/")
    assert _code(_send(client, b"x")) == (401, "kiosk.not_paired"), "a pending one may not either"
    assert not worker_at_hand


def test_staff_who_are_signed_in_are_no_kiosk(staff_client: Client, worker_at_hand: list[str]) -> None:
    assert _code(_send(staff_client, b"x")) == (401, "kiosk.not_paired")


def test_the_header_that_a_foreign_page_cannot_send_is_required(
    browser_of_kiosk: Client, worker_at_hand: list[str]
) -> None:
    assert _code(_send(browser_of_kiosk, b"x", headers={})) == (403, "kiosk.header_missing")
    assert browser_of_kiosk.get("/kiosk/frames", headers=MINE).status_code == 405
    assert not worker_at_hand


def test_bad_frames_are_refused_before_a_worker_sees_them(
    browser_of_kiosk: Client, worker_at_hand: list[str]
) -> None:
    assert _code(_send(browser_of_kiosk, b"x", "image/png")) == (415, "image.unsupported_format")
    assert _code(_send(browser_of_kiosk, b"\xff\xd8\xff" + bytes(1024 * 1024))) == (413, "image.too_large")
    assert _code(_send(browser_of_kiosk, b"")) == (400, "image.empty")
    assert not worker_at_hand


def test_pictures_that_are_none_get_a_code_and_leave_no_decision(
    browser_of_kiosk: Client, worker_at_hand: list[str], demo_photo: Callable[[int, int], bytes]
) -> None:
    photo = demo_photo(0, 1)
    for body, code in {
        b"This is a text file that calls itself a picture.": "image.not_an_image",
        photo[: len(photo) // 2]: "image.truncated",
        b"GIF89a" + bytes(100): "image.unsupported_format",
        _huge_jpeg(): "image.too_many_pixels",
    }.items():
        assert _code(_send(browser_of_kiosk, body)) == (400, code)
    assert not Decision.objects.exists()


def _huge_jpeg() -> bytes:
    """A JPEG whose header claims 50,000 x 50,000 pixels."""
    size = (50_000).to_bytes(2, "big") * 2
    start_of_frame = b"\xff\xc0\x00\x11\x08" + size + b"\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00"
    scan = b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00" + bytes(64)
    return b"\xff\xd8" + start_of_frame + scan + b"\xff\xd9"


@pytest.mark.parametrize("code", ["worker.timeout", "worker.unreachable"])
def test_a_worker_that_does_not_answer_is_said_to_be_busy(
    browser_of_kiosk: Client, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def call(*_: Any, **__: Any) -> None:
        raise Unavailable(code, "Please try again in a moment.")

    monkeypatch.setattr(jobs, "call", call)
    assert _code(_send(browser_of_kiosk, b"\xff\xd8\xff")) == (503, code)


def test_when_a_frame_came_and_what_it_answers_go_to_the_worker(
    browser_of_kiosk: Client, kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []

    def call(*args: Any, timeout: float) -> dict[str, Any]:
        called.append(args)
        return {
            "error": {"code": "challenge.replayed", "message": "This picture was sent before.", "status": 409}
        }

    monkeypatch.setattr(jobs, "call", call)
    before = timezone.now().timestamp()
    answer = _send(browser_of_kiosk, b"x", headers={**MINE, "X-FaceRoster-Challenge": "some-nonce-here 7"})
    assert _code(answer) == (409, "challenge.replayed")
    _send(browser_of_kiosk, b"x")
    assert [args[5] for args in called] == ["some-nonce-here 7", ""]
    assert before <= called[0][4] <= called[1][4] <= timezone.now().timestamp()
