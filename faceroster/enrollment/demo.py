"""The demo roster: people who do not exist, enrolled through the very pipeline that real ones go through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from faceroster.consents.models import How
from faceroster.consents.selectors import has_consent, text_current
from faceroster.consents.services import consent_sign
from faceroster.core.errors import InvalidInput
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource
from faceroster.enrollment.services import photo_add
from faceroster.people.models import Department, Person, Site

FOLDER = Path(settings.BASE_DIR) / "demo" / "people"
SITE = "Head office"


def roster() -> dict[str, Any]:
    """``demo/people/roster.json`` as it is."""
    return json.loads((FOLDER / "roster.json").read_text(encoding="utf-8"))


def demo_people_create(*, timezone: str) -> list[tuple[Person, list[Path]]]:
    """Make the demo's site, departments and people where they are missing; each with their photos."""
    site, _ = Site.objects.get_or_create(name=SITE, defaults={"timezone": timezone})
    made = []
    for entry in roster()["people"]:
        department, _ = Department.objects.get_or_create(name=entry["department"], site=site)
        person, _ = Person.objects.get_or_create(
            employee_number=entry["employee_number"],
            defaults={"name": entry["name"], "department": department},
        )
        made.append((person, [FOLDER / photo for photo in entry["photos"]]))
    return made


def demo_consent(person: Person) -> None:
    """Somebody who does not exist has signed. Nothing happens where they have already."""
    text = text_current(None)
    if text is not None and not has_consent(person):
        consent_sign(person=person, text=text, how=How.SCREEN, user=None, name=person.name)


def demo_photos_add(people: list[tuple[Person, list[Path]]]) -> Iterator[EnrollmentPhoto]:
    """Queue every photo that is not there yet, one by one."""
    for person, photos in people:
        demo_consent(person)
        for path in photos:
            try:
                yield photo_add(
                    person=person, data=path.read_bytes(), source=PhotoSource.DEMO, name=path.name
                )
            except InvalidInput as error:
                if error.code != "photo.already_there":
                    raise
