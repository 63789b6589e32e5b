"""Recording. An entry is stored in the transaction of what it tells of: what is undone leaves none.

Its place in the chain it gets right after that transaction, in one of its own (``chain``), so that nobody who
holds rows waits for the chain, and nobody who holds the chain waits for rows.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from faceroster.audit import callers, canonical, chain, keys
from faceroster.audit import details as plain_details
from faceroster.audit.actions import Action
from faceroster.audit.models import Entry, Waiting
from faceroster.audit.subjects import Subject, subject_of
from faceroster.trust.models import User

_AT_ONCE = 500


def record(
    action: Action,
    *,
    actor: object = None,
    by: User | None = None,
    subject: Subject | Model | None = None,
    details: Mapping[str, Any] | None = None,
    request: HttpRequest | None = None,
) -> Entry:
    """Write down that ``actor`` did ``action`` to ``subject``.

    Args:
        actor: A user, token, kiosk or :class:`callers.Actor`; by itself whoever sent the present request, and
            ``by``, or the system, where there is none.
        subject: A row, or a :class:`Subject` for what is no row.
        details: Plain values; what was changed under ``changed``: name -> [before, after].
        request: By itself the present one.

    Raises:
        Unfit: the details hold what has no place here.
    """
    [entry] = record_many([(subject, details or {})], action=action, actor=actor, by=by, request=request)
    return entry


def record_many(
    what: Iterable[tuple[Subject | Model | None, Mapping[str, Any]]],
    *,
    action: Action,
    actor: object = None,
    by: User | None = None,
    request: HttpRequest | None = None,
) -> list[Entry]:
    """The same of many subjects, each with its details, in a few statements."""
    request = request or callers.request_now()
    who = callers.actor_now(request) if actor is None else callers.actor_of(actor)
    if by is not None and who == callers.SYSTEM:
        who = callers.actor_of(by)
    with transaction.atomic():
        key_id, key = keys.key_current()
        entries = [
            _sealed(action, who, subject_of(subject), plain_details.plain(details), request, key_id, key)
            for subject, details in what
        ]
        if not entries:
            return []
        Entry.objects.bulk_create(entries, batch_size=_AT_ONCE)
        Waiting.objects.bulk_create([Waiting(entry=entry) for entry in entries], batch_size=_AT_ONCE)
        # Robust: the entries are stored; a place in the chain the next one's writer gives them as well.
        transaction.on_commit(partial(chain.extend_once, entries[0].pk), robust=True)
    return entries


def _sealed(
    action: Action,
    who: callers.Actor,
    subject: Subject,
    details: dict[str, Any],
    request: HttpRequest | None,
    key_id: Any,
    key: bytes,
) -> Entry:
    entry = Entry(
        at=timezone.now(),
        action=Action(action),
        actor_kind=who.kind,
        actor_id=plain_details.text_of(who.id, 64),
        actor_name=plain_details.text_of(who.name, 200),
        subject_kind=subject.kind,
        subject_id=plain_details.text_of(subject.id, 64),
        subject_name=plain_details.text_of(subject.name, 200),
        person_id=subject.person,
        department_id=subject.department,
        site_id=subject.site,
        details=details,
        address=callers.address_of(request),
        request_id=callers.request_id_of(request),
        salt=secrets.token_hex(16),
        key_id=key_id,
    )
    entry.told = canonical.told_of(key, entry)
    entry.seal = canonical.seal_of(key, entry)
    return entry
