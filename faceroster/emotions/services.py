"""Switching emotion tagging, and from a punch to a count that names nobody."""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster import jobs, vision
from faceroster.core.errors import InvalidInput, Unavailable
from faceroster.emotions.models import EmotionDay, EmotionSwitch
from faceroster.emotions.regions import EmotionLocked, Region, site_lock
from faceroster.emotions.selectors import Tagging, tagging_of, taggings_of
from faceroster.emotions.tally import UNSURE, Tally, groups, mark_of
from faceroster.enrollment.probes import probe_put, probe_take
from faceroster.people.models import Site
from faceroster.trust.models import User
from faceroster.trust.sealing import SealError

logger = logging.getLogger(__name__)

#: How long a face waits for a worker, sealed. What comes too late is not counted.
_SECONDS = 600
_SHAPE = (48, 48)


@transaction.atomic
def tagging_switch(
    *, site: Site, on: bool, user: User, reason: str, region: str = "", confirmed: bool = False
) -> Tagging:
    """Switch it on or off at a site, and keep who did so, when and why.

    Going off destroys what was counted on days that are not told yet. Arguments and errors are those of
    :func:`tagging_check`.
    """
    site = _locked(site.pk)
    tagging_check(site=site, on=on, reason=reason, region=region, confirmed=confirmed)
    EmotionSwitch.objects.create(
        site=site, on=on, region=region if on else "", reason=reason.strip(), by=user
    )
    if not on:
        EmotionDay.objects.filter(site=site, told_at=None).delete()
    [tagging] = taggings_of([site])
    return tagging


def tagging_check(*, site: Site, on: bool, reason: str, region: str = "", confirmed: bool = False) -> None:
    """Refuse what :func:`tagging_switch` would refuse.

    Args:
        region: A value of :class:`Region`, to switch on.
        confirmed: That the law of the place allows it and those concerned were told; to switch on.

    Raises:
        EmotionLocked: ``emotion.locked``: the declared law forbids it, or none was declared.
        InvalidInput: ``emotion.region_missing``, ``emotion.not_confirmed`` or ``emotion.reason_missing``.
    """
    # The lock comes first: what is forbidden is not to be mended by filling in the rest.
    if on and (lock := site_lock(site, region)):
        raise EmotionLocked(lock)
    if on and region not in Region.values:
        raise InvalidInput("emotion.region_missing", _("Please say under which law the site is."))
    if on and not confirmed:
        raise InvalidInput(
            "emotion.not_confirmed",
            _("Please confirm that the law there allows it and that those concerned have been told."),
        )
    if not reason.strip():
        raise InvalidInput("emotion.reason_missing", _("Please say why. The reason is kept with your name."))


def _locked(site_id: UUID) -> Site:
    # no_key: recording a punch refers to this row, and never waits for us.
    return Site.objects.select_for_update(no_key=True).get(pk=site_id)


@dataclass(frozen=True)
class _Note:
    """What a worker is sent, sealed: a face of 48 x 48 grey pixels, and a mark for whose it is."""

    site_id: UUID
    day: date
    ends_at: datetime
    mark: str
    face: vision.Floats

    def packed(self) -> bytes:
        pixels = np.round(self.face * 255).astype(np.uint8)
        plain = [str(self.site_id), self.day.isoformat(), self.ends_at.isoformat(), self.mark]
        return json.dumps([*plain, base64.b64encode(pixels.tobytes()).decode()]).encode()

    @classmethod
    def unpacked(cls, data: bytes) -> _Note:
        site_id, day, ends_at, mark, face = json.loads(data)
        pixels = np.frombuffer(base64.b64decode(face), np.uint8).reshape(_SHAPE)
        return cls(
            UUID(site_id),
            date.fromisoformat(day),
            datetime.fromisoformat(ends_at),
            mark,
            pixels.astype(np.float32) / np.float32(255),
        )


def face_follow_up(
    *, site: Site, person_id: UUID, day: date, ends_at: datetime, image: vision.Image, face: vision.Face
) -> None:
    """After a punch: have a worker read the face, where that is on. Whatever goes wrong stays here.

    ``image``: RGB, in which ``face`` was found. ``ends_at``: when the working ``day`` is over.
    """
    try:
        if not tagging_of(site).on:
            return
        mark = mark_of(person_id, site_id=site.pk, day=day)
        note = _Note(site.pk, day, ends_at, mark, vision.emotion_crop(image, face))
        jobs.enqueue("emotions.read", probe_put(note.packed(), seconds=_SECONDS))
    except Exception:
        logger.exception("A face at %s was not handed over to have its emotion read", site.pk)


def face_read(*, probe_id: str) -> bool:
    """Read the face that waits under this id and count it, once per person and day. The face is gone then.

    Returns whether it was counted: not when it waited too long, its person is counted already, the day is
    over, or tagging was switched off or locked meanwhile.
    """
    try:
        note = _Note.unpacked(probe_take(probe_id))
    except Unavailable as error:
        logger.info("A face was not read: %s", error.code)
        return False
    if not _wanted(note):
        return False
    label = vision.emotion_of(note.face) or UNSURE
    with transaction.atomic():
        _locked(note.site_id)
        return _wanted(note) and _count(note, label)


def _wanted(note: _Note) -> bool:
    site = Site.objects.filter(pk=note.site_id).first()
    if site is None or not tagging_of(site).on or timezone.now() >= note.ends_at:
        return False
    row = EmotionDay.objects.filter(site=site, day=note.day).first()
    return row is None or (row.tally is not None and note.mark not in _tally(row).marks)


def _count(note: _Note, label: str) -> bool:
    row = EmotionDay.objects.filter(site_id=note.site_id, day=note.day).first()
    if row is None:
        row = EmotionDay(site_id=note.site_id, day=note.day, ends_at=note.ends_at)
    tally = _tally(row)
    counted = tally.add(note.mark, label)
    row.tally = tally.sealed(site_id=note.site_id, day=note.day)
    row.save()
    return counted


def _tally(row: EmotionDay) -> Tally:
    return Tally.opened(bytes(row.tally), site_id=row.site_id, day=row.day) if row.tally else Tally()


def days_tell() -> int:
    """Tell every day that is over: write out its groups and destroy its tally. Returns how many were told.

    Days of sites where tagging is not on any more are destroyed untold.
    """
    over = EmotionDay.objects.filter(told_at=None, ends_at__lte=timezone.now())
    return sum(_day_tell(*found) for found in over.values_list("pk", "site_id"))


@transaction.atomic
def _day_tell(day_id: int, site_id: UUID) -> bool:
    site = _locked(site_id)
    row = EmotionDay.objects.filter(pk=day_id, told_at=None).first()
    if row is None:
        return False
    if not tagging_of(site).on:
        row.delete()
        return False
    try:
        counts = _tally(row).counts
    except SealError:
        logger.exception("The tally of %s at %s does not open and is lost", row.day, site.pk)
        row.delete()
        return False
    least = settings.FACEROSTER["EMOTION_LEAST_PEOPLE"]
    row.people = counts.total() if counts.total() >= least else None
    row.groups, row.least = groups(counts, least), least
    row.tally, row.told_at = None, timezone.now()
    row.save()
    return True
