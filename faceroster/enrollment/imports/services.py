"""An import from the dry run to its end. Every step may be broken off and taken up again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from faceroster import jobs, vision
from faceroster.consents.selectors import people_with_consent
from faceroster.consents.services import MISSING
from faceroster.core.errors import Conflict, FaceRosterError, InvalidInput
from faceroster.enrollment.imports import archive as zips
from faceroster.enrollment.imports import consents, files
from faceroster.enrollment.imports import plan as plans
from faceroster.enrollment.imports import table as tables
from faceroster.enrollment.models import ImportRun, ImportStatus, PhotoSource
from faceroster.enrollment.services import photo_add
from faceroster.people.models import Person
from faceroster.people.services import people_create, person_update
from faceroster.trust.models import User

logger = logging.getLogger(__name__)
TASK = "enroll.import"
#: A task works for so long and then sends itself again: no time limit is met, and photos that
#: somebody adds by hand meanwhile do not wait for the whole import.
SLICE_SECONDS = 15.0
_KEEP_UNCONFIRMED = timedelta(days=1)


@dataclass
class Checked:
    """Outcome of the dry run: a run that waits for a go-ahead, or the reasons why there is none."""

    plan: plans.Plan
    ignored_columns: tuple[str, ...] = ()
    run: ImportRun | None = None


@dataclass
class _Photos:
    """Photos of an archive that are sealed by now: whose, and under which name."""

    found: list[tuple[str, str]] = field(default_factory=list)
    problems: list[zips.FileProblem] = field(default_factory=list)


def import_check(
    *,
    table: bytes,
    table_name: str,
    archive: IO[bytes] | None = None,
    archive_name: str = "",
    create_departments: bool = False,
    user: User,
) -> Checked:
    """Say what ``table`` would do, and keep it sealed for :func:`import_start` when all of it is right.

    The roster is not touched, and a table with any problem leaves nothing behind.

    Raises:
        InvalidInput: an ``import.*`` code about a file as a whole.
    """
    rows = tables.read(table)
    plan = plans.make_plan(rows, create_departments=create_departments)
    if plan.problems:
        return Checked(plan, rows.ignored)
    run_id = uuid4()
    try:
        photos = _keep_photos(run_id, archive, plan) if archive is not None else _Photos()
        files.write_json(run_id, "rows", plans.as_json(rows.rows))
        files.write_json(run_id, "photos", photos.found)
        run = ImportRun.objects.create(
            id=run_id,
            table_name=table_name[:255],
            archive_name=archive_name[:255] if archive is not None else "",
            create_departments=create_departments,
            started_by=user,
            people_total=len(rows.rows),
            total=len(photos.found),
            errors=[problem.as_json() for problem in photos.problems],
        )
    except Exception:
        files.delete_all(run_id)  # nothing half stored
        raise
    return Checked(plan, rows.ignored, run)


def _keep_photos(run_id: UUID, archive: IO[bytes], plan: plans.Plan) -> _Photos:
    numbers = {row.employee_number for row in plan.rows}
    numbers.update(Person.objects.filter(active=True).values_list("employee_number", flat=True))
    photos = _Photos()
    with zips.open_archive(archive) as opened:
        entries, photos.problems = zips.find_photos(opened, numbers)
        consenting = _numbers_with_consent(plan)
        for entry in entries:
            if entry.employee_number not in consenting:
                photos.problems.append(_no_consent(entry))
                continue
            try:
                data = zips.read_photo(opened, entry)
                vision.check_picture(data)
            except InvalidInput as error:
                photos.problems.append(zips.FileProblem(entry.name, error.code, error.message))
            else:
                files.write(run_id, str(len(photos.found)), data)
                photos.found.append((entry.employee_number, entry.name))
    return photos


def _numbers_with_consent(plan: plans.Plan) -> set[str]:
    """Of those who have consented, and of those of whom the table says so."""
    people = Person.objects.filter(pk__in=people_with_consent())
    return {
        *people.values_list("employee_number", flat=True),
        *(row.employee_number for row in plan.rows if row.paper is not None),
    }


def _no_consent(entry: zips.Entry) -> zips.FileProblem:
    told = _(
        "No consent: the person is imported without photos. Sign it with them, or give its day and text in "
        "the columns consent_signed_on and consent_text."
    )
    return zips.FileProblem(entry.name, MISSING, told)


def import_plan(run: ImportRun) -> plans.Plan:
    """The plan of a run that waits, against the roster as it is now."""
    table = plans.from_json(files.read_json(run.id, "rows"))
    return plans.make_plan(table, create_departments=run.create_departments)


def import_start(*, run: ImportRun) -> None:
    """Hand a checked run to the workers. Raises Conflict ``import.not_waiting``."""
    with transaction.atomic():
        _leave_checked(run, status=ImportStatus.QUEUED, queued_at=timezone.now())
        jobs.enqueue(TASK, str(run.id))


def import_cancel(*, run: ImportRun) -> None:
    """Drop a checked run and what was uploaded for it. Raises Conflict ``import.not_waiting``."""
    _leave_checked(run, status=ImportStatus.CANCELLED, finished_at=timezone.now())
    files.delete_all(run.id)


def _leave_checked(run: ImportRun, **changes: object) -> None:
    if not ImportRun.objects.filter(pk=run.pk, status=ImportStatus.CHECKED).update(**changes):
        raise Conflict("import.not_waiting", _("This import was started or cancelled already."))


def import_advance(*, run_id: UUID, seconds: float = SLICE_SECONDS) -> None:
    """Work on a run for some seconds. Running it twice, or on a run that has ended, does nothing."""
    claim = _Claim.take(run_id)
    if claim is None:
        return
    run = ImportRun.objects.get(pk=run_id)
    until = time.monotonic() + seconds
    try:
        if run.people_applied_at is None:
            _apply_people(run)
        ended = _add_photos(run, claim, lambda: time.monotonic() >= until)
    except FaceRosterError as error:
        _fail(run, claim.mine(), {"code": error.code, "message": error.message})
        return
    except FileNotFoundError:
        lost = {"code": "import.files_lost", "message": gettext_noop("The uploaded files are gone.")}
        _fail(run, claim.mine(), lost)
        return
    now = timezone.now()
    if ended:
        # A worker that lost the run in the meantime leaves the files to the one that has it now.
        if claim.release(status=ImportStatus.DONE, finished_at=now):
            files.delete_all(run.id)
    elif claim.release(status=ImportStatus.QUEUED, queued_at=now, attempts=0):
        jobs.enqueue(TASK, str(run.id))


class _Claim:
    """One worker's right to a run: whoever claims it later takes it away."""

    def __init__(self, run_id: UUID) -> None:
        self.run_id = run_id
        self.at = timezone.now()

    @classmethod
    def take(cls, run_id: UUID) -> _Claim | None:
        claim = cls(run_id)
        lost = Q(status=ImportStatus.RUNNING, claimed_at__lt=claim.at - _lost_after())
        taken = ImportRun.objects.filter(Q(status=ImportStatus.QUEUED) | lost, pk=run_id).update(
            status=ImportStatus.RUNNING, claimed_at=claim.at, attempts=F("attempts") + 1
        )
        return claim if taken else None

    def mine(self) -> Q:
        """The run, as long as no other worker has taken it."""
        return Q(pk=self.run_id, status=ImportStatus.RUNNING, claimed_at=self.at)

    def progress(self, run: ImportRun) -> bool:
        """Write how far it is, and that this worker lives. False when another one has the run."""
        now = timezone.now()
        mine = ImportRun.objects.filter(self.mine()).update(
            done=run.done, errors=run.errors, claimed_at=now, attempts=1
        )
        self.at = now
        return bool(mine)

    def release(self, **changes: object) -> bool:
        return bool(ImportRun.objects.filter(self.mine()).update(**changes))


def _lost_after() -> timedelta:
    return timedelta(seconds=settings.FACEROSTER["PHOTO_LOST_AFTER_SECONDS"])


@transaction.atomic
def _apply_people(run: ImportRun) -> None:
    locked = ImportRun.objects.select_for_update().get(pk=run.pk)
    if locked.people_applied_at is None:
        plan = import_plan(locked)
        if plan.problems:  # the roster changed after the dry run
            first = plan.problems[0]
            raise InvalidInput(
                first.code,
                _("Row %(row)s, %(column)s: %(problem)s")
                % {"row": first.row, "column": first.column, "problem": first.message},
            )
        for department in plan.new_departments:
            department.save()
        new = {row.row: row.new_person() for row in plan.rows if row.person is None}
        people_create(people=list(new.values()))
        for row in plan.rows:
            if row.person is not None:
                person_update(
                    person=row.person,
                    name=row.name,
                    department=row.department,
                    email=row.email,
                    active=row.active,
                )
            if row.paper is not None:
                consents.sign(row.paper, row.person or new[row.row], locked.started_by)
        locked.people_added = plan.count(plans.Action.ADD)
        locked.people_changed = plan.count(plans.Action.CHANGE)
        locked.people_applied_at = timezone.now()
        locked.save(update_fields=["people_added", "people_changed", "people_applied_at"])
    run.people_applied_at = locked.people_applied_at


def _add_photos(run: ImportRun, claim: _Claim, time_is_up: Callable[[], bool]) -> bool:
    """Add photos from where the run stands. True when all are done."""
    photos: list[tuple[str, str]] = files.read_json(run.id, "photos")
    while run.done < len(photos):
        if time_is_up():
            return False
        number, name = photos[run.done]
        try:
            _add_photo(run, number, name)
        except FaceRosterError as error:
            # A photo that is there already is no trouble: most likely this run added it before it was
            # broken off, and nothing is there twice.
            if error.code != "photo.already_there":
                run.errors = [*run.errors, {"file": name, "code": error.code, "message": error.message}]
        run.done += 1
        if not claim.progress(run):
            return False
    return True


def _add_photo(run: ImportRun, number: str, name: str) -> None:
    person = Person.objects.select_related("subject_key").filter(employee_number=number).first()
    if person is None:
        raise InvalidInput("import.photo_of_nobody", _("Nobody on the roster has this employee number now."))
    photo_add(
        person=person,
        data=files.read(run.id, str(run.done)),
        source=PhotoSource.IMPORT,
        name=name,
        user=run.started_by,
        import_run=run,
    )


def _fail(run: ImportRun, still: Q, error: dict[str, str]) -> None:
    """End a run with ``error``, unless it is not ``still`` as it was: then it is another worker's."""
    failed = ImportRun.objects.filter(still, pk=run.pk).update(
        status=ImportStatus.FAILED, errors=[error, *run.errors], finished_at=timezone.now()
    )
    if failed:
        logger.warning("Import %s failed: %s", run.pk, error)
        files.delete_all(run.id)


def imports_requeue_lost() -> int:
    """Send runs again whose message or worker was lost; give up where every try ended so."""
    now = timezone.now()
    before = now - _lost_after()
    for run in ImportRun.objects.filter(status=ImportStatus.CHECKED, created_at__lt=now - _KEEP_UNCONFIRMED):
        import_cancel(run=run)
    lost = Q(status=ImportStatus.RUNNING, claimed_at__lte=before)
    for run in ImportRun.objects.filter(lost, attempts__gte=settings.FACEROSTER["PHOTO_ATTEMPTS"]):
        _fail(
            run,
            lost,
            {"code": "import.failed", "message": gettext_noop("The import was broken off three times.")},
        )
    ImportRun.objects.filter(lost).update(status=ImportStatus.QUEUED, queued_at=before)
    waiting = ImportRun.objects.filter(status=ImportStatus.QUEUED, queued_at__lte=before)
    ids = list(waiting.values_list("pk", flat=True))
    waiting.update(queued_at=now)
    for run_id in ids:
        jobs.enqueue(TASK, str(run_id))
    return len(ids)
