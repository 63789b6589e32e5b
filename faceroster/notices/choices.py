"""Who hears of which event, unless they chose otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from faceroster.notices.models import Channel, Event, Subscription
from faceroster.people.models import Department, Person, Site
from faceroster.trust.models import Role, User

#: To those who manage the department. True: told unless they say no.
FOR_MANAGERS: dict[str, bool] = {
    Event.LATE: True,
    Event.MISSED_OUT: True,
    Event.CORRECTION_WAITING: True,
    Event.LEAVE_WAITING: True,
    Event.WEEKLY: True,
    Event.PERIOD_CLOSED: False,
    Event.OFFLINE_ENTRIES: True,
}
#: To those who look after the devices.
FOR_ADMINISTRATORS: dict[str, bool] = {
    Event.KIOSK_SILENT: True,
    Event.KIOSK_BACK: True,
    Event.KIOSK_KEY: True,
    Event.RECORDS_ALTERED: True,
}
#: To the person whom it is about.
FOR_PERSON: dict[str, bool] = {
    Event.MISSED_OUT: True,
    Event.CORRECTION_DECIDED: True,
    Event.LEAVE_DECIDED: True,
}
#: Somebody must answer these: where nobody manages the department, administrators are told.
NEEDS_ANSWER = (Event.CORRECTION_WAITING, Event.LEAVE_WAITING, Event.OFFLINE_ENTRIES)

_ADMINISTRATES = Q(role=Role.ADMINISTRATOR) | Q(is_superuser=True)
_DECIDES = Q(role__in=(Role.MANAGER, Role.ADMINISTRATOR)) | Q(is_superuser=True)


@dataclass(frozen=True, slots=True)
class Choice:
    """An event as the page of a user's choices shows it."""

    event: str
    label: str
    on: bool


def address_of(user: User) -> str:
    """Where mail for ``user`` goes: their own address, else that of the person they are. Empty: nowhere."""
    person = getattr(user, "person", None)
    return user.email or (person.email if person is not None else "")


def _wanting(users: Iterable[User], event: str, default: bool) -> list[User]:
    found = {user.pk: user for user in users}
    chosen = dict(
        Subscription.objects.filter(user__in=found, event=event, channel=Channel.EMAIL).values_list(
            "user_id", "on"
        )
    )
    return [user for pk, user in found.items() if chosen.get(pk, default) and address_of(user)]


def managers_for(
    event: str, department: Department, *, person: Person | None = None, actor: User | None = None
) -> list[User]:
    """Managers of ``department`` who want to hear of ``event``: not ``actor``, who made it happen, nor the
    ``person`` whom it is about.
    """
    users = User.objects.filter(is_active=True).select_related("person")
    if actor is not None:
        users = users.exclude(pk=actor.pk)
    if person is not None and person.user_id is not None:
        users = users.exclude(pk=person.user_id)
    managers = list(users.filter(_DECIDES, managed_departments=department))
    if not managers and event in NEEDS_ANSWER:
        managers = list(users.filter(_ADMINISTRATES))
    return _wanting(managers, event, FOR_MANAGERS[event])


def managers_at(event: str, site: Site) -> list[User]:
    """The same of what is nobody's: managers of any department of ``site``."""
    users = User.objects.filter(is_active=True).select_related("person")
    managers = list(users.filter(_DECIDES, managed_departments__site=site).distinct())
    if not managers and event in NEEDS_ANSWER:
        managers = list(users.filter(_ADMINISTRATES))
    return _wanting(managers, event, FOR_MANAGERS[event])


def administrators_for(event: str) -> list[User]:
    """Administrators who want to hear of ``event``, which concerns no department."""
    users = User.objects.filter(_ADMINISTRATES, is_active=True).select_related("person")
    return _wanting(users, event, FOR_ADMINISTRATORS[event])


def person_for(event: str, person: Person, *, actor: User | None = None) -> list[User]:
    """The user of ``person``, when there is one who wants to hear of ``event`` and did not do it."""
    user = person.user
    if user is None or not user.is_active or user == actor:
        return []
    return _wanting([user], event, FOR_PERSON[event])


def choices_of(user: User) -> list[Choice]:
    """The events that can concern ``user``, and whether mail comes of each."""
    offered: dict[str, bool] = {}
    if getattr(user, "person", None) is not None:
        offered |= FOR_PERSON
    if user.is_superuser or user.role in (Role.MANAGER, Role.ADMINISTRATOR):
        offered |= FOR_MANAGERS
    if user.is_superuser or user.role == Role.ADMINISTRATOR:
        offered |= FOR_ADMINISTRATORS
    chosen = dict(Subscription.objects.filter(user=user, channel=Channel.EMAIL).values_list("event", "on"))
    return [
        Choice(event, str(Event(event).label), chosen.get(event, offered[event]))
        for event in Event.values
        if event in offered
    ]


def choices_set(*, user: User, on: Iterable[str]) -> None:
    """Store which of :func:`choices_of` the user wants; all others are off."""
    wanted = set(on)
    with transaction.atomic():
        for choice in choices_of(user):
            Subscription.objects.update_or_create(
                user=user, event=choice.event, channel=Channel.EMAIL, defaults={"on": choice.event in wanted}
            )
