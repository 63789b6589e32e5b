"""What ends a classifier by itself: photos it learned from that go, consents that end, another face model."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver
from django.utils.translation import gettext, gettext_noop

from faceroster.classifiers.models import OPEN, Classifier, Status
from faceroster.classifiers.services import end
from faceroster.consents.signals import consent_ended
from faceroster.enrollment import gallery
from faceroster.enrollment.models import EnrollmentPhoto, GalleryState
from faceroster.people.models import Person


@receiver(pre_delete, sender=EnrollmentPhoto)
def photo_goes(instance: EnrollmentPhoto, **_: Any) -> None:
    """However it goes: alone, or with its person. Nobody is named: who was deleted leaves nothing."""
    gallery.state_lock()  # a training that is just choosing its photos does so before, or without this one
    for pk in list(instance.classifiers.values_list("pk", flat=True)):
        end(
            pk,
            code="classifier.photos_deleted",
            why=gettext_noop("Photos that it had learned from were deleted."),
        )


@receiver(consent_ended)
def consent_over(person: Person, **_: Any) -> None:
    """What has learned somebody's face is not kept beyond their consent. Nobody is named here either."""
    gallery.state_lock()
    for pk in list(Classifier.objects.filter(photos__person=person).values_list("pk", flat=True).distinct()):
        end(
            pk,
            code="classifier.consent_ended",
            why=gettext_noop("The consent of somebody whose face it had learned has ended."),
        )


@receiver(post_save, sender=GalleryState)
def face_model_switched(
    instance: GalleryState, update_fields: frozenset[str] | None = None, **_: Any
) -> None:
    if update_fields is None or "active" not in update_fields or instance.active is None:
        return
    others = Classifier.objects.exclude(model=instance.active.key).exclude(model="")
    for pk in list(others.filter(status__in=(*OPEN, Status.READY)).values_list("pk", flat=True)):
        end(
            pk,
            code="classifier.other_model",
            why=gettext("Faces are searched with %(key)s now, and it was built on another face model.")
            % {"key": instance.active.key},
        )
