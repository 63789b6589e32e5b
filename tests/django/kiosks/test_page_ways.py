"""The kiosk's page where a face alone does not do: challenge, PIN, badge, not me, corner, no server."""

from __future__ import annotations

import json
import time
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client
from playwright.sync_api import Browser, Page, Request, Route, expect

from faceroster.kiosks.access import COOKIE
from faceroster.kiosks.models import Kiosk
from faceroster.trust.models import User
from tests.support import axe
from tests.support.kiosk_page import (
    ALREADY,
    CAMERA,
    NOBODY,
    PUNCHED,
    Worker,
    answer_of,
    clock_stop,
    expect_state,
)

TICKET = {"ticket": "sealed", "why": "look_alike"}


def _challenge(prompt: str, step: int, nonce: str = "n1") -> dict[str, Any]:
    asked = {"nonce": nonce, "step": step, "of": 3, "prompt": prompt, "seconds": 12}
    return answer_of("challenge", "As asked", challenge=asked)


class Told:
    """Answers one address with ``answers``, one after another, the last for good; keeps what was sent."""

    def __init__(self, page: Page, address: str, *answers: tuple[int, dict[str, Any]]) -> None:
        self.answers = list(answers)
        self.sent: list[Request] = []
        page.route(f"**{address}", self._fulfil)

    def _fulfil(self, route: Route) -> None:
        self.sent.append(route.request)
        status, content = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        route.fulfill(status=status, json=content)

    def content(self) -> Any:
        return json.loads(self.sent[-1].post_data or "")


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


PROMPTS = {
    "left": "to the left",
    "right": "to the right",
    "nearer": "closer",
    "further": "back",
    "straight": "straight",
}


def test_a_challenge_is_shown_in_words_and_in_a_sign(page: Page, at_the_door: Worker) -> None:
    body = page.locator("body")
    for prompt, words in PROMPTS.items():
        at_the_door.answer = _challenge(prompt, 2)
        expect(body).to_have_attribute("data-prompt", prompt)
        expect_state(page, "challenge")
        expect(body).to_have_attribute("data-step", "2")
        expect(page.locator("#title")).to_contain_text(words)
        expect(page.locator("#detail")).to_have_text("Step 2 of 3")
        expect(page.locator(".ask-way:visible")).to_have_count(1)
        expect(page.locator(f"[data-way={prompt}]")).to_be_visible()
        expect(page.locator("#ask-steps .now")).to_have_text("2")
    at_the_door.answer = PUNCHED
    expect_state(page, "punched")
    expect(page.locator("#ask")).to_be_hidden()
    expect(body).to_have_attribute("data-prompt", "")


def test_the_sign_points_as_the_mirror_does_in_every_language(page: Page, at_the_door: Worker) -> None:
    page.context.set_extra_http_headers({"Accept-Language": "ar"})
    page.reload()
    page.evaluate("window.moving = true")
    at_the_door.answer = _challenge("left", 1)
    expect_state(page, "challenge")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    sign, arrow = page.locator(".ask-sign").bounding_box(), page.locator("[data-way=left]").bounding_box()
    assert sign
    assert arrow
    assert arrow["x"] + arrow["width"] / 2 < sign["x"] + sign["width"] / 2


def test_frames_of_a_challenge_are_numbered_anew_for_each(page: Page, at_the_door: Worker) -> None:
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.headers.get("x-faceroster-challenge", "")))
    at_the_door.answer = _challenge("left", 1)
    expect_state(page, "challenge")
    at_the_door.until_sent(4)
    at_the_door.answer = _challenge("right", 1, nonce="n2")
    expect(page.locator("body")).to_have_attribute("data-prompt", "right")
    at_the_door.until_sent(3)
    at_the_door.answer = NOBODY
    expect_state(page, "nobody")
    at_the_door.until_sent(3)
    headers = [header for header in sent if header]
    for nonce in ("n1", "n2"):
        numbers = [int(header.split()[1]) for header in headers if header.startswith(nonce)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 2
    assert sent[-1] == ""


def test_more_frames_of_a_face_are_sent_fast(page: Page, at_the_door: Worker) -> None:
    at_the_door.answer = answer_of("hold", "Keep looking")
    expect_state(page, "hold")
    expect(page.locator("#title")).to_have_text("Keep looking")
    page.evaluate("window.moving = false")  # somebody who stands still is looked at all the same
    at_the_door.until_sent(6)


def test_look_alikes_are_asked_for_a_pin_alone(page: Page, at_the_door: Worker) -> None:
    clock_stop(page)
    wrong = (403, _error("pass.wrong", "That did not fit."))
    told = Told(page, "/kiosk/pin", wrong, (200, {**PUNCHED, "faces": [], "frame": [1, 1]}))
    at_the_door.answer = answer_of("pin", "Is it you?", pin=TICKET)
    expect(page.locator("#pin-panel")).to_be_visible()
    expect(page.locator("#number")).to_be_hidden()
    expect(page.locator("#pin")).to_be_focused()
    assert page.locator("#pin").get_attribute("type") == "password"
    seen = len(at_the_door.frames)
    page.keyboard.type("1357")
    page.keyboard.press("Enter")
    expect(page.locator("#pin-error")).to_have_text("That did not fit.")
    expect(page.locator("#pin")).to_have_value("")
    for digit in "2468":
        page.locator("#pin-keys").get_by_text(digit, exact=True).click()
    page.locator("#pin-form [type=submit]").click()
    expect_state(page, "punched")
    expect(page.locator("#pin-panel")).to_be_hidden()
    assert told.content() == {"ticket": "sealed", "pin": "2468"}
    assert len(at_the_door.frames) <= seen + 1, "nobody is looked at while they type"
    at_the_door.until_sent(3)
    expect(page.locator("#pin-panel")).to_be_hidden()  # the same face is not asked twice


def test_whoever_came_in_by_pin_stays_greeted_while_their_face_is_seen(
    page: Page, at_the_door: Worker
) -> None:
    clock_stop(page)
    Told(page, "/kiosk/pin", (200, {**PUNCHED, "faces": [], "frame": [1, 1]}))
    at_the_door.answer = answer_of("pin", "Is it you?", pin=TICKET)
    expect(page.locator("#pin-panel")).to_be_visible()
    at_the_door.answer = answer_of("already", "Thank you, that is done")  # of their face, without a name
    page.keyboard.type("2468")
    page.keyboard.press("Enter")
    expect_state(page, "punched")
    at_the_door.until_sent(5)
    expect_state(page, "punched")
    expect(page.locator("body")).to_have_attribute("data-person", "Ada")


def test_who_is_not_seen_to_be_live_is_offered_a_pin(page: Page, at_the_door: Worker) -> None:
    told = Told(page, "/kiosk/pin", (200, {**ALREADY, "faces": [], "frame": [1, 1]}))
    at_the_door.answer = answer_of(
        "not_live", "I could not make sure", pin={"ticket": "t", "why": "not_live"}
    )
    expect_state(page, "not_live")
    expect(page.locator("#detail")).to_contain_text("PIN")
    expect(page.locator("#pin-panel")).to_be_hidden()
    page.locator("#enter-pin").click()
    page.fill("#number", "FR-1001")
    page.keyboard.press("Enter")
    expect(page.locator("#pin")).to_be_focused()
    page.keyboard.type("2468")
    page.keyboard.press("Enter")
    expect_state(page, "already")
    assert told.content() == {"ticket": "t", "number": "FR-1001", "pin": "2468"}


def test_without_a_camera_a_pin_does_as_well(page: Page, at_the_door: Worker) -> None:
    Told(page, "/kiosk/pin", (200, {**PUNCHED, "faces": [], "frame": [1, 1]}))
    page.add_init_script("window.refuse = 'NotFoundError'")
    page.reload()
    expect_state(page, "camera_missing")
    expect(page.locator("#use-badge")).to_be_disabled()
    page.locator("#use-pin").click()
    page.fill("#number", "FR-1001")
    page.fill("#pin", "2468")
    page.keyboard.press("Enter")
    expect_state(page, "punched")
    expect(page.locator("#title")).to_be_visible()
    expect(page.locator("#title")).to_have_text("Good morning, Ada")
    expect(page.locator("#trouble")).to_be_hidden()
    expect_state(page, "camera_missing")
    expect(page.locator("#trouble")).to_be_visible()


def test_a_number_with_letters_can_be_entered_by_touch(page: Page, at_the_door: Worker) -> None:
    page.locator("#use-pin").click()
    keys = page.locator("#pin-keys")
    keys.get_by_text("Letters").click()
    for key in "FR-X":
        keys.get_by_text(key, exact=True).click()
    keys.get_by_label("Delete the last one").click()
    keys.get_by_text("Digits").click()
    keys.get_by_text("7", exact=True).click()
    expect(page.locator("#number")).to_have_value("FR-7")
    assert axe.violations(page) == []


def test_what_was_typed_is_gone_when_nobody_goes_on(page: Page, at_the_door: Worker) -> None:
    page.clock.install()
    page.reload()
    page.clock.pause_at(time.time() + 3600)  # from here on it goes on only as told
    page.locator("#use-pin").click()
    page.fill("#number", "FR-1001")
    page.clock.run_for(19_000)
    expect(page.locator("#pin-panel")).to_be_visible()
    page.clock.run_for(2_000)
    expect(page.locator("#pin-panel")).to_be_hidden()
    expect(page.locator("#number")).to_have_value("")


def test_that_is_not_me_is_said_within_ten_seconds(page: Page, at_the_door: Worker) -> None:
    clock_stop(page)
    asked = answer_of("pin", "Sorry", pin={"ticket": "t2", "why": "not_me"}, faces=[])
    told = Told(page, "/kiosk/not-me", (200, asked))
    at_the_door.answer = {**PUNCHED, "not_me": {"punch": "p-1", "seconds": 10}}
    button = page.locator("#not-me")
    expect(button).to_contain_text("That's not me")
    at_the_door.answer = NOBODY
    button.click()
    expect(page.locator("#pin-panel")).to_be_visible()
    expect(button).to_be_hidden()
    assert told.content() == {"punch": "p-1"}


def test_a_frame_that_was_under_way_greets_nobody_by_the_name_taken_back(
    page: Page, at_the_door: Worker
) -> None:
    clock_stop(page)
    Told(page, "/kiosk/not-me", (200, answer_of("pin", "We are sorry", pin={"ticket": "t", "why": "not_me"})))
    at_the_door.answer = {**PUNCHED, "not_me": {"punch": "p1", "seconds": 10}}
    expect_state(page, "punched")
    held: list[Route] = []
    page.route("**/kiosk/frames", lambda route: held.append(route))
    while not held:
        page.wait_for_timeout(30)
    page.locator("#not-me").click()
    expect(page.locator("#pin-panel")).to_be_visible()
    held[0].fulfill(json={**ALREADY, "person": {"id": "id of Bo", "name": "Bo"}})
    page.wait_for_timeout(400)
    expect_state(page, "pin")


def test_after_that_time_it_is_not_offered_any_more(page: Page, at_the_door: Worker) -> None:
    at_the_door.answer = {**PUNCHED, "not_me": {"punch": "p-1", "seconds": 1}}
    expect(page.locator("#not-me")).to_be_visible()
    at_the_door.answer = ALREADY
    expect(page.locator("#not-me")).to_be_hidden()


def test_a_badge_is_looked_for_until_it_is_read(page: Page, at_the_door: Worker) -> None:
    none = (400, _error("badge.no_code", "Please hold your badge before the camera."))
    told = Told(page, "/kiosk/badge", none, none, (200, {**PUNCHED, "faces": [], "frame": [1, 1]}))
    page.locator("#use-badge").click()
    expect_state(page, "punched")
    assert len(told.sent) == 3
    assert (told.sent[0].post_data_buffer or b"")[:3] == b"\xff\xd8\xff"
    expect(page.locator("#badge-end")).to_be_hidden()


def test_a_badge_that_is_no_good_says_so(page: Page, at_the_door: Worker) -> None:
    Told(page, "/kiosk/badge", (403, _error("badge.revoked", "This badge is not valid any more.")))
    page.locator("#use-badge").click()
    expect_state(page, "refused")
    expect(page.locator("#title")).to_have_text("This badge is not valid any more.")
    expect(page.locator("#enter-pin")).to_be_visible()


def test_without_a_server_a_pin_is_kept_and_the_page_says_so(page: Page, at_the_door: Worker) -> None:
    page.unroute("**/kiosk/frames")
    page.context.set_offline(True)
    expect_state(page, "offline")
    expect(page.locator("body")).to_have_attribute("data-link", "cut")
    page.locator("#use-pin").click()
    page.fill("#number", "FR-1001")
    page.fill("#pin", "2468")
    page.keyboard.press("Enter")
    expect_state(page, "queued")
    expect(page.locator("body")).to_have_attribute("data-queue", "1")
    expect(page.locator("#queue")).to_contain_text("1")
    expect_state(page, "offline")
    page.locator("#send-face").click()
    expect(page.locator("body")).to_have_attribute("data-queue", "2")


def test_the_corner_opens_by_its_pin_alone(page: Page, at_the_door: Worker, kiosk: Kiosk) -> None:
    assert kiosk.site is not None
    kiosk.site.kiosk_pin = make_password("73915")
    kiosk.site.save()
    page.locator("#corner").click(delay=1700)
    page.keyboard.type("00000")
    page.keyboard.press("Enter")
    expect(page.locator("#corner-error")).to_contain_text("not the kiosk PIN")
    page.keyboard.press("Escape")
    expect(page.locator("#corner-panel")).to_be_hidden()
    clock_stop(page)  # five touches within three seconds
    page.locator("#corner").click(click_count=5)
    expect(page.locator("#corner-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#corner-panel")).to_be_hidden()
    page.keyboard.press("Control+Shift+K")
    expect(page.locator("#corner-pin")).to_be_focused()
    page.keyboard.type("73915")
    expect(page.locator("#corner-pin")).to_have_value("73915")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_visible()
    expect(page.locator("#sheet #cameras")).to_be_visible()
    expect(page.locator("#sheet-link")).to_have_text("Connected")
    assert axe.violations(page) == []
    page.locator("#leave").click()
    page.wait_for_url("**/accounts/login/")


def test_looks_and_sound_are_remembered(page: Page, at_the_door: Worker) -> None:
    page.emulate_media(color_scheme="dark")
    page.locator("#settings summary").click()
    page.locator("#theme").click()
    page.locator("#voice").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.locator("#settings summary").click()
    expect(page.locator("#voice-label")).to_have_text("Voice off")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(238, 242, 246)"
    page.locator("#languages summary").click()
    page.locator("#languages [value=de]").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert axe.violations(page) == []


def test_how_long_people_wait_is_noted(page: Page, at_the_door: Worker) -> None:
    at_the_door.answer = answer_of("come_closer", "Please come closer")
    expect_state(page, "come_closer")
    at_the_door.answer = answer_of("hold", "Keep looking")
    expect_state(page, "hold")
    page.wait_for_timeout(300)
    at_the_door.answer = PUNCHED
    expect_state(page, "punched")
    at_the_door.answer = ALREADY
    at_the_door.until_sent(3)
    [entry] = page.evaluate("window.faceroster.log")
    assert entry["state"] == "punched"
    assert 300 <= entry["greeting_at"] - entry["sharp_at"] < 20_000


def test_it_says_that_somebody_was_signed_out(page: Page, at_the_door: Worker, staff_user: User) -> None:
    client = Client()
    client.force_login(staff_user)
    session, home = client.cookies["sessionid"].value, page.url.split("/kiosk")[0]
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": home}])
    page.reload()
    notice = page.locator("#signed-out")
    expect(notice).to_contain_text("signed out")
    notice.get_by_role("button").click()
    expect(notice).to_have_count(0)


def test_the_kiosk_starts_without_its_server(
    transactional_db: None, live_server: Any, chromium: Browser, paired: tuple[Kiosk, Client]
) -> None:
    Kiosk.objects.update(public_key="")
    context = chromium.new_context(base_url=live_server.url)
    secret = paired[1].cookies[COOKIE].value
    context.add_cookies([{"name": COOKIE, "value": secret, "url": f"{live_server.url}/kiosk/"}])
    page = context.new_page()
    page.add_init_script(CAMERA)
    page.goto("/kiosk/")
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.wait_for_function("navigator.serviceWorker.controller")
    page.reload()  # through the worker, which keeps the page now
    page.wait_for_function("caches.match('/kiosk/').then(Boolean)")
    kept = page.evaluate(
        "caches.keys().then(names => caches.open(names[0])).then(one => one.keys())"
        ".then(keys => keys.map(key => new URL(key.url).pathname))"
    )
    assert not [path for path in kept if path.startswith("/kiosk/") and path != "/kiosk/"]
    context.set_offline(True)
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-kiosk", "active")
    expect_state(page, "offline")
    context.close()
