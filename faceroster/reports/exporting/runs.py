"""Exports from the question to the file: at once when they are small, in the background when not.

Whoever asks is asked for their rights twice: when the file is written and again when it is fetched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from faceroster import jobs
from faceroster.core.errors import Conflict, FaceRosterError, InvalidInput, NotAllowed
from faceroster.people.models import Department
from faceroster.people.selectors import departments_visible_to
from faceroster.reports.exporting import csv_format, files, pdf_format, xlsx_format
from faceroster.reports.exporting.document import Document, document_of
from faceroster.reports.models import KEPT_FOR, ExportFormat, ExportKind, ExportRun, ExportStatus
from faceroster.reports.selectors import Month
from faceroster.reports.timesheets.selectors import department_sheet, departments_of_sheet, person_sheet
from faceroster.trust.models import User

TASK = "export.run"
#: Days from which a format takes too long to wait for. CSV is sent while it is written.
BACKGROUND_FROM = {ExportFormat.XLSX: 1500, ExportFormat.PDF: 250}
CONTENT_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.PDF: "application/pdf",
}
_ATTEMPTS = 3
_AT_ONCE = 5
_LOST_AFTER = timedelta(seconds=60)
_TELL_EVERY = 0.7

Writer = Callable[[Document, Callable[[int], None]], bytes]


@dataclass(frozen=True)
class Wish:
    """What is to be exported. ``person`` only for one person's sheet."""

    format: ExportFormat
    department: UUID
    month: Month
    person: UUID | None = None

    @property
    def kind(self) -> ExportKind:
        return ExportKind.PERSON if self.person else ExportKind.DEPARTMENT

    def as_json(self) -> dict[str, str]:
        found = {"department": str(self.department), "month": str(self.month)}
        return {**found, "person": str(self.person)} if self.person else found

    @classmethod
    def of(cls, run: ExportRun) -> Wish:
        said = run.parameters
        person = UUID(said["person"]) if said.get("person") else None
        year, month = map(int, said["month"].split("-"))
        return cls(ExportFormat(run.format), UUID(said["department"]), Month(year, month), person)


def document_for(user: User, wish: Wish) -> Document:
    """What ``user`` may export now.

    Raises:
        NotAllowed: ``export.not_allowed``: it is not, or no longer, theirs to see.
    """
    sheet: Any
    department: Department | None
    if wish.person:
        person, departments = departments_of_sheet(user, wish.person, wish.month)
        department = next((row for row in departments if row.pk == wish.department), None)
        if person is None or department is None:
            raise _not_yours()
        sheet = person_sheet(person, department, wish.month)
    else:
        department = departments_visible_to(user).filter(pk=wish.department).first()
        if department is None:
            raise _not_yours()
        sheet = department_sheet(department, wish.month)
    return document_of(sheet, user=user, now=timezone.now())


def _not_yours() -> NotAllowed:
    return NotAllowed("export.not_allowed", _("You may not see what this export is about."))


def is_large(document: Document, written_as: ExportFormat) -> bool:
    """Whether it should be made in the background."""
    return document.rows >= BACKGROUND_FROM.get(written_as, document.rows + 1)


def content_of(
    document: Document, written_as: ExportFormat, written: Callable[[int], None] = lambda _rows: None
) -> Iterator[bytes]:
    """The file, in parts."""
    if written_as == ExportFormat.CSV:
        return (line.encode() for line in csv_format.lines(document))
    write: Writer = xlsx_format.write if written_as == ExportFormat.XLSX else pdf_format.write
    return iter([write(document, written)])


@transaction.atomic
def export_ask(*, user: User, wish: Wish, rows: int = 0) -> ExportRun:
    """Have it made in the background.

    Raises:
        Conflict: ``export.too_many`` while several of the same user's are not finished.
    """
    User.objects.select_for_update().get(pk=user.pk)  # two questions at once count each other
    live = ExportRun.objects.filter(asked_by=user, status__in=(ExportStatus.QUEUED, ExportStatus.RUNNING))
    if live.count() >= _AT_ONCE:
        raise Conflict("export.too_many", _("Your other exports are not finished yet. Please wait for them."))
    run = ExportRun.objects.create(
        kind=wish.kind,
        format=wish.format,
        parameters={**wish.as_json(), "language": translation.get_language() or "en"},
        asked_by=user,
        total=rows,
    )
    jobs.enqueue(TASK, str(run.pk))
    return run


class _Lost(Exception):
    """Another worker has the run now, or it is gone."""


class _Claim:
    """One worker's right to a run, for as long as it is heard of."""

    def __init__(self, run_id: UUID) -> None:
        self.run_id, self.at = run_id, timezone.now()
        self._told = time.monotonic()

    @classmethod
    def take(cls, run_id: UUID) -> _Claim | None:
        claim = cls(run_id)
        lost = Q(status=ExportStatus.RUNNING, claimed_at__lt=claim.at - _LOST_AFTER)
        free = ExportRun.objects.filter(Q(status=ExportStatus.QUEUED) | lost, pk=run_id)
        taken = free.update(
            status=ExportStatus.RUNNING, claimed_at=claim.at, done=0, attempts=F("attempts") + 1
        )
        return claim if taken else None

    def release(self, **changes: object) -> bool:
        mine = ExportRun.objects.filter(pk=self.run_id, status=ExportStatus.RUNNING, claimed_at=self.at)
        return bool(mine.update(**changes))

    def written(self, rows: int) -> None:
        """Tell how far it is, not more often than somebody looks. Raises _Lost."""
        if time.monotonic() - self._told < _TELL_EVERY:
            return
        now = timezone.now()
        if not self.release(done=rows, claimed_at=now):
            raise _Lost
        self.at, self._told = now, time.monotonic()


def export_run(run_id: UUID) -> None:
    """Write a queued export. Running it twice, or on a run that has ended, does nothing."""
    claim = _Claim.take(run_id)
    if claim is None:
        return
    run = ExportRun.objects.select_related("asked_by").get(pk=run_id)
    with translation.override(run.parameters.get("language", "en")):  # of who reads what went wrong, too
        try:
            _write(run, claim)
        except FaceRosterError as error:
            _fail(claim, error.code, error.message)
        except _Lost:
            return
        except Exception:
            _fail(claim, "export.broken", _("The file could not be written."))
            raise


def _write(run: ExportRun, claim: _Claim) -> None:
    wish = Wish.of(run)
    document = document_for(run.asked_by, wish)
    claim.release(total=document.rows)
    data = b"".join(content_of(document, wish.format, claim.written))
    files.write(run.pk, run.asked_by_id, data)
    finished = claim.release(
        status=ExportStatus.DONE,
        done=document.rows,
        file_name=document.file_name(wish.format.value),
        expires_at=timezone.now() + KEPT_FOR,
    )
    if not finished and not ExportRun.objects.filter(pk=run.pk).exists():
        files.delete(run.pk)  # deleted meanwhile, by somebody who could not know of the file


def _fail(claim: _Claim, code: str, message: str) -> None:
    if claim.release(status=ExportStatus.FAILED, error_code=code, error_message=message[:300]):
        files.delete(claim.run_id)


def export_open(*, run: ExportRun, user: User) -> bytes:
    """The file, for who asked for it and may still see what is in it.

    Raises:
        NotAllowed: ``export.not_allowed``.
        Conflict: ``export.not_ready``.
        InvalidInput: ``export.gone``: it has been deleted.
    """
    if run.asked_by_id != user.pk:
        raise _not_yours()
    if run.status != ExportStatus.DONE:
        raise Conflict("export.not_ready", _("This export is not ready."))
    document_for(user, Wish.of(run))
    if run.expires_at <= timezone.now():
        raise InvalidInput("export.gone", _("This export has been deleted."))
    try:
        return files.read(run.pk, user.pk)
    except FileNotFoundError:
        raise InvalidInput("export.gone", _("This export has been deleted.")) from None


def exports_clean() -> int:
    """Delete exports that nobody should keep any longer, and take up those whose worker was lost.

    Returns how many rows it saw to.
    """
    now = timezone.now()
    old = list(ExportRun.objects.filter(expires_at__lte=now))
    for run in old:
        run.delete()  # its file goes with it
    waiting = Q(status=ExportStatus.QUEUED, created_at__lt=now - _LOST_AFTER)
    lost = Q(status=ExportStatus.RUNNING, claimed_at__lt=now - _LOST_AFTER)
    hopeless = ExportRun.objects.filter(lost, attempts__gte=_ATTEMPTS)
    for run_id in list(hopeless.values_list("pk", flat=True)):
        ended = ExportRun.objects.filter(lost, pk=run_id, attempts__gte=_ATTEMPTS).update(
            status=ExportStatus.FAILED,
            error_code="export.lost",
            error_message=_("The file could not be written."),
        )
        if ended:
            files.delete(run_id)
    again = list(ExportRun.objects.filter(waiting | lost).values_list("pk", flat=True))
    for run_id in again:
        jobs.enqueue(TASK, str(run_id))
    return len(old) + len(again)
