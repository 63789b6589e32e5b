"""What a member of staff does in the browser, step by step, as the pages ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def sign_in(page: Any, url: str, password: str) -> None:
    """Sign in as the first administrator."""
    page.goto(f"{url}/admin/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{url}/admin/")


def sign_in_as(page: Any, url: str, name: str, password: str) -> None:
    """Sign in on the page that everybody signs in on."""
    page.goto(f"{url}/accounts/login/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "/accounts/login/" not in address)


def _save(page: Any) -> None:
    page.click("button[name=_save], input[name=_save]")
    page.wait_for_load_state()
    errors = page.locator(".errornote, .errorlist").all_inner_texts()
    assert not errors, errors


def add_place(page: Any, url: str, *, site: str, department: str, liveness: str = "passive") -> None:
    """A site and a department in it."""
    page.goto(f"{url}/admin/people/site/add/")
    page.fill("#id_name", site)
    page.select_option("#id_timezone", "Europe/Berlin", force=True)  # a searchable list lies over it
    page.select_option("#id_liveness", liveness, force=True)
    _save(page)
    page.goto(f"{url}/admin/people/department/add/")
    page.fill("#id_name", department)
    page.select_option("#id_site", label=site)
    _save(page)


def sign_consent(page: Any, name: str) -> None:
    """From a person's page: they type their name under the text; back to their page."""
    back = page.url
    page.click("#consent-panel a[href$='#sign']")
    page.fill("#id_name", name)
    page.check("#id_agreed")
    page.click("[data-sign] button[type=submit]")
    page.wait_for_selector("[data-consent=signed]")
    page.goto(back)
    page.wait_for_selector("[data-photo-files]", state="attached")


def add_person(page: Any, url: str, *, name: str, number: str, photos: list[Path]) -> int:
    """A person in the only department, who signs, and photos by upload; returns how many were accepted."""
    page.goto(f"{url}/admin/people/person/add/")
    page.fill("#id_name", name)
    page.fill("#id_employee_number", number)
    page.select_option("#id_department", index=1)
    _save(page)
    sign_consent(page, name)
    page.set_input_files("[data-photo-files]", [str(photo) for photo in photos])
    # The page brings itself up to date: no reload here.
    page.wait_for_function(
        """n => ['accepted', 'rejected', 'review'].map(
            status => document.querySelectorAll('#photos .fr-chip--' + status).length
        ).reduce((a, b) => a + b) === n""",
        arg=len(photos),
        timeout=120_000,
    )
    return int(page.locator("#photos .fr-chip--accepted").count())


def pair_kiosk(staff: Any, kiosk: Any, url: str, *, site: str, query: str = "") -> None:
    """The kiosk shows a code; staff type it; the kiosk goes on by itself."""
    kiosk.goto(f"{url}/kiosk/{query}")
    code = kiosk.locator("[data-code]").get_attribute("data-code")
    staff.goto(f"{url}/admin/kiosks/kiosk/add/")
    staff.fill("#id_code", code)
    staff.fill("#id_name", "Front door")
    staff.select_option("#id_site", label=site)
    _save(staff)
    kiosk.wait_for_selector("body[data-kiosk=active]", timeout=60_000)


def kiosk_says(kiosk: Any, *states: str, seconds: float = 120) -> str:
    """Wait until the kiosk is in one of ``states``; returns the name of the person it shows."""
    selector = ", ".join(f"body[data-state={state}]" for state in states)
    kiosk.wait_for_selector(selector, timeout=seconds * 1000)
    return str(kiosk.locator("body").get_attribute("data-person"))


def punches(page: Any, url: str) -> list[str]:
    """Everything in the admin's list of punches, one line each."""
    page.goto(f"{url}/admin/attendance/punch/")
    return [" ".join(row.split()) for row in page.locator("#result_list tbody tr").all_inner_texts()]
