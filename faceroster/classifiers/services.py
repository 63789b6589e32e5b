"""Asking for a training, ending one, switching a site, and taking a classifier out of use for good."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster import jobs
from faceroster.classifiers import storage
from faceroster.classifiers.models import OPEN, Classifier, ClassifierSwitch, Status
from faceroster.classifiers.selectors import last_switch, roster_of
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.people.models import Site
from faceroster.trust.models import User
from faceroster.trust.services import subject_key_destroy

TASK = "train.classifier"
#: The least probability of a person whom a classifier proposes. The gallery has its own say besides.
THRESHOLD = 0.5


@transaction.atomic
def training_ask(*, site: Site, user: User) -> Classifier:
    """Have a worker train a classifier on the people of ``site``.

    Raises:
        InvalidInput: ``classifier.too_few_people`` or ``classifier.too_many_people``.
        Conflict: ``classifier.other_model``, or ``classifier.training`` while one is under way.
    """
    site = _locked(site.pk)
    if site.classifiers.filter(status__in=OPEN).exists():
        raise Conflict(
            "classifier.training",
            _("A classifier of %(name)s is being trained already.") % {"name": site.name},
        )
    if problem := roster_of(site).problem:
        raise (Conflict if problem[0] == "classifier.other_model" else InvalidInput)(*problem)
    last = site.classifiers.aggregate(Max("number"))["number__max"] or 0
    classifier = Classifier.objects.create(
        site=site, number=last + 1, started_by=user, queued_at=timezone.now(), threshold=THRESHOLD
    )
    jobs.enqueue(TASK, str(classifier.pk))
    return classifier


def training_stop(*, classifier: Classifier, user: User) -> None:
    """End a training; its worker sees it a moment later. Raises Conflict ``classifier.not_training``."""
    if not end(
        classifier.pk, code="classifier.stopped", why=_("Stopped by %(user)s.") % {"user": user}, only=OPEN
    ):
        raise Conflict(
            "classifier.not_training",
            _("%(classifier)s is not being trained any more.") % {"classifier": classifier},
        )


@transaction.atomic
def site_switch(*, site: Site, classifier: Classifier | None, user: User) -> ClassifierSwitch:
    """From the next frame on, faces at ``site`` need this classifier's word too; None is the way back.

    Naming what is in force already changes nothing.

    Raises:
        InvalidInput: ``classifier.of_another_site``.
        Conflict: ``classifier.not_ready``.
    """
    site = _locked(site.pk)
    if classifier is not None:
        if classifier.site_id != site.pk:
            raise InvalidInput(
                "classifier.of_another_site",
                _("%(classifier)s is not of %(name)s.") % {"classifier": classifier, "name": site.name},
            )
        if not Classifier.objects.filter(pk=classifier.pk, status=Status.READY).exists():
            raise Conflict(
                "classifier.not_ready",
                _(
                    "%(classifier)s cannot be switched to. It has no file any more: it was retired, or its "
                    "training did not come to an end."
                )
                % {"classifier": classifier},
            )
    last = last_switch(site)
    # A row for the gallery alone, by somebody, also says that they have seen why it fell back to it.
    if last is not None and last.by is not None and last.classifier == classifier:
        return last
    return ClassifierSwitch.objects.create(site=site, classifier=classifier, by=user)


@transaction.atomic
def end(classifier_id: UUID, *, code: str, why: str, only: tuple[str, ...] = (*OPEN, Status.READY)) -> bool:
    """Make sure that a classifier is never asked again: file and key go, its site falls back to the gallery.

    A training under way ends with it. False, and nothing happens, when its status is none of ``only``.
    """
    site_id = Classifier.objects.filter(pk=classifier_id).values_list("site_id", flat=True).get()
    site = _locked(site_id)  # before the row itself, as whoever switches does
    row = Classifier.objects.select_for_update(of=("self",)).select_related("key").get(pk=classifier_id)
    if row.status not in only:
        return False
    key, was_ready = row.key, row.status == Status.READY
    row.status = Status.RETIRED if was_ready else Status.STOPPED
    row.key, row.code, row.why, row.ended_at = None, code, why, timezone.now()
    row.save(update_fields=["status", "key", "code", "why", "ended_at"])
    row.photos.clear()
    if key is not None:
        subject_key_destroy(key=key)
    transaction.on_commit(partial(storage.delete, row.pk))
    last = last_switch(site)
    if was_ready and last is not None and last.classifier_id == row.pk:
        ClassifierSwitch.objects.create(site=site, classifier=None, why=why)
    return True


def _locked(site_id: UUID) -> Site:
    # no_key: recording a punch refers to this row, and never waits for us.
    return Site.objects.select_for_update(no_key=True).get(pk=site_id)
