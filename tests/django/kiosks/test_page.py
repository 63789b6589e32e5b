"""The kiosk's pages in a real browser. The camera is a canvas, the worker's answers are given."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, Response, Route, expect

from faceroster.kiosks.access import COOKIE
from faceroster.kiosks.democlips import clips
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.services import kiosk_approve, kiosk_revoke
from faceroster.people.models import Site
from faceroster.trust.models import User
from tests.support.kiosk_page import (
    ALREADY,
    NOBODY,
    PUNCHED,
    Worker,
    answer_of,
    clock_skip,
    clock_stop,
    expect_state,
)


def test_the_page_goes_on_by_itself_when_staff_approve(page: Page, site: Site, staff_user: User) -> None:
    Worker(page)
    page.goto("/kiosk/")
    code = page.locator("#code").inner_text()
    kiosk_approve(code=code, name="Door", site=site, user=staff_user)
    expect_state(page, "nobody")
    expect(page.locator("#site")).to_have_text(site.name)
    expect(page.locator("#time")).to_have_text(re.compile(r"^\d\d:\d\d$"))


@pytest.mark.parametrize(
    ("answer", "tone", "title", "detail"),
    [
        (PUNCHED, "good", "Good morning, Ada", "08:58 · In"),
        (ALREADY, "info", "You already checked in at 08:58", "Ada"),
        (answer_of("unknown", "I don't know you"), "bad", "I don't know you", "please ask staff"),
        (answer_of("ambiguous", "I cannot tell"), "warn", "I cannot tell", "Please come closer"),
        (answer_of("come_closer", "Please come closer"), "calm", "Please come closer", ""),
    ],
)
def test_every_answer_has_words_and_a_colour(
    page: Page, at_the_door: Worker, answer: dict[str, Any], tone: str, title: str, detail: str
) -> None:
    at_the_door.answer = answer
    expect_state(page, answer["state"])
    body = page.locator("body")
    expect(body).to_have_attribute("data-tone", tone)
    expect(body).to_have_attribute("data-person", (answer["person"] or {"name": ""})["name"])
    expect(page.locator("#title")).to_have_text(title)
    expect(page.locator("#detail")).to_contain_text(detail)
    assert at_the_door.frames[0][:3] == b"\xff\xd8\xff"


def test_a_greeting_stays_while_the_person_does(page: Page, at_the_door: Worker) -> None:
    clock_stop(page)
    at_the_door.answer = PUNCHED
    expect_state(page, "punched")
    for later in (ALREADY, answer_of("poor_picture", "Please hold still"), ALREADY):
        at_the_door.answer = later
        at_the_door.until_sent(3)
        expect_state(page, "punched")
    at_the_door.answer = answer_of("punched", "You are checked in", "Bob", greeting="Good morning, Bob")
    expect(page.locator("#title")).to_have_text("Good morning, Bob")
    at_the_door.answer = NOBODY
    at_the_door.until_sent(3)
    clock_skip(page, 4.9)
    at_the_door.until_sent(3)
    expect_state(page, "punched")
    clock_skip(page, 0.1)
    expect_state(page, "nobody")
    expect(page.locator("body")).to_have_attribute("data-person", "")


def test_a_still_scene_sends_nothing(page: Page, at_the_door: Worker) -> None:
    page.evaluate("window.moving = false")
    at_the_door.until_quiet()
    page.evaluate("window.moving = true")
    at_the_door.until_sent(3)


def test_a_busy_worker_is_waited_for(page: Page, at_the_door: Worker) -> None:
    at_the_door.answer = None
    expect_state(page, "busy")
    expect(page.locator("#title")).to_have_text("One moment")
    at_the_door.answer = PUNCHED
    expect_state(page, "punched")


def test_a_server_that_is_gone_is_waited_for(page: Page, at_the_door: Worker) -> None:
    page.context.set_offline(True)
    page.unroute("**/kiosk/frames")
    expect_state(page, "offline")
    page.route("**/kiosk/frames", lambda route: route.fulfill(json=PUNCHED))
    page.context.set_offline(False)
    expect_state(page, "punched")


def test_a_revoked_kiosk_shows_a_code_again(
    page: Page, at_the_door: Worker, kiosk: Kiosk, staff_user: User
) -> None:
    kiosk_revoke(kiosk=kiosk, user=staff_user)
    page.unroute("**/kiosk/frames")
    expect_state(page, "pairing")
    expect(page.locator(".notice").first).to_contain_text("unpaired by staff")


def test_a_revoked_kiosk_leaves_once_however_often_it_is_refused(
    page: Page, at_the_door: Worker, kiosk: Kiosk, staff_user: User
) -> None:
    held: list[Route] = []
    refused: list[str] = []

    def note(answer: Response) -> None:
        if answer.status in (401, 403):
            refused.append(answer.url)

    page.route("**/kiosk/", lambda route: held.append(route))
    at_the_door.until_sent(1)  # so the server knows the device's key
    kiosk_revoke(kiosk=kiosk, user=staff_user)
    page.unroute("**/kiosk/frames")
    while not held:
        page.wait_for_timeout(50)
    answer = held[0].fetch()  # the browser has its new secret, and not yet its new page
    page.on("response", note)
    while len(refused) < 3:
        page.wait_for_timeout(50)
    assert len(held) == 1
    held[0].fulfill(response=answer)
    expect_state(page, "pairing")
    page.unroute("**/kiosk/")
    page.reload()
    expect(page.locator(".notice").first).to_contain_text("unpaired by staff")


def test_a_camera_that_goes_away_is_waited_for(page: Page, at_the_door: Worker) -> None:
    page.evaluate("""() => {
        window.refuse = "NotFoundError";
        const [track] = window.stream.getVideoTracks();
        track.dispatchEvent(new Event("ended"));
    }""")
    expect_state(page, "camera_lost")
    expect(page.locator("[data-trouble=lost]")).to_be_visible()
    expect_state(page, "camera_missing")
    page.evaluate("window.refuse = ''")
    expect_state(page, "nobody")
    expect(page.locator("#trouble")).to_be_hidden()


@pytest.mark.parametrize(
    ("error", "kind"),
    [("NotAllowedError", "refused"), ("NotFoundError", "missing"), ("NotReadableError", "busy")],
)
def test_each_trouble_with_the_camera_has_its_page(
    page: Page, at_the_door: Worker, error: str, kind: str
) -> None:
    page.add_init_script(f"window.refuse = '{error}'")
    page.reload()
    expect_state(page, f"camera_{kind}")
    expect(page.locator("[data-trouble]:visible")).to_have_count(1)
    expect(page.locator(f"[data-trouble={kind}] ol")).to_be_visible()


def test_plain_http_is_explained(
    page: Page, live_server: Any, at_the_door: Worker, browser_of_kiosk: Client
) -> None:
    address = live_server.url.replace("localhost", "kiosk.test").replace("127.0.0.1", "kiosk.test")
    secret = browser_of_kiosk.cookies[COOKIE].value
    page.context.add_cookies([{"name": COOKIE, "value": secret, "url": f"{address}/kiosk/"}])
    plain = page.context.new_page()  # without the canvas: such a page has no mediaDevices at all
    plain.goto(f"{address}/kiosk/")
    expect(plain.locator("body")).to_have_attribute("data-state", "camera_insecure")
    expect(plain.locator("#https-address")).to_have_attribute(
        "href", f"{address}/kiosk/".replace("http:", "https:")
    )


def test_the_demo_camera_goes_the_same_way(
    page: Page, at_the_door: Worker, set_demo: Callable[[bool], None]
) -> None:
    set_demo(True)
    page.add_init_script("window.refuse = 'NotFoundError'")
    page.reload()
    expect_state(page, "camera_missing")
    page.locator("#use-demo").click()
    expect_state(page, "nobody")
    at_the_door.until_sent(3)
    assert at_the_door.frames[-1][:3] == b"\xff\xd8\xff"
    last = f"demo:{clips()[-1].slug}"
    page.goto(f"/kiosk/?camera={last}")
    expect(page.locator("#cameras")).to_have_value(last)
    expect_state(page, "nobody")
