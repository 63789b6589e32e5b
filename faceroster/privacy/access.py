"""All that is stored about one person, in one ZIP: a page to read, the same as JSON, and the pictures.

A ZIP and not one page with everything inside: the photos stay files that any program opens, and the JSON can
be given to another system. Nobody else is in it: whom a face was compared with besides is left out, and so
are other people whom a photo resembled.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.attendance.models import Correction, Punch, TimesheetEvent, Workday
from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.audit.services import record
from faceroster.coaching.models import EnrolmentTicket
from faceroster.consents import storage as papers
from faceroster.consents.models import Consent
from faceroster.enrollment import storage
from faceroster.enrollment.models import EnrollmentPhoto, PhotoReview, Template
from faceroster.kiosks import crops
from faceroster.kiosks.models import Decision, DecisionCrop, FalseAccept
from faceroster.notices.models import Notice
from faceroster.offline.models import OfflineEntry
from faceroster.passes.models import Badge, Pin
from faceroster.people.models import DepartmentStay, Person
from faceroster.rosters.models import Assignment, LeaveEntitlement, LeaveRequest, RosterException
from faceroster.trust.models import ApiToken, User
from faceroster.trust.sealing import SealError

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """``key`` is its name in the JSON; ``title`` and the names of ``rows`` are for people."""

    key: str
    title: str
    rows: list[Row]

    @property
    def columns(self) -> list[str]:
        return list(self.rows[0]) if self.rows else []


def _table(rows: QuerySet[Any], *names: str) -> list[Row]:
    return [
        {name: _plain(value) for name, value in row.items()} for row in rows.values(*names).iterator(1000)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool | list) else str(value)


def sections_of(person: Person) -> list[Section]:
    """Everything but the pictures."""
    return [*_about(person), *_of_the_face(person), *_of_work(person), *_of_others(person)]


def _about(person: Person) -> list[Section]:
    """Who they are here, and what they agreed to."""
    mine = {"person": person}
    return [
        Section("person", _("Who you are here"), [_person(person)]),
        Section(
            "stays",
            _("Earlier departments"),
            _table(DepartmentStay.objects.filter(**mine), "department__name", "until"),
        ),
        Section("account", _("Your account"), _account(person.user)),
        Section(
            "consents",
            _("Consents"),
            _table(
                Consent.objects.filter(**mine),
                *("how", "signed_name", "signed_at", "expires_at", "ended_at", "ending", "reason"),
                *("text__version", "text__language", "text__title", "text__body"),
            ),
        ),
    ]


def _of_the_face(person: Person) -> list[Section]:
    """Photos and what came of them; ways in without a face."""
    mine = {"person": person}
    return [
        Section(
            "photos",
            _("Photos of your face"),
            _table(
                EnrollmentPhoto.objects.filter(**mine),
                *("id", "created_at", "status", "source", "original_name", "width", "height"),
                *("codes", "quality"),
            ),
        ),
        Section(
            "templates",
            _("Face templates made from them"),
            _table(Template.objects.filter(**mine), "photo_id", "model", "created_at"),
        ),
        Section(
            "photo_reviews",
            _("Decisions of staff about your photos"),
            _table(PhotoReview.objects.filter(**mine), "created_at", "codes", "decision", "reason"),
        ),
        Section("recognitions", _("Recognitions at kiosks"), list(_recognitions(person))),
        Section(
            "not_me",
            _("Somebody was taken for you by mistake"),
            _table(FalseAccept.objects.filter(**mine), "created_at", "model"),
        ),
        Section("passes", _("PIN and badges"), list(_passes(person))),
        Section(
            "enrolments",
            _("Enrolments at a kiosk"),
            _table(EnrolmentTicket.objects.filter(**mine), "created_at", "used_at", "ended_at", "outcome"),
        ),
    ]


def _of_work(person: Person) -> list[Section]:
    """When they came and went, and what was planned."""
    mine = {"person": person}
    return [
        Section(
            "punches",
            _("Punches"),
            _table(
                Punch.objects.filter(**mine),
                *("at", "zone", "day", "direction", "source", "site__name", "kiosk__name", "note"),
            ),
        ),
        Section(
            "offline",
            _("Punches taken while the server was away"),
            _table(OfflineEntry.objects.filter(**mine), "at", "kind", "status", "flags", "code", "reason"),
        ),
        Section(
            "corrections",
            _("Corrections"),
            _table(
                Correction.objects.filter(**mine),
                *("created_at", "kind", "day", "at", "direction", "reason"),
                *("verdict__approved", "verdict__note"),
            ),
        ),
        Section(
            "workdays",
            _("Days with figures"),
            _table(
                Workday.objects.filter(**mine),
                *("day", "status", "first_in", "last_out", "due_minutes", "worked_minutes", "break_minutes"),
                *("overtime_minutes", "late_minutes", "early_minutes", "credited_minutes", "leave_days"),
                *("absent", "shift_names"),
            ),
        ),
        Section(
            "timesheets",
            _("Timesheets"),
            _table(TimesheetEvent.objects.filter(**mine), "created_at", "kind", "note"),
        ),
        Section(
            "leave",
            _("Requests for leave"),
            _table(
                LeaveRequest.objects.filter(**mine),
                "kind__name",
                "first",
                "last",
                "status",
                "reason",
                "answer",
            ),
        ),
        Section(
            "entitlements",
            _("Leave entitlements"),
            _table(LeaveEntitlement.objects.filter(**mine), "kind__name", "year", "days", "note"),
        ),
        Section("plans", _("Rosters"), list(_plans(person))),
    ]


def _of_others(person: Person) -> list[Section]:
    """What others were told of them, and who looked."""
    mine = {"person": person}
    return [
        Section(
            "notices", _("Notices about you"), _table(Notice.objects.filter(**mine), "created_at", "event")
        ),
        Section("looked", _("Who looked at or changed your data"), list(_looked(person))),
    ]


def _person(person: Person) -> Row:
    return {
        "name": person.name,
        "employee_number": person.employee_number,
        "email": person.email,
        "department": person.department.name,
        "site": person.department.site.name,
        "time_zone": person.department.site.timezone,
        "joined_on": _plain(person.joined_on),
        "left_on": _plain(person.left_on),
        "active": person.active,
        "id": str(person.pk),
        "created_at": _plain(person.created_at),
    }


def _account(user: User | None) -> list[Row]:
    if user is None:
        return []
    row = {name: _plain(getattr(user, name)) for name in ("username", "email", "role", "language")}
    row |= {"joined": _plain(user.date_joined), "last_sign_in": _plain(user.last_login)}
    tokens = ApiToken.objects.filter(user=user).values_list("name", flat=True)
    return [{**row, "api_tokens": ", ".join(tokens)}]


def _recognitions(person: Person) -> Iterator[Row]:
    """With the scores of this person alone; others whom the face was compared with are left out."""
    rows = Decision.objects.filter(person=person).select_related("kiosk", "site").order_by("created_at")
    for row in rows.iterator(1000):
        own: Row = next((one for one in row.candidates if one.get("person") == str(person.pk)), {})
        yield {
            "id": str(row.pk),
            "at": _plain(row.created_at),
            "site": row.site.name,
            "kiosk": row.kiosk.name if row.kiosk else "",
            "outcome": row.outcome,
            "score": own.get("score"),
            "threshold": row.threshold,
            "score_kind": row.score_kind,
            "quality": row.quality,
            "liveness": str(row.liveness.get("verdict", "")),
            "model": row.model,
        }


def _passes(person: Person) -> Iterator[Row]:
    for pin in Pin.objects.filter(person=person):
        yield {"what": "pin", "since": _plain(pin.set_at), "until": None}
    for badge in Badge.objects.filter(person=person):
        yield {"what": "badge", "since": _plain(badge.created_at), "until": _plain(badge.revoked_at)}


def _plans(person: Person) -> Iterator[Row]:
    for one in Assignment.objects.filter(person=person).select_related("pattern"):
        yield {"what": one.pattern.name, "from": _plain(one.starts_on), "to": _plain(one.ends_on), "note": ""}
    for day in RosterException.objects.filter(person=person).select_related("shift"):
        name = day.shift.name if day.shift else ""
        yield {"what": name, "from": _plain(day.day), "to": _plain(day.day), "note": day.note}


def _looked(person: Person) -> Iterator[Row]:
    """From the audit log, without addresses and details, which may be about others."""
    about = Q(person_id=person.pk)
    if person.user_id is not None:
        about |= Q(subject_kind="trust.user", subject_id=str(person.user_id))
    rows = Entry.objects.filter(about).order_by("at")
    for entry in rows.only("at", "action", "actor_kind", "actor_name").iterator(1000):
        yield {
            "at": _plain(entry.at),
            "who": entry.actor_name or entry.actor_kind,
            "what": entry.get_action_display(),
            "code": entry.action,
        }


def _pictures(person: Person) -> Iterator[tuple[str, Callable[[], bytes]]]:
    for photo in EnrollmentPhoto.objects.filter(person=person):
        for kind in (storage.PHOTO, storage.CROP):
            yield (
                f"{kind}s/{photo.pk}.jpg",
                partial(storage.picture_read, kind=kind, person=person, object_id=photo.pk),
            )
    for crop in DecisionCrop.objects.filter(person=person).select_related("decision", "person__subject_key"):
        yield f"recognitions/{crop.decision_id}.jpg", partial(crops.crop_open, crop)
    for consent in Consent.objects.filter(person=person, pictured=True):
        yield (
            f"consents/{consent.pk}.jpg",
            partial(papers.picture_read, person=person, consent_id=consent.pk),
        )


def subject_access(*, person: Person, by: User | None = None) -> bytes:
    """The ZIP for ``person``, recorded as handed out to ``by`` before anybody has it."""
    record(Action.DATA_GIVEN, by=by, subject=person)
    sections = sections_of(person)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        shown, unreadable = [], []
        for name, opened in _pictures(person):
            try:
                archive.writestr(name, opened())
                shown.append(name)
            except FileNotFoundError:
                continue  # a photo that was refused has no cut-out face
            except SealError:
                unreadable.append(name)
        told = {
            "made_at": timezone.now().isoformat(),
            **{section.key: section.rows for section in sections},
            "pictures": shown,
            "unreadable": unreadable,
        }
        archive.writestr("data.json", json.dumps(told, indent=2, ensure_ascii=False, default=str))
        page = render_to_string(
            "privacy/subject_access.html",
            {
                "person": person,
                "sections": [section for section in sections if section.rows],
                "pictures": shown,
                "unreadable": unreadable,
                "now": timezone.now(),
            },
        )
        archive.writestr("index.html", page)
    return out.getvalue()
