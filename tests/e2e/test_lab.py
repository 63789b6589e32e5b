"""The lab in a real browser, on a desk and on a phone."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Server
from tests.support import pictures, staff

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def roster(demo_folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((demo_folder / "roster.json").read_text(encoding="utf-8"))
    return found


def _lab(browser: Callable[..., Any], server: Server, path: str = "", **kwargs: Any) -> Any:
    page = browser(**kwargs)
    staff.sign_in(page, server.url, server.found(r"password (\S+)"))
    page.goto(f"{server.url}/lab/{path}")
    return page


def _choose(page: Any, zone: str, name: str, data: bytes) -> None:
    page.set_input_files(
        f"[data-zone={zone}] [data-file] >> nth=0",
        {"name": name, "mimeType": "image/jpeg", "buffer": data},
    )


def _drop(page: Any, zone: str, **files: bytes) -> None:
    page.evaluate(
        """([zone, files]) => {
            const carried = new DataTransfer();
            for (const [name, text] of Object.entries(files)) {
                const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
                carried.items.add(new File([bytes], name, { type: "image/jpeg" }));
            }
            document.querySelector(`[data-zone=${zone}]`).dispatchEvent(
                new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
        }""",
        [zone, {name: base64.b64encode(data).decode() for name, data in files.items()}],
    )


def _fits(page: Any) -> bool:
    """Whether nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def _overlay_lies_on(page: Any, zone: str) -> bool:
    """Whether the drawing covers the picture to the pixel and the main face's box lies within."""
    return bool(
        page.evaluate(
            """zone => {
                const [image, drawing, box] = ["[data-image]", "svg", ".main rect"].map(
                    part => document.querySelector(`[data-zone=${zone}] ${part}`).getBoundingClientRect());
                const same = side => Math.abs(image[side] - drawing[side]) < 1.5;
                return ["left", "top", "right", "bottom"].every(same) && box.width > 20
                    && box.left > image.left && box.right < image.right && box.bottom < image.bottom;
            }""",
            zone,
        )
    )


@pytest.mark.parametrize("device", ["desk", "phone"])
def test_a_picture_is_looked_at_and_bad_ones_lose_nothing(
    device: str,
    demo_server: Server,
    browser: Callable[..., Any],
    demo_folder: Path,
    roster: dict[str, Any],
    tmp_path: Path,
) -> None:
    person = roster["people"][0]
    page = _lab(browser, demo_server, **(PHONE if device == "phone" else {}))
    _choose(page, "picture", "one.jpg", (demo_folder / person["photos"][0]).read_bytes())
    page.locator("article[data-decision=accepted]").wait_for()
    assert page.locator("article h3").inner_text() == person["name"]
    assert page.locator("[data-zone=picture] svg path[data-landmark]").count() == 5
    assert _overlay_lies_on(page, "picture")
    assert _fits(page)
    page.screenshot(path=tmp_path / f"look-{device}.png", full_page=True)

    # What is no picture leaves the last one and what was seen in it where they are.
    _drop(page, "picture", **{"notes.jpg": pictures.text_file()})
    page.locator("[data-code='image.not_an_image']").wait_for()
    assert "notes.jpg" in page.locator("[data-problem]").inner_text()
    assert page.locator("article h3").inner_text() == person["name"]
    _drop(page, "picture", **{"huge.jpg": bytes(15 * 1024 * 1024 + 1)})
    page.locator("[data-code='image.too_large']").wait_for()
    assert page.locator("article h3").inner_text() == person["name"]

    _choose(page, "picture", "hills.jpg", pictures.no_face())
    page.locator("[data-code='face.not_found']").wait_for()
    assert page.locator("article").count() == 0, "what is shown belongs to the picture that is shown"
    assert page.locator("[data-zone=picture] svg").count() == 0

    def photo(i: int, n: int) -> bytes:
        return (demo_folder / roster["people"][i]["photos"][n - 1]).read_bytes()

    _drop(page, "picture", **{"group.jpg": pictures.three_faces(photo)})
    page.locator("article#face-3").wait_for()
    assert page.locator("[data-problem]").inner_text() == ""
    assert page.locator("[data-zone=picture] svg rect:not(.under)").count() == 3
    assert _fits(page)
    page.screenshot(path=tmp_path / f"group-{device}.png", full_page=True)


@pytest.mark.parametrize("device", ["desk", "phone"])
def test_two_pictures_side_by_side(
    device: str,
    demo_server: Server,
    browser: Callable[..., Any],
    demo_folder: Path,
    roster: dict[str, Any],
    tmp_path: Path,
) -> None:
    one, two = ((demo_folder / roster["people"][0]["photos"][n]).read_bytes() for n in (0, 1))
    other = (demo_folder / roster["strangers"][0]["photos"][0]).read_bytes()
    page = _lab(browser, demo_server, "compare/", **(PHONE if device == "phone" else {}))
    _choose(page, "first", "one.jpg", one)
    page.get_by_text("Now add the other picture").wait_for()
    _choose(page, "second", "notes.jpg", pictures.text_file())
    page.locator("[data-code='image.not_an_image']").wait_for()
    assert page.locator("[data-zone=first].filled").count() == 1
    _choose(page, "second", "two.jpg", two)
    page.locator("[data-same=yes]").wait_for()
    for zone in ("first", "second"):
        assert _overlay_lies_on(page, zone)
    assert _fits(page)
    page.screenshot(path=tmp_path / f"compare-{device}.png", full_page=True)
    # Both at once, dropped on one of them.
    _drop(page, "first", **{"one.jpg": one, "other.jpg": other})
    page.locator("[data-same=no]").wait_for()
    assert page.locator("[data-zone=second] [data-name]").inner_text() == "other.jpg"


def test_a_photo_from_the_camera(
    demo_server: Server,
    browser: Callable[..., Any],
    camera_file: Callable[[Path], Path],
    demo_folder: Path,
    roster: dict[str, Any],
) -> None:
    person = next(entry for entry in roster["people"] if entry.get("clip"))
    page = _lab(browser, demo_server, clip=camera_file(demo_folder / person["clip"]))
    page.get_by_role("button", name="Use the camera").click()
    page.click("[data-webcam-take]")  # waits until there is a picture
    page.click("[data-webcam-use]")
    page.locator("article[data-decision]").wait_for()
    assert not page.locator("dialog").is_visible()
    assert page.locator("article h3").inner_text() == person["name"]


def test_no_answer_is_said_and_can_be_asked_again(
    demo_server: Server, browser: Callable[..., Any], demo_folder: Path, roster: dict[str, Any]
) -> None:
    page = _lab(browser, demo_server)
    page.route("**/lab/look/", lambda route: route.abort())
    _choose(page, "picture", "one.jpg", (demo_folder / roster["people"][0]["photos"][0]).read_bytes())
    page.locator("[data-code='network.offline']").wait_for()
    page.unroute("**/lab/look/")
    page.click("[data-again]")
    page.locator("article[data-decision=accepted]").wait_for()
    assert page.locator("[data-problem]").inner_text() == ""

    page.context.clear_cookies()
    _choose(page, "picture", "two.jpg", (demo_folder / roster["people"][0]["photos"][1]).read_bytes())
    page.locator("[data-code='auth.required']").wait_for()
