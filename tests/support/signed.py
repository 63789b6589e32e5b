"""Addresses of pictures, as the page gives them to whoever looks at it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import get_user
from django.test import Client

from faceroster.trust.pictures import signed_address


def address_for(client: Client, path: str) -> str:
    """``path`` of a picture, signed for who is signed in at ``client``."""
    return signed_address(get_user(cast(Any, client)), path)  # it asks for a session alone
