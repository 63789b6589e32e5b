"""Every page of every role, looked at by a browser that may not complain.

Each role follows every link from where it begins; pages that differ only in whose or which day they are
count as one. A console error, an error that no script caught, something that the Content-Security-Policy
stopped or a file that is missing fails. What no link leads to is opened by its address: no page is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve, reverse

from tests.django.roles.addresses import ADDRESSES
from tests.e2e.conftest import make_run
from tests.support import company, staff
from tests.support.browser import FLAGS, chromium_or_skip

#: Where each begins, beside their own first page.
BEGIN = {
    "nobody": ["/accounts/login/", "/admin/login/", "/kiosk/", "/kiosk/enroll/", "/api/docs/"],
    "administrator": ["/", "/admin/"],
    "staff": ["/", "/admin/"],
    "manager": ["/"],
    "person_user": ["/"],
}
#: What no link of the company leads to, by who opens it: a name, and what in the company it is of.
BESIDE = {
    "administrator": [
        ("rosters:policy", "site"),
        ("classifiers:site", "site"),
        ("passes:person", "person"),
        ("reports:shift_preview", "shift"),
        ("enrollment:import_run", "run"),
    ],
    "manager": [("reports:board",), ("reports:person", "person")],
}
#: Answers that are no page: files to keep, and fragments that pages load by themselves.
NO_PAGE = {
    "kiosks:state",
    "kiosks:manifest",
    "kiosks:service-worker",
    "enrollment:import_example",
    "enrollment:import_progress",
    "enrollment:photos",
    "classifiers:progress",
    "reports:exceptions_people",
    "reports:today_live",
    "reports:charts_csv",
    "reports:day_csv",
    "rosters:calendar",
    "me:calendar_file",
}
#: Downloads and what ends the visit.
_LEAVE_OUT = re.compile(
    r"/(logout|schema|csv)/|\.(csv|ics|pdf|xlsx|zip|svg|json)\b|[?&]format=|/history/|/revoke/|jsi18n|_popup="
)
_SAME = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d(-\d\d)?|\b\d+\b")
_WATCH = """() => addEventListener("securitypolicyviolation", event => console.error(
    `stopped by the policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`
), true)"""


@dataclass
class Walk:
    """One role's way through the house, and what its browser complained of."""

    page: Any
    url: str
    seen: dict[str, str] = field(default_factory=dict)  # kind of page -> its address
    complaints: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.add_init_script(f"({_WATCH})()")
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._complain(f"error: {error}"))
        self.page.on("response", self._answered)

    def _complain(self, text: str) -> None:
        self.complaints.append(f"{urlsplit(self.page.url).path}: {text}")

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self._complain(message.text)

    def _answered(self, answer: Any) -> None:
        if answer.status >= 400:
            self._complain(f"{answer.status} {answer.url}")

    def go(self, begin: list[str]) -> None:
        """From ``begin`` along every link, to one page of each kind."""
        ahead = [urljoin(self.url, path) for path in begin]
        while ahead:
            address = ahead.pop(0)
            kind = _kind_of(address)
            if kind in self.seen:
                continue
            self.seen[kind] = address
            self.page.goto(address, wait_until="load")
            self.names.add(_name_of(address))
            self.look()
            for link in self.page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)"):
                if link.startswith(self.url + "/") and not _LEAVE_OUT.search(link):
                    ahead.append(link.partition("#")[0])

    def look(self) -> None:
        """Give late scripts their turn, and open what is folded."""
        self.names.add(_name_of(self.page.url))
        self.page.wait_for_function("document.readyState === 'complete'")
        self.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        self.page.wait_for_timeout(100)


def _kind_of(address: str) -> str:
    """What a page is of, whoever and whichever day it shows; tabs count apart, filters do not."""
    parts = urlsplit(address)
    tab = re.search(r"\b(tab=\w+)", parts.query)
    return _SAME.sub("*", parts.path) + ("?" + tab[1] if tab else "")


def _name_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


@pytest.fixture(scope="module")
def walk_of(tmp_path_factory: pytest.TempPathFactory, playwright: Any) -> Iterator[Callable[[str], Walk]]:
    """``walk_of(who)``: their way through the house, which they go once."""
    home = tmp_path_factory.mktemp("console")
    made = company.write(home, "demo")
    with make_run(home, demo=False, FACEROSTER_EMOTION_REGION="other") as server:
        chromium = playwright.chromium.launch(executable_path=chromium_or_skip(), args=FLAGS)
        yield cache(lambda who: _walked(chromium, server.url, who, made))
        chromium.close()


def _walked(chromium: Any, url: str, who: str, made: dict[str, Any]) -> Walk:
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(120_000)
    walk = Walk(page, url)
    if who in made:
        staff.sign_in_as(page, url, made[who], company.PASSWORD)
    beside = [reverse(name, args=[made[key] for key in keys]) for name, *keys in BESIDE.get(who, [])]
    walk.go(BEGIN[who] + beside)
    if who == "nobody":
        # Between password and code, which no link leads to.
        staff.sign_in_as(page, url, made["careful"], company.PASSWORD)
        walk.look()
    return walk


@pytest.mark.parametrize("who", BEGIN)
def test_no_browser_complains(walk_of: Callable[[str], Walk], who: str) -> None:
    walk = walk_of(who)
    assert len(walk.seen) > 4
    assert not walk.complaints, "\n".join(sorted(set(walk.complaints)))


def test_no_page_was_left_out(walk_of: Callable[[str], Walk]) -> None:
    pages = {name for name, address in ADDRESSES.items() if address.method == "GET"} - NO_PAGE
    seen = set().union(*(walk_of(who).names for who in BEGIN))
    assert not pages - seen
