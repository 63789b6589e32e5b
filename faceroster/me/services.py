"""Giving people an account of their own."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from faceroster.core.errors import Conflict
from faceroster.people.models import Person
from faceroster.trust.models import User


@transaction.atomic
def person_account_create(*, person: Person, user: User) -> Person:
    """Let ``user`` sign in as ``person``. Doing so twice changes nothing.

    Raises:
        Conflict: ``account.person_taken`` or ``account.user_taken``: one of them belongs to another one.
            ``account.left`` for somebody who has left.
    """
    locked = Person.objects.select_for_update(no_key=True, of=("self",)).get(pk=person.pk)
    if locked.user_id == user.pk:
        return locked
    if locked.user_id is not None:
        raise Conflict("account.person_taken", _("This person has an account already."))
    if not locked.active:
        raise Conflict("account.left", _("This person has left and gets no account."))
    if Person.objects.filter(user=user).exists():
        raise Conflict("account.user_taken", _("This account belongs to another person."))
    locked.user = user
    locked.save(update_fields=["user"])
    return locked
