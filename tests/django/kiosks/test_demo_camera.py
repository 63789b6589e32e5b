"""The demo camera's clips: there in a demo, for kiosks, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from faceroster.kiosks.democlips import clips


@pytest.fixture
def demo_on(set_demo: Callable[[bool], None]) -> None:
    set_demo(True)


def test_a_kiosk_of_a_demo_gets_the_clips(demo_on: None, browser_of_kiosk: Client) -> None:
    page = browser_of_kiosk.get("/kiosk/").content.decode()
    assert len(clips()) >= 5
    for clip in clips():
        assert f'value="demo:{clip.slug}"' in page
        answer = browser_of_kiosk.get(f"/kiosk/demo/{clip.slug}.webm")
        assert (answer.status_code, answer["Content-Type"]) == (200, "video/webm")
        assert b"".join(answer.streaming_content)[:4] == b"\x1a\x45\xdf\xa3", "WebM"  # type: ignore[attr-defined]
    assert any("stranger" in clip.name for clip in clips())


def test_others_get_none(demo_on: None, client: Client, staff_client: Client) -> None:
    for browser in (client, staff_client):
        assert browser.get(f"/kiosk/demo/{clips()[0].slug}.webm").status_code == 401


def test_no_other_file_is_served(demo_on: None, browser_of_kiosk: Client) -> None:
    for slug in ("nobody", "roster", "..", "../roster"):
        assert browser_of_kiosk.get(f"/kiosk/demo/{slug}.webm").status_code == 404


def test_without_the_demo_there_is_no_demo_camera(
    set_demo: Callable[[bool], None], browser_of_kiosk: Client
) -> None:
    set_demo(True)
    slug = clips()[0].slug
    set_demo(False)
    assert not clips()
    page = browser_of_kiosk.get("/kiosk/").content.decode()
    assert "demo" not in page.lower()
    assert browser_of_kiosk.get(f"/kiosk/demo/{slug}.webm").status_code == 404
