"""The rows of the audit log. How they hang together: ``docs/audit.md`` and ADR 23."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.audit.actions import Action
from faceroster.core.models import AppendOnly


class ActorKind(models.TextChoices):
    """What somebody or something acted as."""

    USER = "user", _("user")
    TOKEN = "token", _("API token")
    KIOSK = "kiosk", _("kiosk")
    NOBODY = "nobody", _("not signed in")
    SYSTEM = "system", _("system")


class Key(models.Model):
    """The key of the chain, wrapped by the root key; wrapped anew when the root key changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    wrapped = models.BinaryField()
    root_key_id = models.CharField(max_length=16)

    def __str__(self) -> str:
        return str(self.id)


class Entry(AppendOnly):
    """One thing that was done. Names stand here as they were then, so that deleted ones stay readable.

    ``seal`` is an HMAC of everything but the texts about people, which ``told`` is an HMAC of: these texts
    can be blanked when a person is erased, and everything else still fits. There are no foreign keys:
    nothing that is deleted elsewhere takes an entry along.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(_("time"), db_index=True)
    action = models.CharField(_("what"), max_length=40, choices=Action.choices)
    actor_kind = models.CharField(_("kind of actor"), max_length=10, choices=ActorKind.choices)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(_("who"), max_length=200, blank=True)
    #: app_label.model of what it was done to, and its key.
    subject_kind = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    subject_name = models.CharField(_("to whom or what"), max_length=200, blank=True)
    #: Whom and where it concerns: by these it is searched, and staff may read it.
    person_id = models.UUIDField(null=True, blank=True)
    department_id = models.UUIDField(null=True, blank=True)
    site_id = models.UUIDField(null=True, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    address = models.CharField(_("address"), max_length=45, blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    salt = models.CharField(max_length=32, blank=True)
    told = models.CharField(max_length=64)
    key_id = models.UUIDField()
    seal = models.CharField(max_length=64)

    refusal = "audit.append_only", "An entry of the audit log is never {}."

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["person_id", "at"], name="audit_person"),
            models.Index(fields=["actor_id", "at"], name="audit_actor"),
            models.Index(fields=["action", "at"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action}"


class Link(AppendOnly):
    """An entry's place in the chain. Numbers have no gap; each hash covers the one before."""

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="link")
    previous = models.CharField(max_length=64)
    key_id = models.UUIDField()
    hash = models.CharField(_("hash"), max_length=64)

    refusal = "audit.append_only", "A link of the audit log is never {}."

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:12]}"


class Waiting(models.Model):
    """An entry that is stored and has no place in the chain yet: for some milliseconds, until it gets one."""

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True, related_name="waiting")

    def __str__(self) -> str:
        return str(self.pk)


class Head(models.Model):
    """The one row that says how long the chain is and what its last hash is. Who extends it locks it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
    key_id = models.UUIDField(null=True)
    seal = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:12]}"
