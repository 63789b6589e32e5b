"""Classifiers of a site's people, and which of them a site is switched to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from faceroster.core.models import AppendOnly, PublicModel
from faceroster.enrollment.models import EnrollmentPhoto
from faceroster.people.models import Site
from faceroster.trust.models import SubjectKey


class Status(models.TextChoices):
    QUEUED = "queued", gettext_lazy("Waiting for a worker")
    TRAINING = "training", gettext_lazy("Training")
    READY = "ready", gettext_lazy("Ready")
    FAILED = "failed", gettext_lazy("Failed")
    STOPPED = "stopped", gettext_lazy("Stopped")
    RETIRED = "retired", gettext_lazy("Retired")


#: Statuses in which a worker still has to do with it.
OPEN = (Status.QUEUED, Status.TRAINING)


class Stage(models.TextChoices):
    """What a training is at. Those in the middle are the face library's own words."""

    PHOTOS = "photos", gettext_lazy("Opening photos")
    FEATURES = "features", gettext_lazy("Looking at photos and changed copies of them")
    CHOOSING = "choosing", gettext_lazy("Finding out how long to train, on photos held out")
    TRAINING = "training", gettext_lazy("Training on all photos")
    STRANGERS = "strangers", gettext_lazy("Showing it people it does not know")


class Classifier(PublicModel):
    """One training, and what came of it. The classifier itself lies sealed in the file store.

    ``photos``: what it learns, or has learned, from; empty again once it is of no use any more, as its file
    and its ``key`` are gone then. Figures of ``accuracy`` are of photos held out of a first training, which
    also chose its length; ``strangers`` are photos of enrolled people it does not know.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="classifiers")
    number = models.PositiveIntegerField(help_text="Counts a site's classifiers.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED, db_index=True)
    model = models.CharField(max_length=60, help_text="name@version of the face network before it")
    photos = models.ManyToManyField(EnrollmentPhoto, related_name="classifiers")
    key = models.OneToOneField(SubjectKey, null=True, on_delete=models.PROTECT, related_name="classifier")

    people_count = models.PositiveIntegerField("people", default=0)
    photo_count = models.PositiveIntegerField("photos learned from", default=0)
    unreadable = models.PositiveIntegerField(default=0, help_text="Photos that were left out.")
    held_out = models.PositiveIntegerField(default=0)
    accuracy = models.FloatField(null=True)
    strangers = models.PositiveIntegerField(default=0)
    strangers_named = models.PositiveIntegerField(default=0)
    threshold = models.FloatField(help_text="The least probability of a person whom it proposes.")

    stage = models.CharField(max_length=10, choices=Stage.choices, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    queued_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=60, blank=True)
    why = models.CharField("because", max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="classifier_number_once_per_site")
        ]

    def __str__(self) -> str:
        return _("%(site)s no. %(number)s") % {"site": self.site.name, "number": self.number}

    @property
    def accuracy_told(self) -> str:
        if self.accuracy is None:
            return _("not measured: nobody had a photo to spare")
        return ngettext("%(share)s of %(count)d photo", "%(share)s of %(count)d photos", self.held_out) % {
            "share": f"{self.accuracy:.0%}",
            "count": self.held_out,
        }

    @property
    def strangers_told(self) -> str:
        if not self.strangers:
            return _("not measured: nobody else is enrolled")
        return _("%(some)d of %(all)d") % {"some": self.strangers_named, "all": self.strangers}


class ClassifierSwitch(AppendOnly):
    """A site was switched to a classifier, or back to the gallery alone (None). The last row holds.

    ``by``: None where it happened by itself, and ``why`` says for which reason.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="classifier_switches")
    classifier = models.ForeignKey(Classifier, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    refusal = "classifier.append_only", "What was switched is never {}. Switch again instead."

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "classifier switches"

    def __str__(self) -> str:
        return f"{self.classifier or 'the gallery alone'} at {self.at:%Y-%m-%d %H:%M} UTC"
