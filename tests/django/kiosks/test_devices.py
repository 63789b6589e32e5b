"""What staff see of their devices: whether they are heard of, with what, and how much they sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.presence import count_add, counts_store, kiosk_touch
from faceroster.trust.models import Scope, User

LIST = "/admin/kiosks/kiosk/"
MINE = {"X-FaceRoster-Kiosk": "1"}


def _frame(client: Client, **headers: str) -> Any:
    body = b"\xff\xd8\xff"
    return client.post("/kiosk/frames", body, content_type="image/jpeg", headers={**MINE, **headers})


def test_a_pulse_says_what_the_device_is(kiosk: Kiosk, browser_of_kiosk: Client) -> None:
    for camera in ("Integrated camera", "USB camera", ""):
        answer = browser_of_kiosk.get("/kiosk/state", {"version": "3f2a", "camera": camera})
        assert answer.status_code == 200
    kiosk.refresh_from_db()
    assert (kiosk.version, kiosk.camera) == ("3f2a", "USB camera")
    assert kiosk.last_seen_at is not None


def test_what_a_device_says_of_itself_is_cut_and_shown_as_text(
    kiosk: Kiosk, browser_of_kiosk: Client, staff_client: Client
) -> None:
    said = {"version": "v" * 500, "camera": "<script>alert(1)</script>" + "c" * 500}
    assert browser_of_kiosk.get("/kiosk/state", said).status_code == 200
    kiosk.refresh_from_db()
    assert (len(kiosk.version), len(kiosk.camera)) == (40, 200)
    assert "<script>alert(1)" not in staff_client.get(LIST).content.decode()


def test_a_pulse_is_small_and_mostly_reads(
    kiosk: Kiosk, browser_of_kiosk: Client, django_assert_num_queries: Callable[[int], CaptureQueriesContext]
) -> None:
    said = {"version": "3f2a9b0c1d2e", "camera": "Integrated camera (0bda:5634)"}
    browser_of_kiosk.get("/kiosk/state", said)
    with django_assert_num_queries(1):
        answer = browser_of_kiosk.get("/kiosk/state", said)
    assert len(answer.content) < 300


def test_frames_and_refusals_are_counted_without_a_write_each(
    kiosk: Kiosk, browser_of_kiosk: Client, worker_at_hand: list[str]
) -> None:
    _frame(browser_of_kiosk)  # the first touches the row
    for _ in range(3):
        assert _frame(browser_of_kiosk).status_code == 400
    assert _frame(browser_of_kiosk, **{"X-FaceRoster-Signature": "none"}).status_code == 401
    kiosk.refresh_from_db()
    assert (kiosk.frames, kiosk.refusals) == (0, 0), "still in the cache"
    Kiosk.objects.update(last_seen_at=timezone.now() - timedelta(seconds=31))
    kiosk.refresh_from_db()
    kiosk_touch(kiosk=kiosk)
    kiosk.refresh_from_db()
    assert (kiosk.frames, kiosk.refusals) == (4, 1)
    counts_store(kiosk_id=kiosk.pk)
    kiosk.refresh_from_db()
    assert (kiosk.frames, kiosk.refusals) == (4, 1), "nothing is counted twice"


def test_a_frame_counted_while_the_counts_are_stored_is_not_lost(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_add(kiosk.pk, "frames")
    decr = cache.decr

    def meanwhile(*args: Any) -> int:
        count_add(kiosk.pk, "frames")
        return int(decr(*args))

    monkeypatch.setattr(cache, "decr", meanwhile)
    counts_store(kiosk_id=kiosk.pk)
    monkeypatch.undo()
    counts_store(kiosk_id=kiosk.pk)
    kiosk.refresh_from_db()
    assert kiosk.frames == 2


def test_forged_requests_bring_no_kiosk_in_sight(kiosk: Kiosk, browser_of_kiosk: Client) -> None:
    _frame(browser_of_kiosk, **{"X-FaceRoster-Signature": "none"})
    kiosk.refresh_from_db()
    assert kiosk.last_seen_at is None


def test_the_list_says_how_each_device_does(kiosk: Kiosk, staff_client: Client) -> None:
    Kiosk.objects.update(
        last_seen_at=timezone.now(), version="3f2a", camera="USB camera", frames=41, refusals=7
    )
    page = staff_client.get(LIST).content.decode()
    for piece in ("In sight", "just now", "3f2a", "USB camera", "41", "7"):
        assert piece in page
    Kiosk.objects.update(last_seen_at=timezone.now() - timedelta(minutes=12))
    page = staff_client.get(LIST).content.decode()
    assert "12\xa0minutes ago" in page


@pytest.mark.parametrize(
    ("sight", "found"), [("in_sight", False), ("silent", True), ("revoked", False), ("x", True)]
)
def test_the_list_is_filtered_by_state(kiosk: Kiosk, staff_client: Client, sight: str, found: bool) -> None:
    page = staff_client.get(LIST, {"sight": sight}).content.decode()
    assert (f"{LIST}{kiosk.pk}/change/" in page) is found


def test_the_detail_page_tells_of_the_key(kiosk: Kiosk, staff_client: Client) -> None:
    page = staff_client.get(f"{LIST}{kiosk.pk}/change/").content.decode()
    assert kiosk.public_key not in page
    assert "none yet" not in page
    assert "Silent" in page
    assert "&#x27;silent&#x27;" not in page
    Kiosk.objects.update(public_key="", paired_at=timezone.now())
    assert "none yet" in staff_client.get(f"{LIST}{kiosk.pk}/change/").content.decode()


def test_the_api_tells_the_same(
    kiosk: Kiosk, admin_user: User, client: Client, api_token: Callable[..., str]
) -> None:
    token = {"Authorization": f"Token {api_token(admin_user, Scope.KIOSKS_READ)}"}
    Kiosk.objects.update(camera="USB camera", frames=3)
    (row,) = client.get("/api/v1/kiosks/?sight=silent", headers=token).json()["results"]
    assert (row["sight"], row["camera"], row["frames"]) == ("silent", "USB camera", 3)
    assert "public_key" not in row
    assert client.get("/api/v1/kiosks/?sight=in_sight", headers=token).json()["results"] == []
