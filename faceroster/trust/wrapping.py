"""How the root key wraps other keys, so that a new one need only wrap them anew.

A row of such a table has ``wrapped`` and ``root_key_id``: which root key opens it. Whoever opens one takes
the root key of that id, the one in force or the one before; so nothing stops while they are wrapped anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model
from django.utils.translation import gettext as _

from faceroster.trust import sealing


@dataclass(frozen=True, slots=True)
class Wrapping:
    """The keys of one table. ``label``: what each is bound to, together with its primary key."""

    purpose: str
    label: str

    def wrap(self, pk: object, plain: bytes) -> tuple[bytes, str]:
        """``plain`` under the root key in force, and that key's id."""
        root_id, root = next(iter(sealing.root_keys().items()))
        key = sealing.derived_key(root, self.purpose)
        return sealing.seal(key, plain, context=self._context(pk)), root_id

    def open(self, pk: object, wrapped: bytes, root_key_id: str) -> bytes:
        """The key. Raises SealError ``sealed.wrong_root_key`` or ``sealed.damaged``."""
        root = sealing.root_keys().get(root_key_id)
        if root is None:
            raise sealing.SealError("sealed.wrong_root_key", _("This was sealed under another root key."))
        return sealing.unseal(sealing.derived_key(root, self.purpose), wrapped, context=self._context(pk))

    def _context(self, pk: object) -> str:
        return f"{self.label}|{pk}"


SUBJECTS = Wrapping("subject-keys", "subject-key")
PURPOSES = Wrapping("purpose-keys", "purpose-key")

#: Every table of wrapped keys. Apps above add theirs when they are ready.
TABLES: dict[type[Model], Wrapping] = {}
