"""Changing the embedder without losing anybody: templates of the new one first, then the switch.

Every accepted photo is embedded anew from its sealed original, in the background, one
:class:`Reembedding` row each. The old model answers meanwhile. Once no photo is left, the model in
force changes in one transaction. The old templates stay, so the way back is short.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster import jobs, vision
from faceroster.consents.selectors import has_consent, people_with_consent
from faceroster.core.errors import Conflict, FaceRosterError, InvalidInput
from faceroster.enrollment import embedders, gallery, storage
from faceroster.enrollment.models import (
    EnrollmentPhoto,
    FaceModel,
    GalleryState,
    PhotoStatus,
    Reembedding,
    Template,
)

logger = logging.getLogger(__name__)

#: Photos of one task: new photos of people who are waiting get their turn in between.
_AT_A_TIME = 8
#: Rows that are made in one statement, and templates that are deleted under one lock.
_ROWS = 500
_PRUNED_AT_A_TIME = 200
#: What somebody must see to: card or weights are there, but not what they were. Anything else (a disk that
#: is not mounted, memory that ran out) may be over at the next try.
_NOT_BY_ITSELF = ("model.checksum", "model.changed", "model.bad_card", "model.bad_shape", "model.invalid")


def model_named(name: str) -> FaceModel:
    """The model that someone means: name, name@version, or onnx:PATH of a card.

    Raises:
        ModelError: there is none, or it is not what it was.
    """
    known = FaceModel.objects.filter(Q(key=name) | Q(key__startswith=f"{name}@")).order_by("-pk").first()
    built_in = {spec.key: spec.name for spec in vision.built_in_specs()}
    model = embedders.register(known.setting if known else built_in.get(name, vision.embedder_name(name)))
    if "@" in name and known is not None and model.key != name:
        raise vision.ModelError(
            f"{name} is not there any more: its card says {model.key} now.", code="model.changed"
        )
    return model


def switch_start(*, model: FaceModel, allow_missing: int = 0) -> bool:
    """Begin to switch to ``model``; returns whether it is in force already.

    That is so at once when it has templates of all photos, as the model before this one has. To name
    the model in force ends a switch that is under way; what was made for it stays. Work that had
    stopped at the model's files goes on.

    Raises:
        ModelError: the model cannot be loaded, or its card names no thresholds.
        InvalidInput: ``gallery.bad_policy``: the settings' threshold is not in the unit of its scores.
    """
    vision.embedder_try(model.setting)
    with transaction.atomic():
        state = gallery.state_lock()
        FaceModel.objects.filter(pk=model.pk).update(stopped="")
        active = embedders.pin(state)
        if state.filling_id and state.filling_id != model.pk:
            Reembedding.objects.filter(model=state.filling_id).delete()
        state.filling = None if model == active else model
        state.allow_missing = allow_missing
        state.save(update_fields=["filling", "allow_missing"])
        if model == active:
            return True
        Reembedding.objects.filter(model=model).delete()  # what failed before gets another chance
        _rows_add(model)
        if _finish(state):
            return True
        _send(state)
    return False


def _without_template(model: FaceModel) -> QuerySet[EnrollmentPhoto]:
    """Accepted photos, of people who consent, without a template of ``model`` or a row that asks for one."""
    of_photo = {"photo": OuterRef("pk")}
    return EnrollmentPhoto.objects.filter(
        ~Exists(Template.objects.filter(**of_photo, model=model.key)),
        ~Exists(Reembedding.objects.filter(**of_photo, model=model)),
        status=PhotoStatus.ACCEPTED,
        person__in=people_with_consent(),
    )


def _rows_add(model: FaceModel) -> None:
    ids = _without_template(model).order_by("created_at").values_list("pk", flat=True)
    Reembedding.objects.bulk_create(
        (Reembedding(photo_id=photo_id, model=model) for photo_id in list(ids)), batch_size=_ROWS
    )


def photo_accepted(photo: EnrollmentPhoto, model: str) -> None:
    """See to it that a photo, just accepted with a template of ``model``, gets those it still needs.

    Call it in the transaction that accepts: a switch that is under way, or that came between the look
    at the photo and now, cannot miss it then.
    """
    state = gallery.state_lock()
    active = embedders.pin(state)
    wanted = [one for one in (active, state.filling) if one is not None and one.key != model]
    if not wanted:
        return
    idle = not _open().exists()
    Reembedding.objects.bulk_create(
        [Reembedding(photo=photo, model=one) for one in wanted], ignore_conflicts=True
    )
    if idle:  # otherwise work is going on, and comes to this photo too
        _send(state)


def _send(state: GalleryState) -> None:
    state.reembed_at = timezone.now()
    state.save(update_fields=["reembed_at"])
    jobs.enqueue("enroll.reembed")


def _open() -> QuerySet[Reembedding]:
    """Rows that are still to be worked on.

    No join: :func:`_claim` updates what is asked here, and asks again while it waits for another worker.
    """
    return Reembedding.objects.filter(code="").exclude(model__in=FaceModel.objects.exclude(stopped=""))


def _lost_before() -> datetime:
    return timezone.now() - timedelta(seconds=settings.FACEROSTER["PHOTO_LOST_AFTER_SECONDS"])


def reembed_some() -> int:
    """Embed a few photos anew, and send for the next few; the last one switches. Returns how many.

    Running it twice at once does nothing twice.
    """
    done = 0
    while done < _AT_A_TIME and (row := _claim()) is not None:
        _reembed(row)
        done += 1
    with transaction.atomic():
        state = gallery.state_lock()
        if done and _claimable().exists():
            _send(state)
        else:
            _finish(state)
    return done


def _claimable() -> QuerySet[Reembedding]:
    return _open().filter(Q(claimed_at=None) | Q(claimed_at__lt=_lost_before()))


def _claim() -> Reembedding | None:
    """Take a row for this worker; None when there is none to be had."""
    while (row := _claimable().select_related("model").order_by("attempts", "pk").first()) is not None:
        if row.attempts >= settings.FACEROSTER["PHOTO_ATTEMPTS"]:  # it takes its workers down with it
            Reembedding.objects.filter(pk=row.pk).update(code="photo.processing_failed")
            continue
        now = timezone.now()
        if _claimable().filter(pk=row.pk).update(claimed_at=now, attempts=F("attempts") + 1):
            row.claimed_at = now
            return row
    return None


def _reembed(row: Reembedding) -> None:
    photo = EnrollmentPhoto.objects.select_related("person__subject_key").filter(pk=row.photo_id).first()
    if photo is None:
        return  # deleted, and the row with it
    if not has_consent(photo.person):
        _mine(row).delete()  # asked for again when they have signed and the photo is accepted
        return
    code = ""
    embedding: vision.Embedding | None = None
    try:
        embedding = _embed(photo, row.model)
    except InvalidInput as error:
        code = error.code
    except (FaceRosterError, FileNotFoundError):
        logger.exception("Photo %s cannot be opened", photo.pk)
        code = "photo.unreadable"
    except vision.ModelError as error:
        if error.code != "model.bad_output":
            # Nothing is wrong with the photo: it is free for the next try, which this one was not.
            _mine(row).update(claimed_at=None, attempts=F("attempts") - 1)
            if error.code not in _NOT_BY_ITSELF:
                raise
            _stop(row.model, error)
            return
        code = error.code
    if embedding is None:
        _mine(row).update(code=code)
        return
    with transaction.atomic():
        gallery.state_lock()
        # Another worker may have had it meanwhile, or the photo may be gone.
        wanted = _mine(row).filter(photo__status=PhotoStatus.ACCEPTED).exists()
        if wanted and has_consent(photo.person):
            gallery.template_add(photo, embedding)
        _mine(row).delete()


def _stop(model: FaceModel, error: vision.ModelError) -> None:
    logger.error("No photo is embedded with %s until somebody switches to it again: %s", model, error.message)
    FaceModel.objects.filter(pk=model.pk).update(stopped=f"{error.code}: {error.message}")


def _mine(row: Reembedding) -> QuerySet[Reembedding]:
    return Reembedding.objects.filter(pk=row.pk, claimed_at=row.claimed_at)


def _embed(photo: EnrollmentPhoto, model: FaceModel) -> vision.Embedding:
    """Raises what opening the picture, finding its face and loading the model raise."""
    data = storage.picture_read(kind=storage.PHOTO, person=photo.person, object_id=photo.pk)
    with vision.friendly_errors():
        found = vision.engine(embedders.embedder_of(model)).analyse_photo(vision.decode(data))
    assert found.embedding is not None  # analyse_photo always embeds
    return found.embedding


def _finish(state: GalleryState) -> bool:
    """Switch if nothing stands in the way any more. ``state`` is locked."""
    if state.filling is None:
        return False
    _rows_add(state.filling)  # nobody is forgotten, whatever happened to their row
    rows = Reembedding.objects.filter(model=state.filling)
    if rows.filter(code="").exists() or rows.count() > state.allow_missing:
        return False
    logger.warning("Faces are now searched with %s, no longer with %s", state.filling, state.active)
    state.active, state.filling = state.filling, None
    state.epoch = uuid.uuid4()  # every process builds its gallery anew
    state.save(update_fields=["active", "filling", "epoch"])
    return True


def reembed_requeue_lost() -> int:
    """Send for work whose message or worker was lost, and finish what only lacks that."""
    if not (_open().exists() or GalleryState.objects.filter(filling__isnull=False).exists()):
        return 0
    with transaction.atomic():
        state = gallery.state_lock()
        if state.reembed_at is not None and state.reembed_at > _lost_before():
            return 0
        if _claimable().exists():
            _send(state)
            return 1
        _finish(state)
    return 0


def model_prune(*, model: FaceModel) -> int:
    """Delete all templates of a model that is no longer used, and forget it. Returns how many.

    In steps, so that nobody waits long for the lock.

    Raises:
        Conflict: ``model.in_use``.
    """
    pruned = 0
    while True:
        with transaction.atomic():
            state = gallery.state_lock()
            if model.pk in (embedders.pin(state).pk, state.filling_id):
                raise Conflict(
                    "model.in_use",
                    _("%(key)s is in use. Switch to another model first.") % {"key": model.key},
                )
            templates = Template.objects.filter(model=model.key)
            ids = list(templates.values_list("pk", flat=True)[:_PRUNED_AT_A_TIME])
            if not ids:
                model.delete()
                return pruned
            Template.objects.filter(pk__in=ids).delete()
            pruned += len(ids)
