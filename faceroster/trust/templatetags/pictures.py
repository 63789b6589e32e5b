"""``{% picture_address 'enrollment:picture' photo.pk 'crop' %}``: a ``url``, signed for who sees the page."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from faceroster.trust.pictures import signed_address

register = template.Library()


@register.simple_tag(takes_context=True)
def picture_address(context: dict[str, Any], name: str, *args: Any) -> str:
    return signed_address(context["request"].user, reverse(name, args=args))
