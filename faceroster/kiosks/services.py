"""What may be done with kiosks: pairing them, and deciding whom their cameras see."""

from faceroster.kiosks.keys import key_register
from faceroster.kiosks.pairing import (
    Visitor,
    code_renew,
    invitation_accept,
    kiosk_approve,
    kiosk_invitation,
    kiosk_revoke,
    kiosk_waiting,
    pairing_begin,
)
from faceroster.kiosks.presence import count_add, kiosk_described, kiosk_touch
from faceroster.kiosks.visits import Visit, visit_answer, visit_decide

__all__ = [
    "Visit",
    "Visitor",
    "code_renew",
    "count_add",
    "invitation_accept",
    "key_register",
    "kiosk_approve",
    "kiosk_described",
    "kiosk_invitation",
    "kiosk_revoke",
    "kiosk_touch",
    "kiosk_waiting",
    "pairing_begin",
    "visit_answer",
    "visit_decide",
]
