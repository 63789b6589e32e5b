"""The kiosk's pages in a real browser. The camera is a canvas, the worker's answers are given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from faceroster.kiosks.access import COOKIE
from faceroster.kiosks.democlips import clips
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.services import kiosk_approve, kiosk_revoke
from faceroster.people.models import Site
from faceroster.trust.models import User
from tests.support.browser import FLAGS, chromium_or_skip

#: A camera of our own: a canvas that stands still until window.moving is set.
CAMERA = """
window.moving = false;
const canvas = Object.assign(document.createElement("canvas"), {width: 640, height: 480});
const pen = canvas.getContext("2d");
let x = 0;
setInterval(() => {
  if (window.moving) x = (x + 40) % 560;
  pen.fillStyle = "#456"; pen.fillRect(0, 0, 640, 480);
  pen.fillStyle = "#fed"; pen.fillRect(x, 100, 160, 240);
}, 50);
navigator.mediaDevices.getUserMedia = async () => {
  if (window.refuse) throw new DOMException("", window.refuse);
  return window.stream = canvas.captureStream(20);
};
navigator.mediaDevices.enumerateDevices = async () => [{kind: "videoinput", deviceId: "c", label: "Canvas"}];
"""


def _answer(state: str, message: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    face = {"box": [200, 120, 160, 200], "landmarks": [[250, 200]] * 5, "main": True, "label": name}
    return {
        "state": state,
        "frame": [640, 480],
        "faces": [] if state == "nobody" else [face],
        "person": {"id": f"id of {name}", "name": name} if name else None,
        "greeting": None,
        "time": None,
        "punch": None,
        "message": message,
        "codes": [],
        "timings_ms": {},
        **more,
    }


NOBODY = _answer("nobody", "Look into the camera")
PUNCHED = _answer(
    "punched",
    "You are checked in",
    "Ada",
    greeting="Good morning, Ada",
    time="08:58",
    punch={"direction": "in"},
)
ALREADY = _answer(
    "already", "You already checked in at 08:58", "Ada", time="08:58", punch={"direction": "in"}
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = chromium_or_skip()
    flags = [*FLAGS, "--host-resolver-rules=MAP kiosk.test 127.0.0.1"]
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread; Django is called by the tests only.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=20_000)  # a greeting stays for five seconds
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def page(transactional_db: None, live_server: Any, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(base_url=live_server.url)
    context.set_default_timeout(20_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(CAMERA)
    yield page
    context.close()
    assert not errors


class Worker:
    """Answers frames with ``answer``, or with status 503 when it is None; counts them."""

    def __init__(self, page: Page) -> None:
        self.answer: dict[str, Any] | None = NOBODY
        self.frames: list[bytes] = []
        page.route("**/kiosk/frames", self._fulfil)

    def _fulfil(self, route: Route) -> None:
        self.frames.append(route.request.post_data_buffer or b"")
        if self.answer is None:
            route.fulfill(status=503, json={"error": {"code": "worker.timeout", "message": "Busy."}})
        else:
            route.fulfill(json=self.answer)


@pytest.fixture
def at_the_door(page: Page, live_server: Any, paired: tuple[Kiosk, Client]) -> Worker:
    """The page of a paired kiosk, opened, with a worker that sees nobody."""
    secret = paired[1].cookies[COOKIE].value
    page.context.add_cookies([{"name": COOKIE, "value": secret, "url": f"{live_server.url}/kiosk/"}])
    worker = Worker(page)
    page.goto("/kiosk/")
    _expect(page, "nobody")
    page.evaluate("window.moving = true")
    return worker


def _expect(page: Page, state: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-state", state)


def test_the_page_goes_on_by_itself_when_staff_approve(page: Page, site: Site, staff_user: User) -> None:
    Worker(page)
    page.goto("/kiosk/")
    code = page.locator("#code").inner_text()
    kiosk_approve(code=code, name="Door", site=site, user=staff_user)
    _expect(page, "nobody")
    expect(page.locator("#site")).to_have_text(site.name)
    expect(page.locator("#time")).to_have_text(re.compile(r"^\d\d:\d\d$"))


@pytest.mark.parametrize(
    ("answer", "tone", "title", "detail"),
    [
        (PUNCHED, "good", "Good morning, Ada", "08:58 · In"),
        (ALREADY, "info", "You already checked in at 08:58", "Ada"),
        (_answer("unknown", "I don't know you"), "bad", "I don't know you", "please ask staff"),
        (_answer("ambiguous", "I cannot tell"), "warn", "I cannot tell", "Please come closer"),
        (_answer("come_closer", "Please come closer"), "calm", "Please come closer", ""),
    ],
)
def test_every_answer_has_words_and_a_colour(
    page: Page, at_the_door: Worker, answer: dict[str, Any], tone: str, title: str, detail: str
) -> None:
    at_the_door.answer = answer
    _expect(page, answer["state"])
    body = page.locator("body")
    expect(body).to_have_attribute("data-tone", tone)
    expect(body).to_have_attribute("data-person", (answer["person"] or {"name": ""})["name"])
    expect(page.locator("#title")).to_have_text(title)
    expect(page.locator("#detail")).to_contain_text(detail)
    assert at_the_door.frames[0][:3] == b"\xff\xd8\xff"


def test_a_greeting_stays_while_the_person_does(page: Page, at_the_door: Worker) -> None:
    at_the_door.answer = PUNCHED
    _expect(page, "punched")
    for later in (ALREADY, _answer("poor_picture", "Please hold still"), ALREADY):
        seen = len(at_the_door.frames)
        at_the_door.answer = later
        while len(at_the_door.frames) < seen + 3:
            page.wait_for_timeout(50)
        _expect(page, "punched")
    at_the_door.answer = _answer("punched", "You are checked in", "Bob", greeting="Good morning, Bob")
    expect(page.locator("#title")).to_have_text("Good morning, Bob")
    at_the_door.answer = NOBODY
    _expect(page, "nobody")
    expect(page.locator("body")).to_have_attribute("data-person", "")


def test_a_still_scene_sends_nothing(page: Page, at_the_door: Worker) -> None:
    page.evaluate("window.moving = false")
    page.wait_for_timeout(1500)
    seen = len(at_the_door.frames)
    page.wait_for_timeout(1500)
    assert len(at_the_door.frames) == seen
    page.evaluate("window.moving = true")
    while len(at_the_door.frames) < seen + 3:
        page.wait_for_timeout(50)


def test_a_busy_worker_is_waited_for(page: Page, at_the_door: Worker) -> None:
    at_the_door.answer = None
    _expect(page, "busy")
    expect(page.locator("#title")).to_have_text("One moment")
    at_the_door.answer = PUNCHED
    _expect(page, "punched")


def test_a_server_that_is_gone_is_waited_for(page: Page, at_the_door: Worker) -> None:
    page.context.set_offline(True)
    page.unroute("**/kiosk/frames")
    _expect(page, "offline")
    page.route("**/kiosk/frames", lambda route: route.fulfill(json=PUNCHED))
    page.context.set_offline(False)
    _expect(page, "punched")


def test_a_revoked_kiosk_shows_a_code_again(
    page: Page, at_the_door: Worker, kiosk: Kiosk, staff_user: User
) -> None:
    kiosk_revoke(kiosk=kiosk, user=staff_user)
    page.unroute("**/kiosk/frames")
    _expect(page, "pairing")
    expect(page.locator(".notice").first).to_contain_text("unpaired by staff")


def test_a_camera_that_goes_away_is_waited_for(page: Page, at_the_door: Worker) -> None:
    page.evaluate("""() => {
        window.refuse = "NotFoundError";
        const [track] = window.stream.getVideoTracks();
        track.dispatchEvent(new Event("ended"));
    }""")
    _expect(page, "camera_lost")
    expect(page.locator("[data-trouble=lost]")).to_be_visible()
    _expect(page, "camera_missing")
    page.evaluate("window.refuse = ''")
    _expect(page, "nobody")
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
    _expect(page, f"camera_{kind}")
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
    _expect(page, "camera_missing")
    seen = len(at_the_door.frames)
    page.locator("#use-demo").click()
    _expect(page, "nobody")
    while len(at_the_door.frames) < seen + 3:
        page.wait_for_timeout(50)
    assert at_the_door.frames[-1][:3] == b"\xff\xd8\xff"
    last = f"demo:{clips()[-1].slug}"
    page.goto(f"/kiosk/?camera={last}")
    expect(page.locator("#cameras")).to_have_value(last)
    _expect(page, "nobody")
