"""Why a kiosk recognised someone or did not, and where it was wrong."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from faceroster.core.models import PublicModel
from faceroster.kiosks.models.kiosks import Kiosk
from faceroster.people.models import Person, Site


class Outcome(models.TextChoices):
    ACCEPTED = "accepted", gettext_lazy("Recognised")
    AMBIGUOUS = "ambiguous", gettext_lazy("Too close to call")
    UNKNOWN = "unknown", gettext_lazy("Unknown")
    NOT_LIVE = "not_live", gettext_lazy("Not shown to be live")


class Decision(PublicModel):
    """One answer of the engine to one visit at a kiosk, with all that is needed to explain it."""

    kiosk = models.ForeignKey(
        Kiosk,
        verbose_name=gettext_lazy("kiosk"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="decisions",
    )
    site = models.ForeignKey(
        Site, verbose_name=gettext_lazy("site"), on_delete=models.PROTECT, related_name="decisions"
    )
    outcome = models.CharField(gettext_lazy("outcome"), max_length=10, choices=Outcome.choices, db_index=True)
    person = models.ForeignKey(
        Person,
        verbose_name=gettext_lazy("person"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="decisions",
    )
    score = models.FloatField(gettext_lazy("score"), null=True)
    threshold = models.FloatField(gettext_lazy("threshold"))
    margin = models.FloatField(gettext_lazy("margin"))
    score_kind = models.CharField(
        gettext_lazy("score kind"),
        max_length=10,
        default="mean",
        help_text=gettext_lazy("The unit of score, threshold and margin"),
    )
    candidates = models.JSONField(
        gettext_lazy("candidates"),
        default=list,
        help_text=gettext_lazy("Best people first: person id and score."),
    )
    quality = models.FloatField(gettext_lazy("quality"), null=True)
    codes = models.JSONField(gettext_lazy("codes"), default=list)
    box = models.JSONField(
        gettext_lazy("box"), default=list, help_text=gettext_lazy("x, y, width, height in the frame")
    )
    frame_size = models.JSONField(
        gettext_lazy("frame size"), default=list, help_text=gettext_lazy("Width and height of the frame")
    )
    model = models.CharField(gettext_lazy("model"), max_length=60)
    gallery_version = models.BigIntegerField(gettext_lazy("gallery version"))
    classified = models.JSONField(
        gettext_lazy("classified"),
        default=dict,
        help_text=gettext_lazy("What the site's classifier said; empty at a site without one"),
    )
    liveness = models.JSONField(
        gettext_lazy("liveness"),
        default=dict,
        help_text=gettext_lazy(
            "Policy, verdict, score, cues and challenge; empty where it was not asked for"
        ),
    )
    #: What else the outcome rests on, as the votes of its frames, for replays: no id, no vector.
    trace = models.JSONField(default=dict, editable=False)
    latency_ms = models.JSONField(
        gettext_lazy("latency ms"), default=dict, help_text=gettext_lazy("Milliseconds by stage")
    )
    frames = models.PositiveIntegerField(
        gettext_lazy("frames"), default=1, help_text=gettext_lazy("Frames of the visit that agree")
    )
    last_frame_at = models.DateTimeField(gettext_lazy("last frame at"), default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = gettext_lazy("decision")
        verbose_name_plural = gettext_lazy("decisions")
        indexes = [models.Index(fields=["kiosk", "outcome", "last_frame_at"])]

    def __str__(self) -> str:
        return f"{self.outcome} {self.created_at:%Y-%m-%d %H:%M:%S}"


class FalseAccept(PublicModel):
    """Somebody said "that's not me" of a recognition. From then on this face needs a PIN to be that person.

    ``sealed``: the rotated embeddings of the visit, float32 (N, D), under the key of ``person``.
    """

    decision = models.OneToOneField(
        Decision,
        verbose_name=gettext_lazy("decision"),
        on_delete=models.CASCADE,
        related_name="false_accept",
    )
    person = models.ForeignKey(
        Person,
        verbose_name=gettext_lazy("person"),
        on_delete=models.CASCADE,
        related_name="false_accepts",
        help_text=gettext_lazy("Who it was taken for."),
    )
    model = models.CharField(gettext_lazy("model"), max_length=60)
    sealed = models.BinaryField(gettext_lazy("sealed"))

    class Meta:
        ordering = ["-created_at"]
        verbose_name = gettext_lazy("false accept")
        verbose_name_plural = gettext_lazy("false accepts")
        indexes = [models.Index(fields=["person", "model"])]

    def __str__(self) -> str:
        return f"not {self.person_id}"
