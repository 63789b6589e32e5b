"""An audit log that was altered is told to administrators, once."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from django.db import connection

from faceroster.audit import anchor, triggers
from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.audit.services import record
from faceroster.notices.mails import mail_for
from faceroster.notices.models import Delivery, Event, Notice
from faceroster.notices.records import records_verify_tell
from faceroster.people.models import Person
from faceroster.trust.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_anchor() -> Iterator[None]:
    anchor.path().unlink(missing_ok=True)
    yield
    anchor.path().unlink(missing_ok=True)


def _altered() -> None:
    with triggers.lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET subject_name = 'somebody else'")


def test_a_log_that_is_right_is_told_to_nobody_and_left_alone_for_a_day(
    admin_user: User, person: Person
) -> None:
    record(Action.PERSON_CREATED, subject=person)
    assert records_verify_tell() == 0
    assert not Notice.objects.exists()
    _altered()
    assert records_verify_tell() == 0  # it was verified a moment ago
    yesterday = time.time() - 86400
    os.utime(anchor.path(), (yesterday, yesterday))
    assert records_verify_tell() > 0


def test_one_that_was_altered_is_told_once(admin_user: User, person: Person) -> None:
    admin_user.email = "alma@example.org"
    admin_user.save()
    record(Action.PERSON_CREATED, subject=person)
    _altered()
    assert records_verify_tell() > 0
    assert records_verify_tell() > 0
    notice = Notice.objects.get()
    assert notice.event == Event.RECORDS_ALTERED
    assert str(Entry.objects.order_by("at", "pk").first().pk) in notice.payload["what"]  # type: ignore[union-attr]
    mail = mail_for(Delivery.objects.get(notice=notice, user=admin_user))
    assert mail.subject == "The audit log is not what was written"
    assert notice.payload["what"] in mail.body
