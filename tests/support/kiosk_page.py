"""A kiosk's page in a test: its camera is a canvas, and what the server says of a frame is given."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, Route, expect

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
// How long something stands there goes by this clock, which a test may stop and put forward.
const ticking = performance.now.bind(performance);
let stoppedAt = null, ahead = 0;
performance.now = () => (stoppedAt ?? ticking()) + ahead;
window.stopClock = () => { stoppedAt = ticking(); };
window.skip = (milliseconds) => { ahead += milliseconds; };
"""


def answer_of(state: str, message: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    """An answer to a frame, as the server writes it."""
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


NOBODY = answer_of("nobody", "Look into the camera")
PUNCHED = answer_of(
    "punched",
    "You are checked in",
    "Ada",
    greeting="Good morning, Ada",
    time="08:58",
    punch={"direction": "in"},
)
ALREADY = answer_of(
    "already", "You already checked in at 08:58", "Ada", time="08:58", punch={"direction": "in"}
)


class Worker:
    """Answers frames with ``answer``, or with status 503 when it is None; counts them."""

    def __init__(self, page: Page) -> None:
        self.answer: dict[str, Any] | None = NOBODY
        self.frames: list[bytes] = []
        self.page = page
        page.route("**/kiosk/frames", self._fulfil)

    def until_sent(self, more: int) -> None:
        """Wait for so many more frames."""
        seen = len(self.frames)
        while len(self.frames) < seen + more:
            self.page.wait_for_timeout(30)

    def until_quiet(self) -> None:
        """Wait until no more frames come: none for one and a half seconds."""
        for _ in range(20):
            seen = len(self.frames)
            self.page.wait_for_timeout(1500)
            if len(self.frames) == seen:
                return
        raise AssertionError("frames go on and on")

    def _fulfil(self, route: Route) -> None:
        self.frames.append(route.request.post_data_buffer or b"")
        if self.answer is None:
            route.fulfill(status=503, json={"error": {"code": "worker.timeout", "message": "Busy."}})
        else:
            route.fulfill(json=self.answer)


def expect_state(page: Page, state: str) -> None:
    """Wait until the page is in this state."""
    expect(page.locator("body")).to_have_attribute("data-state", state)


def clock_stop(page: Page) -> None:
    """From here on no time passes for what the page shows, however slow the machine is. Timers go on."""
    page.evaluate("window.stopClock()")


def clock_skip(page: Page, seconds: float) -> None:
    """Let so much time pass at once."""
    page.evaluate("seconds => window.skip(1000 * seconds)", seconds)
