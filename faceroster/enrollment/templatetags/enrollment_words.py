"""The words of the scripts, for the pages that load them."""

from __future__ import annotations

from django import template

from faceroster.enrollment import words

register = template.Library()
register.simple_tag(words.upload_words)
register.simple_tag(words.camera_words)
