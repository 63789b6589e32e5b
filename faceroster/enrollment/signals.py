"""Keeps files and the change log right however a row goes: by a service, the admin or a cascade."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.consents.signals import consent_ended, consent_signed
from faceroster.enrollment import gallery, services, storage
from faceroster.enrollment.models import ChangeAction, EnrollmentPhoto, Reembedding, Template
from faceroster.people.models import Person


@receiver(post_delete, sender=Template)
def template_deleted(instance: Template, **_: Any) -> None:
    gallery.changes_append(ChangeAction.REMOVE, [instance.pk])


@receiver(post_delete, sender=EnrollmentPhoto)
def photo_deleted(instance: EnrollmentPhoto, **_: Any) -> None:
    transaction.on_commit(partial(storage.picture_delete, object_id=instance.pk))
    record(Action.PHOTO_DELETED, subject=instance)


@receiver(post_save, sender=Person)
def person_saved(instance: Person, created: bool, **_: Any) -> None:
    """Someone who leaves is searched no more; someone who returns is, once their photos were looked at."""
    if not created:
        with transaction.atomic():
            # Before the look at the templates: one that a worker is just adding is there then, or its
            # worker comes later and finds the person as they are now.
            gallery.state_lock()
            if instance.returning:
                services.photos_check_again(person=instance)
                return
            gallery.changes_append(
                ChangeAction.ADD if instance.active else ChangeAction.REMOVE,
                instance.templates.values_list("pk", flat=True),
            )


@receiver(consent_ended)
def consent_over(person: Person, **_: Any) -> None:
    """In the transaction that ends it: every process stops recognising them as it follows the log.

    The photos stay sealed until the erasure clock rings; none of them is looked at.
    """
    with transaction.atomic():
        gallery.state_lock()  # a template that a worker is just adding is there then, or is not added
        person.templates.all().delete()
        Reembedding.objects.filter(photo__person=person).delete()


@receiver(consent_signed)
def consent_given(person: Person, returning: bool, **_: Any) -> None:
    """Photos that are still there come back, once they were looked at."""
    if returning and person.active:
        services.photos_check_again(person=person)
