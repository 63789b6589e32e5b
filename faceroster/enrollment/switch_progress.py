"""How far a model is with the photos, for the command line and the admin."""

from __future__ import annotations

from dataclasses import dataclass

from faceroster.enrollment.models import FaceModel, GalleryState, PhotoStatus, Reembedding, Template


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a model is with the accepted photos. ``total`` = done + waiting + failed.

    ``stopped``: why nothing goes on until somebody switches again, as :attr:`FaceModel.stopped`.
    """

    model: FaceModel
    done: int
    waiting: int
    failed: int
    allow_missing: int
    stopped: str

    @property
    def total(self) -> int:
        return self.done + self.waiting + self.failed

    @property
    def blocked(self) -> bool:
        """Whether it has come to its end, with more failures than were allowed."""
        return not self.waiting and self.failed > self.allow_missing


def progress(model: FaceModel) -> Progress:
    """How far ``model`` is. For one that is neither in force nor being switched to, nothing is waiting."""
    rows = Reembedding.objects.filter(model=model)
    done = Template.objects.filter(model=model.key, photo__status=PhotoStatus.ACCEPTED).count()
    state = GalleryState.objects.filter(pk=1).first()
    allowed = state.allow_missing if state and state.filling_id == model.pk else 0
    stopped = FaceModel.objects.filter(pk=model.pk).values_list("stopped", flat=True).first() or ""
    return Progress(
        model, done, rows.filter(code="").count(), rows.exclude(code="").count(), allowed, stopped
    )
