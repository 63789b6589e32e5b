"""Making and destroying what trust rests on: the keys of people, and API tokens."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.core.errors import InvalidInput
from faceroster.trust import sealing
from faceroster.trust.models import ApiToken, Scope, SubjectKey, User
from faceroster.trust.wrapping import SUBJECTS


def _fresh_key() -> SubjectKey:
    key_id = uuid4()
    wrapped, root_key_id = SUBJECTS.wrap(key_id, os.urandom(32))
    return SubjectKey(id=key_id, wrapped=wrapped, root_key_id=root_key_id)


def subject_key_create() -> SubjectKey:
    """Make and store a fresh 256-bit key for one person."""
    key = _fresh_key()
    key.save(force_insert=True)
    return key


def subject_keys_create(*, count: int) -> list[SubjectKey]:
    """The same for many people at once."""
    return SubjectKey.objects.bulk_create([_fresh_key() for _ in range(count)], batch_size=500)


def subject_key_open(key: SubjectKey) -> bytes:
    """The 32 bytes of ``key``.

    Raises:
        SealError: ``sealed.key_destroyed``, ``sealed.wrong_root_key`` or ``sealed.damaged``.
    """
    if key.destroyed_at is not None:
        raise sealing.SealError("sealed.key_destroyed", _("The key of this person was destroyed."))
    return SUBJECTS.open(key.id, bytes(key.wrapped), key.root_key_id)


def subject_key_destroy(*, key: SubjectKey) -> None:
    """Make everything sealed under ``key`` unreadable for good."""
    key.wrapped, key.destroyed_at = b"", timezone.now()
    key.save(update_fields=["wrapped", "destroyed_at"])


def api_token_create(
    *, user: User, name: str, scopes: Iterable[str], expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token for ``user``. Returns its row and the token itself, which cannot be read again.

    Raises:
        InvalidInput: ``token.unknown_scope``.
    """
    chosen = sorted(set(scopes))
    unknown = [scope for scope in chosen if scope not in Scope.values]
    if unknown:
        raise InvalidInput(
            "token.unknown_scope",
            _("There is no scope called %(unknown)s.") % {"unknown": ", ".join(unknown)},
        )
    token, digest = ApiToken.generate()
    row = ApiToken.objects.create(user=user, name=name, digest=digest, scopes=chosen, expires_at=expires_at)
    return row, token
