"""Decisions: one row for all frames of a visit that came to the same."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.core.errors import NotAllowed
from faceroster.kiosks.judging import Judged
from faceroster.kiosks.models import Decision, Kiosk, KioskStatus, Outcome
from faceroster.people.models import Person, Site

#: Frames of a face that was not let in this close together are one visit.
STRANGER_GAP = timedelta(seconds=5)


def site_of(kiosk: Kiosk) -> Site:
    """Where an active kiosk stands. Raises NotAllowed ``kiosk.revoked`` when it is none (any more)."""
    if kiosk.status != KioskStatus.ACTIVE or kiosk.site is None:
        raise NotAllowed("kiosk.revoked", _("This kiosk is not paired any more."))
    return kiosk.site


@transaction.atomic
def decision_record(
    kiosk: Kiosk,
    judged: Judged,
    outcome: Outcome,
    ms: dict[str, float],
    *,
    codes: list[str],
    liveness: dict[str, Any],
) -> tuple[Decision | None, Person | None]:
    """Add this frame to the decision of its visit, or begin a new one.

    None when the person was deleted or left between the search and now, or when they were spared the proof
    of life for a visit that is over by now. The lock on the kiosk makes frames that arrive at once find the
    same visit.
    """
    start = time.perf_counter()
    # no_key: a punch by PIN refers to this row, and has locked the person whom the decision refers to.
    site = site_of(Kiosk.objects.select_for_update(no_key=True).get(pk=kiosk.pk))  # it may be revoked by now
    person = None
    if outcome == Outcome.ACCEPTED:
        person = Person.objects.filter(pk=UUID(judged.found.person), active=True).first()
        if person is None:
            return None, None
    now = timezone.now()
    visit = (
        Decision.objects.filter(
            kiosk=kiosk,
            outcome=outcome,
            person=person,
            last_frame_at__gt=now - _gap(site, outcome),
            false_accept__isnull=True,  # whose it was said so: the person themself is another visit
        )
        .order_by("-last_frame_at")
        .first()
    )
    if liveness.get("verdict") == "before":
        # Spared its proof of life by this visit, which may be over by now: a photo must not make it longer.
        return (visit, person) if visit else (None, None)
    if visit is None:
        database = round((time.perf_counter() - start) * 1000, 2)  # up to the row that says so
        fields = {"codes": codes, "liveness": liveness, "latency_ms": {**ms, "database": database}}
        return _create(kiosk, outcome, person, judged, fields), person
    Decision.objects.filter(pk=visit.pk).update(frames=F("frames") + 1, last_frame_at=now)
    visit.refresh_from_db(fields=["frames", "last_frame_at"])
    return visit, person


def _gap(site: Site, outcome: Outcome) -> timedelta:
    if outcome != Outcome.ACCEPTED:
        return STRANGER_GAP
    return max(timedelta(seconds=site.debounce_seconds), STRANGER_GAP)


def _create(
    kiosk: Kiosk, outcome: Outcome, person: Person | None, judged: Judged, fields: dict[str, Any]
) -> Decision:
    found, face = judged.found, judged.face
    return Decision.objects.create(
        kiosk=kiosk,
        site=site_of(kiosk),
        outcome=outcome,
        person=person,
        score=found.candidates[0].score if found.candidates else None,
        threshold=found.threshold,
        margin=found.margin,
        score_kind=judged.score_kind,
        candidates=[
            {
                "person": candidate.person,
                "score": round(candidate.score, 5),
                "nearest": round(candidate.nearest, 5),
                "templates": candidate.templates,
            }
            for candidate in found.candidates
        ],
        quality=face.quality.score,
        box=[round(side, 1) for side in face.face.box],
        frame_size=list(judged.frame),
        model=judged.model,
        gallery_version=judged.gallery_version,
        classified=judged.classified,
        trace=judged.trace,
        **fields,
    )
