"""Who may do what (users, tokens), and the keys that seal what belongs to one person."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel


class Role(models.TextChoices):
    """What a user is here for. Rights follow from the role alone."""

    ADMINISTRATOR = "administrator", _("Administrator: settings, users, kiosks and everything below")
    STAFF = "staff", _("Staff: enroll people and see everyone's attendance")
    MANAGER = "manager", _("Manager: see the attendance of their own departments")
    PERSON = "person", _("Person: see their own attendance, and ask for leave and corrections")


class User(AbstractUser):
    """Someone who signs in. People who are recognised at a kiosk need no user."""

    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.MANAGER)
    language = models.CharField(
        _("language"),
        max_length=7,
        blank=True,
        choices=settings.LANGUAGES,
        help_text=_("Of pages and mails. Empty: as the browser has it."),
    )

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Who gets into the admin follows from the role; what they may do there says trust.rights.
        self.is_staff = self.sees_everyone
        fields = kwargs.get("update_fields")
        if fields is not None and {"role", "is_superuser"} & set(fields):
            kwargs["update_fields"] = {*fields, "is_staff"}
        super().save(*args, **kwargs)

    @property
    def sees_everyone(self) -> bool:
        return self.is_superuser or self.role in (Role.ADMINISTRATOR, Role.STAFF)


class Scope(models.TextChoices):
    """What an API token may do. A token never does more than its user may."""

    PEOPLE_READ = "people:read", _("Read people and departments")
    PEOPLE_WRITE = "people:write", _("Add and change people")
    PHOTOS_WRITE = "photos:write", _("Add and delete enrollment photos")
    FACES_VERIFY = "faces:verify", _("Compare a picture with one person (1:1)")
    FACES_IDENTIFY = "faces:identify", _("Look a picture up among everyone (1:N)")
    PUNCHES_READ = "punches:read", _("Read punches")
    PUNCHES_WRITE = "punches:write", _("Record punches")
    KIOSKS_READ = "kiosks:read", _("Read kiosks")
    KIOSKS_WRITE = "kiosks:write", _("Pair and revoke kiosks")
    EMOTIONS_READ = "emotions:read", _("Read the setting and the counts of emotion tagging")
    EMOTIONS_WRITE = "emotions:write", _("Switch emotion tagging of a site on or off")


class ApiToken(PublicModel):
    """A program's key. Only a digest is stored: the token itself is shown once, when it is made."""

    PREFIX: ClassVar[str] = "frt_"
    #: The token itself, on the one object in memory that it was made with. Never stored.
    issued: str = ""

    user = models.ForeignKey(
        User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(
        _("name"), max_length=100, help_text=_("What uses it, so that you know it again.")
    )
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def generate(cls) -> tuple[str, str]:
        """Return a new token and its digest. 256 random bits need no slow hash."""
        token = cls.PREFIX + secrets.token_urlsafe(32)
        return token, cls.digest_of(token)

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


class SubjectKey(PublicModel):
    """The key that seals one person's biometrics, itself wrapped by the root key.

    Destroying it (``wrapped`` emptied) makes every photo and embedding of that person unreadable,
    in backups of the files too.
    """

    wrapped = models.BinaryField()
    root_key_id = models.CharField(max_length=16)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class PurposeKey(models.Model):
    """The key of one purpose (:mod:`purposes`), itself wrapped by the root key.

    ``derived_from``: the root key that it was derived from by a version that stored none. Whoever has that
    root key can compute it; those made since are random.
    """

    purpose = models.CharField(max_length=40, primary_key=True)
    wrapped = models.BinaryField()
    root_key_id = models.CharField(max_length=16)
    derived_from = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.purpose


# At the end, for they are about users.
from faceroster.trust.second_step_models import (  # noqa: E402
    ExternalAccount as ExternalAccount,
)
from faceroster.trust.second_step_models import (  # noqa: E402
    RecoveryCode as RecoveryCode,
)
from faceroster.trust.second_step_models import (  # noqa: E402
    SecondStep as SecondStep,
)
from faceroster.trust.second_step_models import (  # noqa: E402
    SecondStepDue as SecondStepDue,
)
