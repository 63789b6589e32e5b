"""What people consent to, word for word, and who did, how, until when."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn, TypeVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.core.errors import Conflict
from faceroster.core.models import AppendOnly, PublicModel
from faceroster.people.models import Person

_Row = TypeVar("_Row", bound=models.Model)


class ConsentText(PublicModel, AppendOnly):
    """A text that people sign, as it was published. The next version is another row.

    Each language has versions of its own. ``digest``: SHA-256 over all that is signed; see :meth:`digest_of`.
    """

    refusal = "consent.text_published", "A published consent text is never {}. Publish a new version instead."

    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    version = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=200)
    purpose = models.CharField(
        _("purpose"), max_length=500, help_text=_("What faces are used for, in one sentence.")
    )
    body = models.TextField(_("text"), max_length=20_000, help_text=_("An empty line begins a paragraph."))
    term_days = models.PositiveIntegerField(
        _("term in days"), help_text=_("So long a signature is good; then the person is asked again.")
    )
    digest = models.CharField(_("SHA-256"), max_length=64, editable=False)

    class Meta:
        ordering = ["language", "-version"]
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        constraints = [
            models.UniqueConstraint(fields=["language", "version"], name="consent_text_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.digest = self.digest_of()
        super().save(*args, **kwargs)

    def digest_of(self) -> str:
        """SHA-256, in hex, of the fields below as JSON with sorted names and no spaces, in UTF-8."""
        fields = ("language", "version", "title", "purpose", "body", "term_days")
        told = {name: getattr(self, name) for name in fields}
        data = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(data.encode()).hexdigest()

    @property
    def label(self) -> str:
        """A short name that staff write into tables: ``2-de``."""
        return f"{self.version}-{self.language}"

    @property
    def paragraphs(self) -> list[str]:
        parts = (" ".join(part.split()) for part in self.body.replace("\r\n", "\n").split("\n\n"))
        return [part for part in parts if part]

    @property
    def rtl(self) -> bool:
        return self.language == "ar"


class How(models.TextChoices):
    """How a consent was given."""

    SCREEN = "screen", _("Signed on the screen")
    PAPER = "paper", _("Signed on paper")
    BEFORE = "before", _("Before consents were kept")


class Ending(models.TextChoices):
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    REPLACED = "replaced", _("Signed anew")


class _KeptQuerySet(models.QuerySet[_Row]):
    def delete(self) -> NoReturn:
        raise _kept()


def _kept() -> Conflict:
    return Conflict("consent.kept", str(_("Consents are kept. They go with the person who gave them.")))


class Consent(PublicModel):
    """A person's consent to one text. It is kept after its end, and goes when the person is erased.

    ``text`` is missing only where there were photos before consents were kept. ``pictured``: the drawn
    signature, or the scanned paper, lies sealed under the person's key.
    """

    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="consents"
    )
    text = models.ForeignKey(
        ConsentText, verbose_name=_("text"), null=True, on_delete=models.PROTECT, related_name="consents"
    )
    how = models.CharField(_("how"), max_length=10, choices=How.choices)
    signed_name = models.CharField(_("signed as"), max_length=150, blank=True)
    signed_at = models.DateTimeField(_("signed at"))
    expires_at = models.DateTimeField(_("expires at"), null=True, db_index=True)
    pictured = models.BooleanField(_("with a picture"), default=False)
    witness = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("witness"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ending = models.CharField(_("ending"), max_length=10, choices=Ending.choices, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("ended by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = _KeptQuerySet.as_manager()

    class Meta:
        ordering = ["-signed_at", "-created_at"]
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(ended_at__isnull=True), name="consent_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_how_display()}, {self.signed_at:%Y-%m-%d}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise _kept()

    @property
    def withdrawn(self) -> bool:
        return self.ending == Ending.WITHDRAWN
