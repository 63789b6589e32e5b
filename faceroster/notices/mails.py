"""Mails that are written from a notice: plain text and simple HTML, in the receiver's language."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from faceroster.notices.models import Delivery, Event, Notice
from faceroster.notices.webhooks import Answer
from faceroster.offline.models import Flag
from faceroster.trust.models import User

Line = tuple[str, str]


def _day(text: str) -> str:
    return formats.date_format(date.fromisoformat(text), "DATE_FORMAT")


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _subject(notice: Notice, data: dict[str, Any], own: bool) -> str:
    name = data.get("person", {}).get("name", "")
    day = _day(data["day"]) if "day" in data else ""
    texts: dict[str, Callable[[], str]] = {
        Event.LATE: lambda: _("%(name)s has not come yet") % {"name": name},
        Event.MISSED_OUT: lambda: (
            _("Your check-out is missing on %(day)s") % {"day": day}
            if own
            else _("%(name)s: check-out missing on %(day)s") % {"name": name, "day": day}
        ),
        Event.CORRECTION_WAITING: lambda: _("%(name)s asks for a correction") % {"name": name},
        Event.CORRECTION_DECIDED: lambda: (
            _("Your correction of %(day)s counts") % {"day": day}
            if data["approved"]
            else _("Your correction of %(day)s was refused") % {"day": day}
        ),
        Event.LEAVE_WAITING: lambda: _("%(name)s asks for leave") % {"name": name},
        Event.LEAVE_DECIDED: lambda: (
            _("Your leave from %(day)s is approved") % {"day": _day(data["first"])}
            if data["approved"]
            else _("Your leave from %(day)s was refused") % {"day": _day(data["first"])}
        ),
        Event.WEEKLY: lambda: (
            _("The week from %(first)s to %(last)s")
            % {"first": _day(data["first"]), "last": _day(data["last"])}
        ),
        Event.PERIOD_CLOSED: lambda: (
            _("%(department)s: a period is closed") % {"department": data["department"]["name"]}
        ),
        Event.KIOSK_SILENT: lambda: _("The kiosk %(kiosk)s is silent") % {"kiosk": data["kiosk"]["name"]},
        Event.KIOSK_BACK: lambda: _("The kiosk %(kiosk)s is back") % {"kiosk": data["kiosk"]["name"]},
        Event.KIOSK_KEY: lambda: (
            _("A key of the kiosk %(kiosk)s was taken on trust") % {"kiosk": data["kiosk"]["name"]}
        ),
        Event.RECORDS_ALTERED: lambda: _("The audit log is not what was written"),
        Event.OFFLINE_ENTRIES: lambda: (
            ngettext(
                "%(kiosk)s: %(count)d offline entry needs a look",
                "%(kiosk)s: %(count)d offline entries need a look",
                data["count"],
            )
            % {"kiosk": data["kiosk"]["name"], "count": data["count"]}
        ),
    }
    return texts[notice.event]()


def _lines(data: dict[str, Any]) -> list[Line]:
    """What there is to say besides, each with its label."""
    lines: list[Line] = []
    if "day" in data:
        lines.append((_("Day"), _day(data["day"])))
    if "expected" in data:
        lines.append((_("Expected at"), data["expected"]))
    if "first" in data:
        lines.append((_("From"), _day(data["first"])))
        lines.append((_("To"), _day(data["last"])))
    for key, label in (
        ("what", _("What")),
        ("reason", _("Reason")),
        ("answer", _("Answer")),
        ("by", _("By")),
    ):
        if data.get(key):
            lines.append((label, str(data[key])))
    if "site" in data:
        lines.append((_("Site"), data["site"]["name"]))
    if "last_seen" in data:
        heard = datetime.fromisoformat(data["last_seen"])
        lines.append((_("Last heard of"), formats.date_format(heard, "DATETIME_FORMAT")))
    if data.get("flags"):
        lines.append((_("What is strange"), ", ".join(str(Flag(flag).label) for flag in data["flags"])))
    if "department" in data and "departments" not in data:
        lines.append((_("Department"), data["department"]["name"]))
    return lines


#: Which page says more, for whoever decides and for the person.
_PAGES = {
    Event.LATE: "reports:today",
    Event.MISSED_OUT: "reports:exceptions",
    Event.CORRECTION_WAITING: "reports:exceptions",
    Event.LEAVE_WAITING: "rosters:leave",
    Event.WEEKLY: "reports:timesheets",
    Event.PERIOD_CLOSED: "reports:timesheets",
    Event.KIOSK_SILENT: "admin:kiosks_kiosk_changelist",
    Event.KIOSK_BACK: "admin:kiosks_kiosk_changelist",
    Event.KIOSK_KEY: "admin:kiosks_kiosk_changelist",
    Event.OFFLINE_ENTRIES: "offline_entries:list",
    Event.RECORDS_ALTERED: "admin:audit_entry_changelist",
}
_OWN_PAGES = {
    Event.MISSED_OUT: "me:days",
    Event.CORRECTION_DECIDED: "me:corrections",
    Event.LEAVE_DECIDED: "me:leave",
}


def _link(event: str, own: bool) -> str:
    """Empty where the installation has not said under which address it is reached."""
    base = str(getattr(settings, "FACEROSTER_BASE_URL", "")).rstrip("/")
    if not base:
        return ""
    try:
        return base + reverse((_OWN_PAGES if own else _PAGES)[Event(event)])
    except NoReverseMatch:
        return base + reverse("home")


def _department_rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "worked": _hours(row["worked_minutes"]),
            "overtime": _hours(row["overtime_minutes"]),
        }
        for row in data.get("departments", [])
    ]


def mail_for(delivery: Delivery) -> EmailMultiAlternatives:
    """The mail of one delivery, ready to be sent."""
    notice, user = delivery.notice, delivery.user
    if user is None:
        raise ValueError("not a mail's delivery")
    own = notice.person is not None and notice.person.user_id == user.pk
    language = user.language or settings.LANGUAGE_CODE
    with translation.override(language):
        subject = " ".join(_subject(notice, notice.payload, own).split())
        context = {
            "subject": subject,
            "name": _name(user),
            "event": notice.event,
            "lines": _lines(notice.payload),
            "departments": _department_rows(notice.payload),
            "link": _link(notice.event, own),
            "language": language,
            "right_to_left": translation.get_language_bidi(),
        }
        text = render_to_string("notices/mail/notice.txt", context)
        html = render_to_string("notices/mail/notice.html", context)
    mail = EmailMultiAlternatives(
        subject, text, to=[delivery.target], headers={"Message-ID": f"<{delivery.pk}@faceroster>"}
    )
    mail.attach_alternative(html, "text/html")
    return mail


def _name(user: User) -> str:
    return user.first_name or user.get_username()


def attempt(delivery: Delivery) -> Answer:
    """Hand ``delivery`` to the mail server once. Never raises for what that server does."""
    try:
        mail_for(delivery).send()
    except smtplib.SMTPResponseException as error:
        return Answer(_("The mail server refused it."), error.smtp_code)
    except (smtplib.SMTPException, OSError) as error:
        return Answer(_("The mail server could not be reached: %(why)s") % {"why": type(error).__name__})
    return Answer("")
