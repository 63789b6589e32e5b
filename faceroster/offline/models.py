"""What kiosks took while the server was away: the queues they keep, and each entry with what became of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.attendance.models import Punch
from faceroster.core.models import PublicModel
from faceroster.kiosks.models import Kiosk
from faceroster.people.models import Person, Site


class Kind(models.TextChoices):
    """How somebody said who they are. ``unreadable``: the device itself could not open the entry."""

    PIN = "pin", _("PIN")
    BADGE = "badge", _("Badge")
    FACE = "face", _("Face")
    UNREADABLE = "unreadable", _("Unreadable")


class Status(models.TextChoices):
    """How far an entry is. All but ``waiting`` and ``held`` are final."""

    WAITING = "waiting", _("Not judged yet")
    PUNCHED = "punched", _("Recorded")
    REPEATED = "repeated", _("Repeats another punch")
    HELD = "held", _("Waits for a decision")
    REFUSED = "refused", _("Not recorded")
    FAILED = "failed", _("Could not be judged")


class Flag(models.TextChoices):
    """What is strange about an entry."""

    GAP = "gap", _("Entries before it are missing")
    TAMPERED = "tampered", _("Changed since it was taken")
    CLOCK_SKEW = "clock_skew", _("The clock was wrong")
    DUPLICATE = "duplicate", _("Sent more than once")
    TOO_OLD = "too_old", _("Too old")
    RESTARTED = "restarted", _("The device's queue began anew")
    CLOSED = "closed", _("In a closed period")
    ON_TRUST = "on_trust", _("One picture, no challenge")


#: Somebody should look at an entry with any of these, even if its punch is recorded.
SERIOUS = frozenset({Flag.GAP, Flag.TAMPERED, Flag.CLOCK_SKEW, Flag.RESTARTED, Flag.ON_TRUST})


class OfflineQueue(PublicModel):
    """One chain of entries on one device. Its row is locked while entries are added to it.

    ``chain``: by which the device knows it. ``last_digest``: of the entry ``last_counter``, in hex; empty
    when that is not known.
    """

    kiosk = models.ForeignKey(Kiosk, on_delete=models.PROTECT, related_name="offline_queues")
    chain = models.UUIDField()
    last_counter = models.PositiveBigIntegerField(default=0)
    last_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["kiosk", "chain"], name="offline_queue_once_per_kiosk")
        ]

    def __str__(self) -> str:
        return f"{self.kiosk} {self.chain}"


class OfflineEntry(PublicModel):
    """One punch that a kiosk took without the server.

    ``key``: made by the device; one key is stored once. ``at``: when it was, by the device's clock put
    right; ``device_at`` what that clock showed, ``known_at`` the server's time when the device last heard
    it, ``elapsed_ms`` how much later the entry was taken by a clock that nobody can set (None after the
    page was loaded anew), ``skew_seconds`` how far the device's clock was behind. ``sealed``: number and
    PIN, or the picture, until it is judged. ``flags``: values of :class:`Flag`. ``code``: why it is not
    recorded. ``attention``: somebody should look at it; ``told_at`` when those who decide were told so,
    ``resolved_at`` when somebody did.
    """

    queue = models.ForeignKey(OfflineQueue, on_delete=models.PROTECT, related_name="entries")
    kiosk = models.ForeignKey(
        Kiosk, verbose_name=_("kiosk"), on_delete=models.PROTECT, related_name="offline_entries"
    )
    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"))
    counter = models.PositiveBigIntegerField(_("counter"))
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    at = models.DateTimeField(_("at"), db_index=True)
    device_at = models.DateTimeField(_("device's time"))
    known_at = models.DateTimeField(_("server last heard at"), null=True)
    elapsed_ms = models.PositiveBigIntegerField(_("milliseconds since"), null=True)
    skew_seconds = models.FloatField(_("clock behind by seconds"), default=0.0)
    missing = models.PositiveBigIntegerField(_("entries missing before it"), default=0)
    sends = models.PositiveIntegerField(_("times sent"), default=1)
    sealed = models.BinaryField(null=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.WAITING)
    flags = models.JSONField(_("flags"), default=list)
    code = models.CharField(_("reason"), max_length=60, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(_("judged at"), null=True)
    person = models.ForeignKey(
        Person, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    punch = models.ForeignKey(
        Punch, verbose_name=_("punch"), null=True, on_delete=models.PROTECT, related_name="offline_entries"
    )
    attention = models.BooleanField(_("needs attention"), default=False)
    told_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(_("settled at"), null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("settled by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField(_("why settled"), max_length=300, blank=True)

    class Meta:
        ordering = ["-at"]
        verbose_name = _("offline entry")
        verbose_name_plural = _("offline entries")
        constraints = [
            models.UniqueConstraint(fields=["kiosk", "key"], name="offline_entry_once_per_kiosk"),
            models.CheckConstraint(
                condition=models.Q(resolved_at__isnull=True) | ~models.Q(reason=""),
                name="offline_entry_settled_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "created_at"]),
            models.Index(fields=["queue", "counter"]),
            models.Index(fields=["attention", "resolved_at", "at"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def open(self) -> bool:
        """Whether somebody should look at it, and nobody has yet."""
        return self.attention and self.resolved_at is None
