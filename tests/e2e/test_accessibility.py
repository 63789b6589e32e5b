"""Every main page by axe-core's rules, by keyboard, on a phone, and from right to left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.conftest import make_run
from tests.support import axe, company, staff
from tests.support.browser import FLAGS, chromium_or_skip

WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

#: Of each page: who opens it, its path, to be filled in from what was written, and whether also on a phone.
NOBODY, MANAGER, ADMIN, PERSON = None, "manager", "administrator", "person_user"
PAGES = {
    "sign in": (NOBODY, "/accounts/login/", False),
    "kiosk pairing": (NOBODY, "/kiosk/", False),
    "today": (MANAGER, "/reports/today/", True),
    "a day": (MANAGER, "/reports/today/person/{person}/{day}/", True),
    "exceptions": (MANAGER, "/reports/exceptions/?tab=late", True),
    "corrections": (MANAGER, "/reports/exceptions/?tab=correction", False),
    "timesheets": (MANAGER, "/reports/timesheets/?department={department}", True),
    "timesheet": (MANAGER, "/reports/timesheets/{person}/{month}/", False),
    "exports": (MANAGER, "/reports/timesheets/exports/", False),
    "charts": (MANAGER, "/reports/charts/?department={department}", False),
    "day sheet": (MANAGER, "/reports/day/?department={department}", True),
    "roster": (MANAGER, "/rosters/?department={department}", False),
    "leave": (MANAGER, "/rosters/leave/", False),
    "enter leave": (MANAGER, "/rosters/leave/new/", False),
    "shifts": (ADMIN, "/rosters/shifts/", False),
    "new shift": (ADMIN, "/rosters/shifts/new/", False),
    "shift": (ADMIN, "/rosters/shifts/{shift}/", False),
    "new pattern": (ADMIN, "/rosters/patterns/new/{site}/", False),
    "policies": (ADMIN, "/rosters/policies/", False),
    "assign": (ADMIN, "/rosters/assignments/new/", False),
    "classifiers": (ADMIN, "/classifiers/{site}/", False),
    "emotions": (MANAGER, "/reports/emotions/", False),
    "patterns": (ADMIN, "/rosters/patterns/", False),
    "holidays": (ADMIN, "/rosters/holidays/", False),
    "photos": (ADMIN, "/admin/people/person/{person}/change/", False),
    "admin": (ADMIN, "/admin/", False),
    "new person": (ADMIN, "/admin/people/person/add/", False),
    "import": (ADMIN, "/people/import/", False),
    "review": (ADMIN, "/people/review/", False),
    "lab": (ADMIN, "/lab/", False),
    "comparing": (ADMIN, "/lab/compare/", False),
    "accuracy": (ADMIN, "/lab/emotion-model/", False),
    "me": (PERSON, "/me/", True),
    "my days": (PERSON, "/me/days/", False),
    "my leave": (PERSON, "/me/leave/", False),
    "my corrections": (PERSON, "/me/corrections/", False),
    "ask for a correction": (PERSON, "/me/corrections/new/", False),
    "my notices": (PERSON, "/me/notices/", False),
    "my data": (PERSON, "/me/data/", False),
    "my calendar": (PERSON, "/me/calendar/", False),
}

#: Not ours to change, by page: rule, and the elements that it is not asked of.
#: The admin's searchable lists are Select2's, whose box has no name of its own beside its label's.
SELECT2 = {"aria-input-field-name": ".select2-container"}
WITHOUT = {"new person": SELECT2, "photos": SELECT2}


@dataclass
class House:
    """A server with a company in it, and a signed-in browser window for each who looks."""

    url: str
    made: dict[str, Any]
    open: Callable[..., Any]
    contexts: dict[tuple[str | None, str], Any]

    def page(self, who: str | None, *, language: str = "en") -> Any:
        """A window of whoever looks, signed in, always the same one."""
        if (who, language) not in self.contexts:
            window = self.open(locale=language, viewport=WIDE).new_page()
            window.set_default_timeout(30_000)
            if who:
                staff.sign_in_as(window, self.url, self.made[who], company.PASSWORD)
            self.contexts[who, language] = window
        return self.contexts[who, language]

    def goto(self, name: str, *, language: str = "en") -> Any:
        """The window of whoever looks at it, on the page called ``name`` in :data:`PAGES`."""
        who, path, _phone = PAGES[name]
        page = self.page(who, language=language)
        page.set_viewport_size(WIDE)
        answer = page.goto(self.url + path.format(**self.made, month=self.made["day"][:7]))
        assert answer.status == 200, f"{name}: {answer.status}"
        return page


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, playwright: Any) -> Iterator[House]:
    home = tmp_path_factory.mktemp("accessible")
    made = company.write(home, "demo")
    with make_run(home, demo=False) as server:
        yield from _house(server.url, made, playwright)


def _house(url: str, made: dict[str, Any], playwright: Any) -> Iterator[House]:
    chromium = playwright.chromium.launch(executable_path=chromium_or_skip(), args=FLAGS)
    yield House(url, made, chromium.new_context, {})
    chromium.close()


def _overflow(page: Any) -> str:
    """What sticks out to the side; empty when nothing does."""
    return str(
        page.evaluate(
            """() => {
                if (document.documentElement.scrollWidth <= innerWidth) return "";
                const sticking = [...document.querySelectorAll("body *")].filter(one => {
                    const box = one.getBoundingClientRect();
                    return box.width && (box.right > innerWidth + 1 || box.left < -1);
                });
                const names = sticking.slice(0, 5).map(one => one.tagName + "." + one.className);
                return names.join(", ") || "something";
            }"""
        )
    )


@pytest.mark.parametrize("name", PAGES)
def test_no_rule_is_broken_in_light_and_dark(house: House, name: str) -> None:
    page, found = house.goto(name), []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {line}" for line in axe.violations(page, without=WITHOUT.get(name))]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    if PAGES[name][2]:
        page.set_viewport_size(PHONE)
        found += [f"phone: {line}" for line in axe.violations(page, without=WITHOUT.get(name))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_sticks_out_to_the_side(house: House, language: str) -> None:
    found = []
    for name in PAGES:
        page = house.goto(name, language=language)
        if language == "ar" and page.evaluate("document.documentElement.dir") != "rtl":
            found.append(f"{name} is not from right to left")
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            if out := _overflow(page):
                found.append(f"{name} at {size['width']}: {out}")
    assert not found, "\n".join(found)


def _focus(page: Any) -> str:
    """What has the focus: its id, name or text."""
    return str(
        page.evaluate(
            """() => {
                const one = document.activeElement;
                return one.id || one.name || one.innerText.trim();
            }"""
        )
    )


def _tab_to(page: Any, wanted: Callable[[], bool], *, at_most: int = 60) -> None:
    """Press Tab until ``wanted``; each stop on the way shows that it has the focus."""
    for _step in range(at_most):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const one = document.activeElement, style = getComputedStyle(one);
                // Within a field for a date the browser itself marks the part that has the focus.
                const within = one === window.lastFocus;
                window.lastFocus = one;
                const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
                return within || ring || style.boxShadow !== "none" || one === document.body;
            }"""
        )
        assert seen, f"nothing shows that {_focus(page)!r} has the focus"
        if wanted():
            return
    raise AssertionError(f"it cannot be reached by keyboard; the focus is on {_focus(page)!r}")


def test_an_exception_is_settled_by_keyboard_alone(house: House) -> None:
    page = house.goto("exceptions")
    before = page.locator("li.finding").count()
    assert before
    _tab_to(page, lambda: _focus(page).startswith("choose-"), at_most=80)
    page.keyboard.press("Space")
    _tab_to(page, lambda: _focus(page) == "reason", at_most=80)
    page.keyboard.type("The train stood still")
    _tab_to(page, lambda: _focus(page) == "Excuse")
    page.keyboard.press("Enter")
    page.get_by_text("1 is settled.").wait_for()
    assert page.locator("li.finding").count() == before - 1


def test_the_dialog_of_the_roster_opens_and_closes_by_keyboard(house: House) -> None:
    page = house.goto("roster")
    cell = page.locator("[data-roster-cell]").nth(3)
    cell.focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    found = axe.violations(page)
    assert not found, "\n".join(found)
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    assert cell.evaluate("one => one === document.activeElement")
