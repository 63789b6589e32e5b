"""The main job from end to end: enroll, recognise at the kiosk, punch once, see it on Today."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Server
from tests.support import staff


def _staff_page(browser: Callable[..., Any], server: Server) -> Any:
    page = browser()
    staff.sign_in(page, server.url, server.found(r"password (\S+)"))
    return page


def test_make_run_with_the_demo_camera_puts_someone_on_today(
    demo_server: Server, browser: Callable[..., Any]
) -> None:
    kiosk = browser()
    kiosk.goto(demo_server.found(r"(http\S+/kiosk/\?camera=demo\S+)"))
    name = staff.kiosk_says(kiosk, "punched")
    assert name

    page = _staff_page(browser, demo_server)
    page.goto(f"{demo_server.url}/reports/")
    page.wait_for_url("**/reports/today/")
    there = page.locator(".people.in .person", has_text=name)
    there.wait_for()  # the page brings itself up to date
    assert page.locator("#count-in").inner_text() == "1"
    department = there.locator(".person-note").inner_text()
    page.goto(f"{demo_server.url}/reports/day/")
    option = page.locator("select[name=department] option", has_text=department).first
    page.select_option("select[name=department]", option.get_attribute("value"))
    row = page.locator("main tr", has_text=name)
    row.wait_for()
    assert "Still in" in row.inner_text()


def test_new_person_is_enrolled_recognised_and_punched_once(
    empty_server: Server, browser: Callable[..., Any], camera_file: Callable[[Path], Path], demo_folder: Path
) -> None:
    roster = json.loads((demo_folder / "roster.json").read_text(encoding="utf-8"))
    person = next(entry for entry in roster["people"] if entry.get("clip"))
    stranger = next(entry for entry in roster["strangers"] if entry.get("clip"))
    url = empty_server.url
    page = _staff_page(browser, empty_server)
    staff.add_place(page, url, site="Workshop", department="Joinery")
    photos = [demo_folder / photo for photo in person["photos"][:5]]
    assert staff.add_person(page, url, name=person["name"], number="W-1", photos=photos) == len(photos)

    kiosk = browser(camera_file(demo_folder / person["clip"]))
    staff.pair_kiosk(page, kiosk, url, site="Workshop")
    assert staff.kiosk_says(kiosk, "punched") == person["name"]
    # The same person comes again at once: they are told so, and there is still one punch.
    kiosk.reload()
    assert staff.kiosk_says(kiosk, "already") == person["name"]
    assert len(staff.punches(page, url)) == 1
    page.goto(f"{url}/reports/today/")
    page.locator(".people.in .person", has_text=person["name"]).wait_for()
    kiosk.context.browser.close()

    other = browser(camera_file(demo_folder / stranger["clip"]))
    staff.pair_kiosk(page, other, url, site="Workshop")
    assert staff.kiosk_says(other, "unknown") == ""
    assert len(staff.punches(page, url)) == 1


def test_photos_come_by_the_camera_and_by_dropping(
    empty_server: Server, browser: Callable[..., Any], camera_file: Callable[[Path], Path], demo_folder: Path
) -> None:
    roster = json.loads((demo_folder / "roster.json").read_text(encoding="utf-8"))
    # Not the person of the test above, whom this server may know already.
    person = [entry for entry in roster["people"] if entry.get("clip")][1]
    page = browser(camera_file(demo_folder / person["clip"]))
    staff.sign_in(page, empty_server.url, empty_server.found(r"password (\S+)"))
    staff.add_place(page, empty_server.url, site="Yard", department="Stonework")
    staff.add_person(page, empty_server.url, name=person["name"], number="Y-1", photos=[])

    page.click("[data-webcam-open]")
    page.click("[data-webcam-take]")  # waits until there is a picture
    page.click("[data-webcam-use]")
    page.click("[data-webcam-close]")
    page.locator("#photos .fr-chip--accepted").wait_for()

    photo = base64.b64encode((demo_folder / person["photos"][0]).read_bytes()).decode()
    page.evaluate(
        """photo => {
            const carried = new DataTransfer();
            const bytes = Uint8Array.from(atob(photo), letter => letter.charCodeAt(0));
            carried.items.add(new File([bytes], "dropped.jpg", { type: "image/jpeg" }));
            carried.items.add(new File(["hello"], "notes.jpg", { type: "image/jpeg" }));
            document.querySelector("[data-photo-upload]").dispatchEvent(
                new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
        }""",
        photo,
    )
    page.locator("#photos .fr-chip--accepted").nth(1).wait_for()
    assert "dropped.jpg" in page.locator("#photos").inner_text()
    refused = page.locator("[data-photo-rows] .fr-upload--bad")
    assert "not a picture" in refused.inner_text()
    assert page.locator("#photos .fr-chip").count() == 2
