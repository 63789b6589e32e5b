"""Enrollment photos, the templates made from them, and the log that every search index follows."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.people.models import Person


class PhotoStatus(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    PROCESSING = "processing", _("Being checked")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    REVIEW = "review", _("Needs review")


#: Statuses that a worker still has to do with.
OPEN_STATUSES = (PhotoStatus.QUEUED, PhotoStatus.PROCESSING)


class PhotoSource(models.TextChoices):
    UPLOAD = "upload", _("Upload")
    WEBCAM = "webcam", _("Webcam")
    IMPORT = "import", _("Import")
    API = "api", _("API")
    DEMO = "demo", _("Demo roster")


class ImportStatus(models.TextChoices):
    CHECKED = "checked", _("Waiting for your go-ahead")
    QUEUED = "queued", _("Waiting for a worker")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class ImportRun(PublicModel):
    """One table of people, with or without their photos, on its way onto the roster.

    What was uploaded lies sealed in the file store until the run has ended.
    """

    status = models.CharField(
        max_length=10, choices=ImportStatus.choices, default=ImportStatus.CHECKED, db_index=True
    )
    table_name = models.CharField(max_length=255)
    archive_name = models.CharField(max_length=255, blank=True)
    create_departments = models.BooleanField(default=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    people_total = models.PositiveIntegerField(default=0)
    people_added = models.PositiveIntegerField(default=0)
    people_changed = models.PositiveIntegerField(default=0)
    people_applied_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0, help_text="Photos to add.")
    done = models.PositiveIntegerField(default=0, help_text="Photos that were added or refused.")
    errors = models.JSONField(default=list, help_text="What was wrong: file or row, code and sentence.")
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.table_name


class EnrollmentPhoto(PublicModel):
    """One photo of one person on its way into the gallery. The picture lies sealed in the file store."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="photos")
    status = models.CharField(
        max_length=12, choices=PhotoStatus.choices, default=PhotoStatus.QUEUED, db_index=True
    )
    source = models.CharField(max_length=10, choices=PhotoSource.choices, default=PhotoSource.UPLOAD)
    original_name = models.CharField(max_length=255, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    digest = models.CharField(
        max_length=64, db_index=True, help_text="Keyed hash of the picture: finds the same file again."
    )
    codes = models.JSONField(default=list, help_text="Reason codes, the worst first.")
    quality = models.FloatField(null=True, blank=True)
    measures = models.JSONField(default=dict)
    similar_person = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who else this face looks like, when it needs review.",
    )
    similar_photo = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Which of that person's photos this is a copy of, when it is one.",
    )
    similarity = models.FloatField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(
        default=timezone.now, help_text="When it was last handed to the workers."
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    import_run = models.ForeignKey(
        ImportRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="photos"
    )
    fingerprint = models.BinaryField(
        null=True, help_text="Sealed: finds copies of an accepted photo. Photos of older versions have none."
    )

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["person", "digest"], name="photo_once_per_person"),
        ]
        permissions = [("override_review", "Can use a photo that the checks have stopped")]

    def __str__(self) -> str:
        return self.original_name or str(self.id)


class ReviewDecision(models.TextChoices):
    KEPT = "kept", _("Kept")
    REFUSED = "refused", _("Refused")


class PhotoReview(PublicModel):
    """What somebody decided about a photo that the checks had stopped. Written once, never changed.

    It outlives the photo, but not the person: whoever is erased leaves nothing here.
    """

    photo = models.ForeignKey(EnrollmentPhoto, null=True, on_delete=models.SET_NULL, related_name="reviews")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="photo_reviews")
    other_person = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Whom the face looked like."
    )
    other_photo = models.ForeignKey(
        EnrollmentPhoto,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Which of their photos it was a copy of.",
    )
    codes = models.JSONField(default=list, help_text="Why the photo had been stopped.")
    similarity = models.FloatField(null=True)
    decision = models.CharField(max_length=8, choices=ReviewDecision.choices)
    reason = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.get_decision_display()}: {self.reason}"


class Template(models.Model):
    """A sealed embedding: one for each photo and model. Its integer key is also its id in every index."""

    photo = models.ForeignKey(EnrollmentPhoto, on_delete=models.CASCADE, related_name="templates")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="templates")
    model = models.CharField(max_length=60, help_text="name@version of the embedder")
    sealed = models.BinaryField(help_text="float32 little-endian, under the person's key")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["model"])]
        constraints = [models.UniqueConstraint(fields=["photo", "model"], name="template_once_per_model")]

    def __str__(self) -> str:
        return f"template {self.pk}"


class FaceModel(models.Model):
    """An embedder that this database has, or had, templates of.

    ``fingerprint`` covers all that its numbers depend on (weights, preprocessing): a card that was
    changed without a new version is found by it. Empty for what was stored before it was kept.
    ``stopped``: what is wrong with its files, so that no photo is embedded with it; empty again as soon as
    somebody switches to it.
    """

    key = models.CharField(_("model"), max_length=60, unique=True, help_text=_("name@version"))
    setting = models.CharField(
        _("setting"), max_length=500, help_text=_("How it is loaded: a built-in name, or onnx:PATH.")
    )
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True)
    dimension = models.PositiveIntegerField(_("dimension"))
    licence = models.CharField(_("licence"), max_length=500)
    source = models.CharField(_("source"), max_length=500)
    stopped = models.TextField(_("stopped because"), blank=True, default="")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["key"]
        verbose_name = _("face model")
        verbose_name_plural = _("face models")

    def __str__(self) -> str:
        return self.key


class Reembedding(models.Model):
    """An accepted photo that a model is to have a template of. The row goes when it has."""

    photo = models.ForeignKey(EnrollmentPhoto, on_delete=models.CASCADE, related_name="reembeddings")
    model = models.ForeignKey(FaceModel, on_delete=models.CASCADE, related_name="reembeddings")
    code = models.CharField("reason", max_length=60, blank=True, help_text="Why it failed; empty until then.")
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = "photo to embed anew"
        verbose_name_plural = "photos to embed anew"
        constraints = [models.UniqueConstraint(fields=["photo", "model"], name="reembedding_once_per_model")]

    def __str__(self) -> str:
        return f"{self.photo} for {self.model}"


class ChangeAction(models.TextChoices):
    ADD = "add", _("Add")
    REMOVE = "remove", _("Remove")


class GalleryState(models.Model):
    """One row: the number of the newest change. Locking it puts changes in the order of their commits.

    ``epoch`` names this log: a database that was emptied or made anew starts another one, and whoever
    followed the old one builds from nothing. ``active``: the model that faces are searched with; none
    before the first photo is accepted. ``filling``: the one that is to follow it once it has templates
    of all photos but ``allow_missing``.
    """

    version = models.BigIntegerField(default=0)
    epoch = models.UUIDField(default=uuid.uuid4)
    active = models.ForeignKey(FaceModel, null=True, on_delete=models.PROTECT, related_name="+")
    filling = models.ForeignKey(FaceModel, null=True, on_delete=models.PROTECT, related_name="+")
    allow_missing = models.PositiveIntegerField(default=0)
    reembed_at = models.DateTimeField(null=True, help_text="When work on photos to embed anew was last sent.")

    def __str__(self) -> str:
        return f"gallery at {self.version}"


class GalleryChange(models.Model):
    """The change log. A process that searches applies it up to the newest number before it answers."""

    version = models.BigIntegerField(primary_key=True)
    action = models.CharField(max_length=6, choices=ChangeAction.choices)
    template_id = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.version}: {self.action} {self.template_id}"
