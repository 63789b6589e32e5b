"""What may be done with kiosks: pairing them, and deciding whom their cameras see."""

from faceroster.kiosks.pairing import (
    Visitor,
    code_renew,
    invitation_accept,
    kiosk_approve,
    kiosk_invitation,
    kiosk_revoke,
    kiosk_touch,
    kiosk_waiting,
    pairing_begin,
)
from faceroster.kiosks.visits import Visit, visit_answer, visit_decide

__all__ = [
    "Visit",
    "Visitor",
    "code_renew",
    "invitation_accept",
    "kiosk_approve",
    "kiosk_invitation",
    "kiosk_revoke",
    "kiosk_touch",
    "kiosk_waiting",
    "pairing_begin",
    "visit_answer",
    "visit_decide",
]
