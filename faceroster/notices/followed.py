"""Webhooks in the audit log. Their addresses often hold a password: that one was changed is told, no more."""

from __future__ import annotations

from faceroster.audit.following import follow, follow_many
from faceroster.notices.models import Webhook

follow(Webhook, fields=("name", "events", "active"), hidden=("url", "secret"))
follow_many(Webhook, "departments")
