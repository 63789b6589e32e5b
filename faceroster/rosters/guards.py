"""What every change of a roster asks first."""

from __future__ import annotations

from django.utils.translation import gettext as _

from faceroster.core.errors import NotAllowed
from faceroster.people.models import Person
from faceroster.trust.models import User


def is_own(person: Person, user: User | None) -> bool:
    return user is not None and person.user_id is not None and person.user_id == user.pk


def refuse_own(person: Person | None, user: User | None, code: str) -> None:
    """Raises NotAllowed ``<code>.own`` where ``user`` would plan their own work, not a department's."""
    if person is not None and is_own(person, user):
        raise NotAllowed(f"{code}.own", _("Nobody plans their own work. Please ask somebody else."))
