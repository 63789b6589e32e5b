"""PINs and badges: the ways in without a face."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.people.models import Person


class Pin(PublicModel):
    """A person's secret number. Only a slow hash of it is stored, so nobody can look it up again."""

    person = models.OneToOneField(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="pin"
    )
    secret = models.CharField(_("secret"), max_length=128, editable=False)
    set_at = models.DateTimeField(_("set at"))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("set by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("PIN")
        verbose_name_plural = _("PINs")

    def __str__(self) -> str:
        return f"PIN of {self.person_id}"


class Badge(PublicModel):
    """A card with a QR code. Its 144 random bits are on the card; here is only their SHA-256."""

    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="badges"
    )
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("issued by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("revoked by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("badge")
        verbose_name_plural = _("badges")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(revoked_at__isnull=True), name="badge_one_valid_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"badge of {self.person_id}"


class Tries(models.Model):
    """When somebody guessed wrong of late. In the database, so that a restart forgives nobody.

    ``subject``: a digest of whom or what it is about; of a number that nobody has, too. ``wrong``: seconds
    since 1970, oldest first.
    """

    subject = models.CharField(max_length=64, unique=True)
    wrong = models.JSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        verbose_name = _("wrong tries")
        verbose_name_plural = _("wrong tries")

    def __str__(self) -> str:
        return self.subject
