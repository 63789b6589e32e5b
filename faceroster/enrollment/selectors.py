"""Reading photos, reviews and imports for pages."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Count, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from faceroster.consents.selectors import people_with_consent
from faceroster.enrollment import comparison, storage
from faceroster.enrollment.codes import reason
from faceroster.enrollment.models import (
    OPEN_STATUSES,
    EnrollmentPhoto,
    ImportRun,
    ImportStatus,
    PhotoReview,
    PhotoStatus,
)
from faceroster.people.models import Person


@dataclass(frozen=True, slots=True)
class PhotoCard:
    """A photo as a page shows it. ``picture`` is the kind to fetch: the face's crop once there is one.

    ``twin_id``: the photo to see it beside; ``reviews``: what was decided about it, the earliest first.
    """

    photo: EnrollmentPhoto
    picture: str
    reasons: tuple[str, ...]
    twin_id: UUID | None
    reviews: tuple[PhotoReview, ...] = ()

    @property
    def open(self) -> bool:
        return self.photo.status in OPEN_STATUSES

    @property
    def percent(self) -> int | None:
        return None if self.photo.quality is None else round(100 * self.photo.quality)

    @property
    def similarity_percent(self) -> int | None:
        return None if self.photo.similarity is None else round(100 * self.photo.similarity)

    @property
    def twin_name(self) -> str:
        """Who is on the photo beside it."""
        if self.photo.similar_person is not None:
            return self.photo.similar_person.name
        if comparison.NOT_LIKE_OTHERS in self.photo.codes:
            return _("%(name)s, another photo") % {"name": self.photo.person.name}
        return _("no longer on the roster")


def _with_twin(photos: QuerySet[EnrollmentPhoto]) -> QuerySet[EnrollmentPhoto]:
    """Adds ``twin_id``: the photo that was copied, else the best accepted one of whom a photo resembles, or
    should."""
    beside = Case(
        When(similar_person__isnull=True, codes=[comparison.NOT_LIKE_OTHERS], then="person"),
        default="similar_person",
    )
    best = EnrollmentPhoto.objects.filter(person=OuterRef("beside"), status=PhotoStatus.ACCEPTED).order_by(
        "-quality", "created_at"
    )
    decisions = PhotoReview.objects.select_related("decided_by", "other_person")
    return (
        photos.select_related("person", "similar_person")
        .prefetch_related(Prefetch("reviews", decisions))
        .annotate(beside=beside)
        .annotate(twin_id=Coalesce("similar_photo_id", Subquery(best.values("pk")[:1])))
    )


def photo_card(photo: EnrollmentPhoto) -> PhotoCard:
    """Everything a page needs about ``photo``, which came out of a selector of this module."""
    looked_at = photo.status not in OPEN_STATUSES and photo.quality is not None
    return PhotoCard(
        photo,
        storage.CROP if looked_at else storage.PHOTO,
        tuple(reason(code) for code in photo.codes),
        getattr(photo, "twin_id", None),
        tuple(photo.reviews.all()),
    )


def person_photo_cards(person: Person) -> list[PhotoCard]:
    """All photos of ``person``, the newest first."""
    photos = _with_twin(EnrollmentPhoto.objects.filter(person=person)).order_by("-created_at")
    return [photo_card(photo) for photo in photos]


def review_cards() -> list[PhotoCard]:
    """Photos that a check has stopped, the longest waiting first."""
    photos = _with_twin(EnrollmentPhoto.objects.filter(status=PhotoStatus.REVIEW)).order_by("created_at")
    return [photo_card(photo) for photo in photos]


def with_photo_counts(people: QuerySet[Person]) -> QuerySet[Person]:
    """Adds ``photos_accepted``, ``photos_review``, ``photos_rejected`` and ``photos_open``."""

    def of(*statuses: PhotoStatus) -> Count:
        return Count("photos", filter=Q(photos__status__in=statuses))

    return people.annotate(
        photos_accepted=of(PhotoStatus.ACCEPTED),
        photos_review=of(PhotoStatus.REVIEW),
        photos_rejected=of(PhotoStatus.REJECTED),
        photos_open=of(*OPEN_STATUSES),
    )


def people_without_usable_photo() -> QuerySet[Person]:
    """Active people whom no kiosk can recognise yet."""
    usable = EnrollmentPhoto.objects.filter(status=PhotoStatus.ACCEPTED, person__in=people_with_consent())
    return Person.objects.filter(active=True).exclude(pk__in=usable.values("person_id"))


def people_with_photos_to_review() -> QuerySet[Person]:
    waiting = EnrollmentPhoto.objects.filter(status=PhotoStatus.REVIEW)
    return Person.objects.filter(pk__in=waiting.values("person_id"))


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """Where a run stands. ``problems``: files that were refused and photos that were not accepted."""

    run: ImportRun
    accepted: int
    open: int
    problems: tuple[dict[str, object], ...]

    @property
    def live(self) -> bool:
        """Whether something may still change without anybody's doing."""
        return self.run.status in (ImportStatus.QUEUED, ImportStatus.RUNNING) or self.open > 0

    @property
    def checked(self) -> int:
        """Photos that have come to their end, refused files included."""
        return self.run.done - self.open


def import_progress(run: ImportRun) -> ImportProgress:
    counts = dict(run.photos.order_by().values_list("status").annotate(Count("pk")))
    problems = [{**error} for error in run.errors]
    failed = run.photos.filter(status__in=(PhotoStatus.REJECTED, PhotoStatus.REVIEW))
    for photo in failed.select_related("person").order_by("person__name", "original_name"):
        problems.append(
            {
                "file": photo.original_name,
                "person": photo.person,
                "message": " ".join(reason(code) for code in photo.codes),
                "review": photo.status == PhotoStatus.REVIEW,
            }
        )
    waiting = sum(counts.get(status, 0) for status in OPEN_STATUSES)
    return ImportProgress(run, counts.get(PhotoStatus.ACCEPTED, 0), waiting, tuple(problems))
