"""The punches of one person's day, each with how it was decided and with what was corrected about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from faceroster.attendance.models import Correction, CorrectionKind, Direction, Punch
from faceroster.enrollment.models import EnrollmentPhoto, PhotoStatus
from faceroster.kiosks.models import Decision, DecisionCrop
from faceroster.kiosks.scores import meaning
from faceroster.people.models import Person
from faceroster.reports.wording import punch_story


@dataclass
class Line:
    """A punch, or a correction that adds one, as it counts now.

    ``at`` and ``direction`` are those after all approved corrections; ``was_*`` as they were first, where
    they differ. ``state``: ``counts``, ``void``, ``elsewhere`` (it counts for another day or not at all),
    ``waiting`` or ``refused`` (an addition that nobody approved).
    """

    key: str
    at: datetime
    direction: str
    zone: str
    site: str
    state: str
    punch: Punch | None = None
    added: Correction | None = None
    corrections: list[Correction] = field(default_factory=list)
    was_at: datetime | None = None
    was_direction: str = ""
    story: str = ""
    meaning: str = ""
    photo_id: UUID | None = None
    face_id: UUID | None = None

    @property
    def direction_label(self) -> str:
        return str(Direction(self.direction).label)

    @property
    def was_direction_label(self) -> str:
        return str(Direction(self.was_direction).label) if self.was_direction else ""

    @property
    def corrected(self) -> bool:
        return self.added is not None or any(is_approved(one) for one in self.corrections)

    @property
    def kind(self) -> str:
        """How its mark is drawn."""
        if self.state != "counts":
            return {"waiting": "waiting", "void": "void"}.get(self.state, "void")
        return "corrected" if self.corrected else ""


def is_approved(correction: Correction) -> bool:
    verdict = getattr(correction, "verdict", None)
    return verdict is not None and verdict.approved


def is_waiting(correction: Correction) -> bool:
    return getattr(correction, "verdict", None) is None


def lines_of(
    person: Person, *, day: date, counted: set[str], elsewhere: set[str], photos: bool, faces: bool
) -> list[Line]:
    """All punches of ``person`` on ``day``, in order of time, by three queries.

    ``counted``: ids of stamps that count for the day; ``elsewhere``: of those that count for one beside it.
    ``faces``: tell which of them have the face that was recognised; ``photos``: otherwise which photo the
    person was known by. One query more each.
    """
    ids = [UUID(key) for key in counted]
    punches = [
        punch
        for punch in Punch.objects.filter(Q(pk__in=ids) | Q(person=person, day=day)).select_related(
            "site", "kiosk", "decision", "recorded_by"
        )
        if str(punch.pk) not in elsewhere
    ]
    rows = Correction.objects.filter(person=person).filter(
        Q(pk__in=ids) | Q(day=day) | Q(punch__in=[punch.pk for punch in punches])
    )
    corrections = [
        row
        for row in rows.select_related("site", "requested_by", "verdict__decided_by")
        if str(row.pk) not in elsewhere
    ]
    of = defaultdict(list)
    for row in corrections:
        of[row.punch_id or row.added_id].append(row)
    lines = [_of_punch(punch, of[punch.pk], counted) for punch in punches]
    additions = [row for row in corrections if row.kind == CorrectionKind.ADD]
    lines += [_of_addition(row, of[row.pk], counted) for row in additions]
    if faces:
        _find_faces(lines)
    if photos:
        _find_photos(person, lines)
    return sorted(lines, key=lambda line: line.at)


def _of_punch(punch: Punch, corrections: list[Correction], counted: set[str]) -> Line:
    line = Line(
        key=f"punch-{punch.pk}",
        at=punch.at,
        direction=punch.direction,
        zone=punch.zone,
        site=punch.site.name,
        state="counts" if str(punch.pk) in counted else "elsewhere",
        punch=punch,
        corrections=corrections,
        story=punch_story(punch),
        meaning=meaning(punch.decision) if punch.decision and punch.decision.score is not None else "",
    )
    return _corrected(line)


def _of_addition(row: Correction, corrections: list[Correction], counted: set[str]) -> Line:
    assert row.at is not None  # these two by the table's constraint
    assert row.site is not None
    state = "counts" if str(row.pk) in counted else "elsewhere"
    if not is_approved(row):
        state = "waiting" if is_waiting(row) else "refused"
    line = Line(
        key=f"added-{row.pk}",
        at=row.at,
        direction=row.direction,
        zone=row.zone,
        site=row.site.name,
        state=state,
        added=row,
        corrections=corrections,
    )
    return _corrected(line)


def _corrected(line: Line) -> Line:
    """Apply what was approved, in that order."""
    approved = [row for row in line.corrections if is_approved(row)]
    first = line.at, line.direction
    for row in sorted(approved, key=lambda row: row.verdict.created_at):
        if row.kind == CorrectionKind.VOID:
            line.state = "void"
            continue
        line.at, line.direction = row.at or line.at, row.direction or line.direction
    if line.at != first[0]:
        line.was_at = first[0]
    if line.direction != first[1]:
        line.was_direction = first[1]
    return line


def _find_faces(lines: Iterable[Line]) -> None:
    """The face at the kiosk, where it is still kept."""
    decided = {line.punch.decision_id: line for line in lines if line.punch and line.punch.decision_id}
    for decision_id in DecisionCrop.objects.filter(pk__in=decided).values_list("pk", flat=True):
        decided[decision_id].face_id = decision_id


def _find_photos(person: Person, lines: Iterable[Line]) -> None:
    """Which template was matched is not kept. What can be shown beside a face that is gone is the best photo
    that the person was known by then.
    """
    decided = [
        (line, line.punch.decision)
        for line in lines
        if line.punch and line.punch.decision and line.face_id is None
    ]
    if not decided:
        return
    known = EnrollmentPhoto.objects.filter(person=person, status=PhotoStatus.ACCEPTED)
    photos = list(
        known.order_by("-quality", "pk").values_list("pk", "templates__model", "templates__created_at")
    )
    for line, decision in decided:
        line.photo_id = _photo_then(photos, decision)


def _photo_then(photos: Sequence[tuple[UUID, str, datetime]], decision: Decision) -> UUID | None:
    then = (pk for pk, model, at in photos if model == decision.model and at <= decision.created_at)
    return next(then, None)
