"""A kiosk whose network is cut for twenty punches: real browser, server, worker, PostgreSQL and Redis."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.company import PASSWORD, Company, company_running

PIN, NUMBER = "739164", "FR-4711"
_SETTLE = f"""
from faceroster.kiosks.services import kiosk_invitation
from faceroster.passes.pins import pin_set
from faceroster.people.models import Department, Site
from faceroster.people.services import person_create
Site.objects.update(debounce_seconds=0)
person = person_create(
    employee_number="{NUMBER}", name="Ines Offline", department=Department.objects.get()
)
pin_set(person=person, pin="{PIN}", user=None)
print(kiosk_invitation(Site.objects.get()))
"""
_ROWS = """
import json
from faceroster.offline.models import OfflineEntry
rows = OfflineEntry.objects.order_by("counter")
print(json.dumps([
    [row.counter, row.kind, row.status, row.flags, row.missing, row.sends, row.at.isoformat(),
     row.punch and row.punch.at.isoformat(), row.sealed is None]
    for row in rows
]))
"""
#: The queue of a page; a second one beside the page's own, as another tab would have it.
_OPEN = """async () => {
  const { openQueue } = await import("/static/kiosks/queue.js");
  window.queue = await openQueue("/kiosk/queue/");
  await window.queue.flush();
  return window.queue.size();
}"""
_TAKE = """async ([number, pin, count]) => {
  const times = [];
  for (let i = 0; i < count; i++) {
    await window.queue.add("pin", { number, pin });
    times.push(Date.now());
    await new Promise((done) => setTimeout(done, 30));
  }
  return times;
}"""
#: Everything that lies on the disk, as text; keys as what can be had of them.
_ON_DISK = """async () => {
  const opened = indexedDB.open("faceroster-queue");
  const database = await new Promise((done) => { opened.onsuccess = () => done(opened.result); });
  const all = (name) => new Promise((done) => {
    const request = database.transaction(name).objectStore(name).getAll();
    request.onsuccess = () => done(request.result);
  });
  const [entries, about] = [await all("entries"), await all("about")];
  const key = about.find((one) => one instanceof CryptoKey);
  const exported = await crypto.subtle.exportKey("raw", key).then(() => true, () => false);
  const latin = (buffer) => new TextDecoder("latin1").decode(buffer);
  const text = entries.map((row) => latin(row.blob) + latin(row.iv) + row.key + row.counter).join("");
  database.close();
  return { exported, count: entries.length, text: text + JSON.stringify(about) };
}"""
_SEND = """async () => {
  do {
    await window.queue.flush();
    await new Promise((done) => setTimeout(done, 100));
  } while (window.queue.size());
}"""
#: One entry is dropped and one is changed by somebody who gets at the disk.
_MEDDLE = """async ([dropped, changed]) => {
  const opened = indexedDB.open("faceroster-queue");
  const database = await new Promise((done) => { opened.onsuccess = () => done(opened.result); });
  const transaction = database.transaction("entries", "readwrite");
  const rows = transaction.objectStore("entries");
  rows.delete(dropped);
  rows.get(changed).onsuccess = ({ target }) => {
    const bytes = new Uint8Array(target.result.blob);
    bytes[20] ^= 1;
    rows.put({ ...target.result, blob: bytes.buffer });
  };
  await new Promise((done) => { transaction.oncomplete = done; });
  database.close();
}"""


class Line:
    """What lies between the kiosk's queue and the server: open, cut, or losing the next answer."""

    def __init__(self, context: Any) -> None:
        self.state, self.lost = "open", 0
        context.route("**/kiosk/queue/", self._pass)

    def _pass(self, route: Any) -> None:
        if self.state == "cut":
            route.abort("connectionfailed")
        elif self.state == "losing" and route.request.method == "POST":
            assert route.fetch().ok  # the server has it, and the kiosk does not hear of it
            self.state, self.lost = "open", self.lost + 1
            route.abort("connectionreset")
        else:
            route.continue_()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company_running(tmp_path_factory.mktemp("offline"), slugs=()) as running:
        yield running


def _shoot(page: Any, name: str) -> None:
    if folder := os.environ.get("FACEROSTER_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"offline-{name}.png"), full_page=True)


def _moment(milliseconds: int) -> float:
    return milliseconds / 1000


def test_twenty_punches_without_a_server_arrive_once(company: Company, browser: Callable[..., Any]) -> None:
    invitation = company.shell(_SETTLE).splitlines()[-1]
    page = browser(service_workers="block")
    context, line = page.context, Line(page.context)
    page.goto(f"{company.url}/kiosk/?invite={invitation}")
    page.wait_for_selector("body[data-kiosk=active]")
    assert page.evaluate(_OPEN) == 0

    context.set_offline(True)
    taken = page.evaluate(_TAKE, [NUMBER, PIN, 10])
    disk = page.evaluate(_ON_DISK)
    assert (disk["count"], disk["exported"]) == (10, False)
    assert PIN not in disk["text"]
    assert NUMBER not in disk["text"]

    # The device restarts, and finds its page but not its server; then there is another tab.
    line.state = "cut"
    context.set_offline(False)
    page.reload()
    page.wait_for_selector("body[data-kiosk=active]")
    assert page.evaluate(_OPEN) == 10
    other = context.new_page()
    other.goto(f"{company.url}/kiosk/")
    assert other.evaluate(_OPEN) == 10
    context.set_offline(True)
    taken += page.evaluate(_TAKE, [NUMBER, PIN, 10])
    page.evaluate(_MEDDLE, [7, 13])
    _shoot(page, "kiosk")

    line.state = "losing"
    context.set_offline(False)
    for tab in (page, other):
        tab.evaluate(_SEND)
    assert line.lost == 1

    rows = _judged(company)
    assert [row[0] for row in rows] == [n for n in range(1, 21) if n != 7], "one entry, one row"
    by_counter = {row[0]: row for row in rows}
    _counter, kind, status, flags, *_rest = by_counter.pop(13)
    assert (kind, status, flags) == ("unreadable", "refused", ["tampered"])
    assert {row[2] for row in by_counter.values()} == {"punched"}
    assert [counter for counter, row in by_counter.items() if "gap" in row[3]] == [8]
    assert by_counter[8][4] == 1
    again = [counter for counter, row in by_counter.items() if "duplicate" in row[3]]
    assert again == [counter for counter, row in by_counter.items() if row[5] == 2]
    assert again[0] == 1, "what was sent when the answer was lost was sent twice"
    for counter, row in by_counter.items():
        at = datetime.fromisoformat(row[6]).timestamp()
        assert abs(at - _moment(taken[counter - 1])) < 5, "when it was, not when it came"
        assert row[7] == row[6], "and so is its punch"
    assert all(row[8] for row in rows), "no number and no PIN is kept"
    assert (
        int(company.shell("from faceroster.attendance.models import Punch; print(Punch.objects.count())"))
        == 18
    )

    # Numbers go on after everything was sent: nobody can put old ones in their place.
    page.evaluate(_TAKE, [NUMBER, PIN, 1])
    page.evaluate(_SEND)
    last = _judged(company)[-1]
    assert (last[0], last[2], last[3]) == (21, "punched", [])
    _staff_look(company, browser)


def _judged(company: Company) -> list[Any]:
    """The rows, once none waits any more."""
    waiting = """
import time
from faceroster.offline.models import OfflineEntry
for _ in range(600):
    if not OfflineEntry.objects.filter(status="waiting").exists():
        break
    time.sleep(0.1)
else:
    raise SystemExit("entries were not judged")
"""
    found: list[Any] = json.loads(company.shell(waiting + _ROWS))
    return found


def _staff_look(company: Company, browser: Callable[..., Any]) -> None:
    """The gap and the changed one wait to be looked at; one is settled."""
    page = browser()
    page.goto(f"{company.url}/accounts/login/?next=/offline/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_selector(".off-list")
    assert page.locator(".off-entry").count() == 2
    assert "Changed since it was taken" in page.inner_text(".off-list")
    _shoot(page, "entries")
    form = page.locator(".off-solve").first
    form.locator("input[name=reason]").fill("Looked at the tablet")
    form.locator("button[value=leave]").click()
    page.wait_for_selector(".message.success")
    assert page.locator(".off-entry").count() == 1
