"""What may be done with PINs and badges."""

from faceroster.passes.badges import badge_issue, badge_person, badge_revoke
from faceroster.passes.pins import pass_check, pass_choose, pin_clear, pin_draw, pin_set

__all__ = [
    "badge_issue",
    "badge_person",
    "badge_revoke",
    "pass_check",
    "pass_choose",
    "pin_clear",
    "pin_draw",
    "pin_set",
]
