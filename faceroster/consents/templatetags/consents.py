"""How it stands with somebody's consent, for pages of other apps."""

from __future__ import annotations

from django import template

from faceroster.consents.selectors import state_of

register = template.Library()
register.simple_tag(state_of, name="consent_state")
