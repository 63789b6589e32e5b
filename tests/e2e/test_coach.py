"""Enrolment at a kiosk in a real browser: a code, five shots, and the kiosk knows the person."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Server
from tests.support import staff
from tests.support.coached import obedient_camera, poses_of

_SHOTS = 5


def _code(page: Any) -> str:
    """What staff press on the person's page, and the code that they read there."""
    page.click("[data-kiosk-enrol]")
    return str(page.locator("[data-enrolment-code]").get_attribute("data-enrolment-code"))


def _shoot(page: Any, name: str) -> None:
    """A screenshot for whoever wants to look at it."""
    if folder := os.environ.get("FACEROSTER_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"coach-{name}.png"))


def _add_person(page: Any, url: str, name: str, number: str) -> None:
    page.goto(f"{url}/admin/people/person/add/")
    page.fill("#id_name", name)
    page.fill("#id_employee_number", number)
    page.select_option("#id_department", index=1)
    staff._save(page)


def _let_pictures_pass(page: Any, url: str, site: str) -> None:
    """The camera of this test shows still pictures, which a kiosk that looks for life refuses."""
    page.goto(f"{url}/admin/people/site/")
    page.locator("#result_list").get_by_role("link", name=site).first.click()
    page.select_option("#id_liveness", "off")
    staff._save(page)


def _sign(kiosk: Any, name: str) -> None:
    """The person reads, ticks, and draws a line; nothing goes on before that."""
    kiosk.wait_for_selector("body[data-phase=consent]")
    assert kiosk.inner_text("#consent-person") == name
    kiosk.click("#consent-yes")
    kiosk.wait_for_selector("#consent-problem:not([hidden])")
    kiosk.check("#consent-agreed")
    pad = kiosk.locator("#consent-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    kiosk.mouse.move(box["x"] + 40, box["y"] + 90)
    kiosk.mouse.down()
    kiosk.mouse.move(box["x"] + 160, box["y"] + 30, steps=8)
    kiosk.mouse.move(box["x"] + 260, box["y"] + 110, steps=8)
    kiosk.mouse.up()
    _shoot(kiosk, "consent")
    kiosk.click("#consent-yes")
    kiosk.wait_for_selector("body[data-phase=coach]")


def test_staff_enroll_somebody_at_the_kiosk_and_it_knows_them_seconds_later(
    empty_server: Server, browser: Callable[..., Any], demo_folder: Path
) -> None:
    url = empty_server.url
    page = browser()
    staff.sign_in(page, url, empty_server.found(r"password (\S+)"))
    staff.add_place(page, url, site="Studio", department="Sets")
    _let_pictures_pass(page, url, "Studio")
    kiosk = browser()
    kiosk.add_init_script(obedient_camera(poses_of(demo_folder / "strangers" / "ellis-wintermoor")))
    staff.pair_kiosk(page, kiosk, url, site="Studio")
    assert staff.kiosk_says(kiosk, "unknown") == ""

    _add_person(page, url, "Ellis Wintermoor", "E1")
    code = _code(page)
    _shoot(page, "staff")
    kiosk.goto(f"{url}/kiosk/enroll/")
    kiosk.fill("#code", "000000" if code != "000000" else "000001")
    kiosk.wait_for_selector("#code-problem:not([hidden])")
    _shoot(kiosk, "code")
    kiosk.fill("#code", code)
    _sign(kiosk, "Ellis Wintermoor")
    assert kiosk.inner_text("#person") == "Ellis Wintermoor"
    kiosk.wait_for_selector("body[data-taken='3']", timeout=90_000)
    _shoot(kiosk, "shots")
    kiosk.wait_for_selector("body[data-phase=try]", timeout=90_000)
    assert int(kiosk.locator("body").get_attribute("data-accepted")) == _SHOTS
    kiosk.wait_for_selector("body[data-code='coach.recognised']")
    assert "Ellis Wintermoor" in kiosk.inner_text("#instruction")
    assert kiosk.locator("#dots .taken").count() == _SHOTS
    _shoot(kiosk, "recognised")
    kiosk.click("#done")
    kiosk.wait_for_selector("body[data-phase=code]")

    kiosk.goto(f"{url}/kiosk/")
    assert staff.kiosk_says(kiosk, "punched") == "Ellis Wintermoor"
    page.reload()
    page.wait_for_selector("#photos .fr-chip--accepted")
    assert page.locator("#photos .fr-chip--accepted").count() == _SHOTS

    # The same human under another name is told of at once, and cancelling leaves nothing.
    _add_person(page, url, "Somebody Else", "E2")
    kiosk.goto(f"{url}/kiosk/enroll/")
    kiosk.fill("#code", _code(page))
    _sign(kiosk, "Somebody Else")
    kiosk.wait_for_selector("#warning:not([hidden])", timeout=60_000)
    assert "Ellis" not in kiosk.inner_text("body")
    _shoot(kiosk, "warning")
    kiosk.click("#warning-cancel")
    kiosk.wait_for_selector("body[data-phase=code]")
    page.reload()
    page.wait_for_selector("#photos .fr-empty")
