"""The face of each recognition: kept sealed for some weeks, so that "was that really me?" has an answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from faceroster import vision
from faceroster.enrollment.storage import person_key
from faceroster.kiosks.models import Decision, DecisionCrop
from faceroster.trust import sealing

#: Pixels: large enough to know somebody again, small enough to keep some thousands a day.
_SIDE = 160
_AT_ONCE = 2000


def crop_keep(*, decision: Decision, image: vision.Image, face: vision.Face) -> None:
    """Keep the aligned face of an acceptance. Called twice, it keeps the first.

    ``image``: the RGB uint8 frame. Nothing is kept where the retention is 0 days. Runs in a worker.
    """
    days = settings.FACEROSTER["CROP_DAYS"]
    if not days or decision.person is None:
        return
    data = vision.encode_jpeg(vision.shrink(vision.engine().chip(image, face), _SIDE))
    DecisionCrop.objects.get_or_create(
        decision=decision,
        defaults={
            "person": decision.person,
            "sealed": sealing.seal(person_key(decision.person), data, context=_context(decision)),
            "expires_at": timezone.now() + timedelta(days=days),
        },
    )


def crop_open(crop: DecisionCrop) -> bytes:
    """The JPEG. ``crop`` needs its decision and its person's key fetched along. Raises SealError."""
    return sealing.unseal(person_key(crop.person), bytes(crop.sealed), context=_context(crop.decision))


def crops_expire(*, now: datetime) -> int:
    """Delete those whose time is over, some thousand at a time; returns how many."""
    over: list[UUID] = list(
        DecisionCrop.objects.filter(expires_at__lte=now).values_list("pk", flat=True)[:_AT_ONCE]
    )
    return DecisionCrop.objects.filter(pk__in=over).delete()[0]


def _context(decision: Decision) -> str:
    return f"decision-crop|{decision.person_id}|{decision.pk}"
