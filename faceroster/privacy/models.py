"""Erasures: who asked for one, who approved it, what it removed; and what recognises an erased person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.people.models import Person
from faceroster.privacy.retention.models import RetentionRun as RetentionRun


class ErasureStatus(models.TextChoices):
    """How far it is. In ``erased`` the database is done, and files and caches are not known to be."""

    WAITING = "waiting", _("Waiting for a second person")
    REFUSED = "refused", _("Refused")
    ERASED = "erased", _("Erased; files and caches are being cleared")
    DONE = "done", _("Done")


class Cause(models.TextChoices):
    REQUEST = "request", _("Asked for, and approved by a second person")
    COMMAND = "command", _("Command line")
    CONSENT = "consent", _("The consent ended")
    RETENTION = "retention", _("The time to keep was over")
    REPLAY = "replay", _("Erased before, and come back with a backup")


class Erasure(PublicModel):
    """One erasure, from the request on. Once it is carried out it names nobody.

    ``person`` goes then, and so does ``reason``. ``pending``: ids of files and cache entries that are still
    to be cleared, no names. ``receipt``: signed; see ``receipts``.
    """

    person = models.ForeignKey(
        Person, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="erasures"
    )
    label = models.CharField(_("afterwards called"), max_length=40)
    everything = models.BooleanField(
        _("punches and workdays too"),
        default=False,
        help_text=_("By default these stay, without a name, until the time to keep attendance is over."),
    )
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices, default=Cause.REQUEST)
    status = models.CharField(
        _("status"), max_length=10, choices=ErasureStatus.choices, default=ErasureStatus.WAITING
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked for by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    erased_at = models.DateTimeField(_("erased at"), null=True)
    pending = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    receipt = models.JSONField(_("receipt"), default=dict)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        permissions = [
            ("approve_erasure", "Can approve an erasure that somebody else asked for"),
            ("subject_access", "Can hand out all that is stored about a person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(status="waiting"), name="erasure_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.label


class Tombstone(models.Model):
    """Recognises an erased person in an old backup, and says nothing else.

    ``person_hash`` and ``key_hash``: SHA-256 of the random ids of the person and of their key. Nobody can
    guess these 122 bits; whoever has the old backup finds the row.
    """

    person_hash = models.CharField(max_length=64, unique=True)
    key_hash = models.CharField(max_length=64, blank=True)
    everything = models.BooleanField()
    label = models.CharField(max_length=40)
    erased_at = models.DateTimeField()

    class Meta:
        ordering = ["erased_at"]

    def __str__(self) -> str:
        return self.label


class Kind(models.TextChoices):
    """What has a time to be kept."""

    CROPS = "crops", _("Faces of recognitions at a kiosk")
    NOT_ME = "not_me", _("Faces after “that’s not me”")
    DECISIONS = "decisions", _("Recognitions that made no punch")
    REFUSED = "refused", _("Photos that the checks refused")
    LEFT_PHOTOS = "left_photos", _("Faces of people who have left")
    LEFT_PEOPLE = "left_people", _("People who have left")
    ATTENDANCE = "attendance", _("Punches and workdays of erased people")
    OFFLINE = "offline", _("Offline entries that are settled")
    UNDECIDED = "undecided", _("Offline entries that nobody has decided about")
    SIGN_INS = "sign_ins", _("Sign-in attempts and sessions")
    NOTICES = "notices", _("Notices and their mails")
    IMPORTS = "imports", _("Reports of imports")


class Retention(models.Model):
    """How many days one kind is kept, where it is not the default. See ``retention.rules``."""

    kind = models.CharField(_("what"), max_length=12, choices=Kind.choices, primary_key=True)
    days = models.PositiveIntegerField(_("days"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("retention")
        verbose_name_plural = _("retention")

    def __str__(self) -> str:
        return self.kind


class Farewell(models.Model):
    """A whole person is to be erased at ``due_at``: told before, so that nothing goes by surprise.

    The row goes when the reason does (they came back, a new consent was signed) or when they are erased.
    """

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="farewell")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    announced_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["due_at"]

    def __str__(self) -> str:
        return f"{self.cause} {self.due_at:%Y-%m-%d}"
