"""A company with three sites of kiosks, for the kiosk's story: whom it knows, and what its pages say."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.e2e import actors
from tests.e2e.company import Company

#: People of the demo roster who have a clip, and one who is played by an actor.
WALKERS = ("robin-ashmerle", "ari-lindqvale", "dana-quillbrook", "esme-carrowdale", "zuri-kamaboro")
ACTOR = "noor-velmarin"
TWIN = "toni-castellmar"
PIN, TWIN_PIN, ACTOR_NUMBER = "739164", "640817", "FR-1008"
#: The photos that everybody is enrolled by; actors are made of another one.
_ENROLLED, HELD_BACK = 4, 6
_SCENES = 20
#: Twins are one human under two names: an administrator has looked at their photos, and kept them.
SETTLE = f"""
import json, time
from faceroster.enrollment import demo
from faceroster.enrollment.models import OPEN_STATUSES, EnrollmentPhoto, PhotoSource, PhotoStatus
from faceroster.enrollment.services import photo_add, photo_keep
from faceroster.kiosks.services import kiosk_invitation
from faceroster.passes.pins import pin_set
from faceroster.people.models import Department, Liveness, Site
from faceroster.people.services import person_create
from faceroster.trust.models import User

works = Site.objects.get()
gate = Site.objects.create(name="Gate", timezone="Europe/Berlin", liveness=Liveness.ALWAYS)
yard = Site.objects.create(name="Yard", timezone="Europe/Berlin", liveness=Liveness.OFF)
Site.objects.update(debounce_seconds=0)  # whoever comes again is recorded again
hall = Department.objects.get()
known = {{entry["slug"]: entry for entry in demo.roster()["people"]}}

def enroll(name, number, photos, pin=None):
    person = person_create(employee_number=number, name=name, department=hall)
    demo.demo_consent(person)
    for photo in photos:
        photo_add(person=person, data=(demo.FOLDER / photo).read_bytes(), source=PhotoSource.DEMO)
    for _ in range(1200):
        if not EnrollmentPhoto.objects.filter(status__in=OPEN_STATUSES).exists():
            break
        time.sleep(0.1)
    if pin:
        pin_set(person=person, pin=pin, user=None)
    return person

for slug in {(*WALKERS, ACTOR)!r}:
    entry = known[slug]
    pin = {PIN!r} if slug == {ACTOR!r} else None
    enroll(entry["name"], entry["employee_number"], entry["photos"][:{_ENROLLED}], pin)
twin = known[{TWIN!r}]
enroll(twin["name"], twin["employee_number"], twin["photos"][:3], "582931")
other = enroll("Terry Castellmar", "FR-2141", twin["photos"][3:6], {TWIN_PIN!r})
admin = User.objects.get(username="admin")
review = EnrollmentPhoto.objects.filter(person=other, status=PhotoStatus.REVIEW)
kept = review.count()
for photo in review:
    photo_keep(photo=photo, user=admin, reason="Twins")
for _ in range(1200):
    if not EnrollmentPhoto.objects.filter(status__in=OPEN_STATUSES).exists():
        break
    time.sleep(0.1)
accepted = EnrollmentPhoto.objects.filter(status=PhotoStatus.ACCEPTED)
print(json.dumps({{
    "works": [kiosk_invitation(works) for _ in range({_SCENES})],
    "gate": [kiosk_invitation(gate) for _ in range({_SCENES})],
    "yard": [kiosk_invitation(yard) for _ in range({_SCENES})],
    "kept": kept,
    "accepted": accepted.filter(person=other).count(),
}}))
"""
#: Enrolls who is on the pictures of the folders in ``{folder}``, by the folder's name.
ENROLL = """
import time
from pathlib import Path
from faceroster.enrollment.demo import demo_consent
from faceroster.enrollment.models import OPEN_STATUSES, EnrollmentPhoto, PhotoSource
from faceroster.enrollment.services import photo_add
from faceroster.people.models import Department
from faceroster.people.services import person_create

for number, one in enumerate(sorted(Path({folder!r}).iterdir())):
    hall = Department.objects.get()
    person = person_create(employee_number=f"CAM-{{number}}", name=one.name, department=hall)
    demo_consent(person)
    for photo in sorted(one.iterdir()):
        photo_add(person=person, data=photo.read_bytes(), source=PhotoSource.DEMO)
for _ in range(1200):
    if not EnrollmentPhoto.objects.filter(status__in=OPEN_STATUSES).exists():
        break
    time.sleep(0.1)
"""
#: Every answer to a frame, as the page got it.
LISTEN = """
window.answers = [];
const fetched = window.fetch;
window.fetch = async (...request) => {
  const answer = await fetched(...request);
  if (String(request[0]).endsWith("/frames")) {
    answer.clone().json().then((one) => window.answers.push(one), () => {});
  }
  return answer;
};
"""


@dataclass
class House:
    """The company, and the invitations of its sites: one that looks on, one that always asks, one that
    believes everything, for scenes that are about something else.
    """

    company: Company
    invitations: dict[str, list[str]]

    def address(self, site: str = "works") -> str:
        return f"{self.company.url}/kiosk/?invite={self.invitations[site].pop()}"

    def asked(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the database that the processes use."""
        import psycopg2

        connection = psycopg2.connect(self.company.environment["DATABASE_URL"])
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        connection.close()
        return rows

    def punches(self) -> list[tuple[str, str]]:
        """Name and source of every punch, in the order of their times."""
        sql = "SELECT p.name, a.source FROM attendance_punch a JOIN people_person p ON p.id = a.person_id"
        return [(str(name), str(source)) for name, source in self.asked(f"{sql} ORDER BY a.at")]

    def outcomes(self) -> list[str]:
        return [str(one) for (one,) in self.asked("SELECT outcome FROM kiosks_decision ORDER BY created_at")]


def clip_of(demo_folder: Path, slug: str) -> list[Any]:
    return actors.clip_frames(demo_folder / "clips" / f"{slug}.webm")


def kiosk_open(browser: Callable[..., Any], address: str, film: Path | None = None, script: str = "") -> Any:
    page = browser(film)
    page.add_init_script(LISTEN + script)
    page.goto(address)
    page.wait_for_selector("body[data-kiosk=active]")
    return page


def shoot(page: Any, name: str) -> None:
    """Pictures of this state, wide and tall, for the docs."""
    if not (folder := os.environ.get("FACEROSTER_SCREENSHOTS")):
        return
    state = page.locator("body").get_attribute("data-state")
    for width, height in ((1280, 800), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(600)  # until the frame lies around the face again
        if state:  # it may have gone, and comes again
            page.wait_for_selector(f"body[data-state={state}]", timeout=20_000)
        page.screenshot(path=str(Path(folder) / f"kiosk-{name}-{width}.png"))
    page.set_viewport_size({"width": 1280, "height": 800})


def answers(page: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("window.answers")
    return found


def codes(page: Any) -> set[str]:
    """Every code that the server gave so far."""
    given = answers(page)
    errors = {one["error"]["code"] for one in given if "error" in one}
    return errors | {code for one in given for code in one.get("codes", ())}


def waited(log: list[dict[str, Any]]) -> str:
    """How long people waited, in words; ``log``: what the page wrote down itself."""
    times = [one["greeting_at"] - one["sharp_at"] for one in log]
    unasked = [time for time, one in zip(times, log, strict=True) if not one["challenged"]]
    return (
        f"\n\nFrom the first sharp frame to the greeting, {len(times)} arrivals, ms:"
        f" p50 {np.percentile(times, 50):.0f}, p95 {np.percentile(times, 95):.0f};"
        f" {len(unasked)} were not asked to move; load {os.getloadavg()[0]:.1f}"
        f"\n  {', '.join(f'{one:.0f}' for one in times)}\n"
    )


def name_of(slug: str) -> str:
    return slug.replace("-", " ").title()
