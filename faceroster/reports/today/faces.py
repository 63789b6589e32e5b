"""The face that a kiosk recognised, for those who may see decisions. Every look is noted."""

from __future__ import annotations

import logging
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.kiosks.crops import crop_open
from faceroster.kiosks.models import DecisionCrop
from faceroster.people.selectors import people_visible_to
from faceroster.reports.access import viewer_only
from faceroster.trust.pictures import picture_answer, signed_address_needed
from faceroster.trust.rights import may
from faceroster.trust.sealing import SealError

logger = logging.getLogger(__name__)
#: Who may see why a kiosk decided as it did may see the face that it decided about.
RIGHT = "kiosks.view_decision"


@viewer_only
@signed_address_needed
def today_face(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """The face itself, at the address that its page has given."""
    if not may(request.user, RIGHT):
        raise PermissionDenied
    rows = DecisionCrop.objects.select_related("decision", "person__subject_key")
    crop = get_object_or_404(rows, pk=decision_id, person__in=people_visible_to(request.user))
    try:
        data = crop_open(crop)
    except SealError as error:
        logger.exception("The face of decision %s does not open", decision_id)
        raise Http404 from error
    record(Action.FACE_LOOKED, subject=crop)
    return picture_answer(data)
