"""Setting PINs, and telling a right one from a wrong one."""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.core.errors import Conflict, InvalidInput
from faceroster.passes import tries
from faceroster.passes.models import Pin
from faceroster.passes.weakness import is_weak
from faceroster.people.models import Person
from faceroster.trust.models import User
from faceroster.trust.purposes import purpose_key

_DIGITS = re.compile(r"[0-9]{4,8}")
_DRAWN_DIGITS = 6
_LONGEST_NUMBER = 40
#: NUL, which PostgreSQL does not take, and halves of a sign, which nothing can encode.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def pin_check_form(pin: object) -> str:
    """``pin`` if it is four to eight digits. Raises InvalidInput ``pin.form``."""
    if not isinstance(pin, str) or not _DIGITS.fullmatch(pin):
        raise InvalidInput("pin.form", _("A PIN has four to eight digits."))
    return pin


@transaction.atomic
def pin_set(*, person: Person, pin: str, user: User | None) -> None:
    """Give ``person`` this PIN in place of any other, and forget their wrong tries.

    Raises:
        InvalidInput: ``pin.form``, or ``pin.weak`` for one that is guessed soon.
        Conflict: ``pin.inactive`` for somebody who has left.
    """
    pin_check_form(pin)
    if is_weak(pin, person.employee_number):
        raise InvalidInput(
            "pin.weak",
            _("That PIN is easily guessed. Please take no years, rows, repetitions or your own number."),
        )
    if not person.active:
        raise Conflict("pin.inactive", _("%(name)s is not active.") % {"name": person.name})
    values = {"secret": make_password(_peppered(person.pk, pin)), "set_at": timezone.now(), "set_by": user}
    Pin.objects.update_or_create(person=person, defaults=values)
    tries.tries_forgive(0.0, right=[tries.of_person(person.pk)])


def pin_draw(*, person: Person, user: User | None) -> str:
    """Give ``person`` a random PIN of six digits and return it: the only time that it is seen."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _place in range(_DRAWN_DIGITS))
        if not is_weak(pin, person.employee_number):
            pin_set(person=person, pin=pin, user=user)
            return pin


def pin_clear(*, person: Person) -> bool:
    """Take the PIN away. False when there was none."""
    return Pin.objects.filter(person=person).delete()[0] > 0


def person_of_number(number: object) -> Person | None:
    """The active person whom somebody means by ``number`` on a keypad.

    The employee number itself, or without regard to case, or its digits alone if they are nobody else's:
    who is FR-1001 need not look for letters.
    """
    if not isinstance(number, str) or not (typed := number.strip()) or len(typed) > _LONGEST_NUMBER:
        return None
    if _UNSTORABLE.search(typed):
        return None
    active = Person.objects.filter(active=True).order_by("pk")
    exact = active.filter(employee_number=typed).first()
    if exact is not None:
        return exact
    alike = list(active.filter(employee_number__iexact=typed)[:2])
    if not alike and typed.isascii() and typed.isdigit():
        ends = active.filter(employee_number__endswith=typed[-4:])
        alike = [person for person in ends if _digits(person.employee_number) == typed][:2]
    return alike[0] if len(alike) == 1 else None


def pass_check(number: object, pin: object, kiosk_id: UUID) -> Person:
    """Who ``number`` and ``pin`` belong to. It takes one slow hash, whatever is wrong.

    Raises:
        InvalidInput: ``pin.form``; ``pass.wrong`` for a number that nobody has as for a PIN of somebody else.
        TooManyTries: ``pass.too_many``, see :mod:`faceroster.passes.tries`.
    """
    pin = pin_check_form(pin)
    person = person_of_number(number)
    whose = tries.of_person(person.pk) if person else tries.of_number(_counted(number))
    kiosk = tries.of_kiosk(kiosk_id)
    moment = tries.tries_take([whose, kiosk])
    if not _right(person, pin) or person is None:
        raise wrong()
    tries.tries_forgive(moment, right=[whose], others=[kiosk])
    return person


def pass_choose(people: Sequence[Person], pin: object) -> Person:
    """Which of ``people``, whom a face has narrowed it down to, this PIN belongs to.

    A wrong one counts for each of them, and not for the kiosk: who shows a face is no prankster.

    Raises:
        InvalidInput: ``pin.form``, ``pass.wrong``.
        Conflict: ``pass.number_needed`` when two of them have this PIN.
        TooManyTries: ``pass.too_many``.
    """
    pin = pin_check_form(pin)
    subjects = [tries.of_person(person.pk) for person in people]
    moment = tries.tries_take(subjects) if subjects else 0.0
    right = [person for person in people if _right(person, pin)]
    if not right:
        raise wrong()
    rights = [tries.of_person(person.pk) for person in right]
    tries.tries_forgive(moment, right=rights, others=subjects)
    if len(right) > 1:
        raise Conflict("pass.number_needed", _("Please enter your number as well."))
    return right[0]


def wrong() -> InvalidInput:
    return InvalidInput(
        "pass.wrong", _("That did not fit. Please try again, use your badge, or ask staff for a new PIN.")
    )


def _right(person: Person | None, pin: str) -> bool:
    """One slow hash in any case, so that the time tells nothing."""
    row = Pin.objects.filter(person=person).first() if person else None
    if row is None or person is None:
        make_password(_peppered(None, pin))
        return False
    return check_password(_peppered(person.pk, pin), row.secret)


def _peppered(person_id: UUID | None, pin: str) -> str:
    """Keyed before it is hashed: ten thousand PINs are soon tried, but not without the root key."""
    return hmac.digest(purpose_key("pins"), f"{person_id}|{pin}".encode(), "sha256").hex()


def _counted(number: object) -> str:
    """As what a number that nobody has is counted: its digits, or its letters where it has none.

    However somebody's number is written, it is counted for them; so is one of nobody here, or whoever
    writes it otherwise could tell which of them there are, and would have new tries each time.
    """
    typed = number.strip()[:_LONGEST_NUMBER] if isinstance(number, str) else ""
    plain = unicodedata.normalize("NFKC", typed).casefold()
    digits = "".join(str(unicodedata.digit(sign)) for sign in plain if sign.isdigit())
    return digits or "".join(filter(str.isalpha, plain))


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())
