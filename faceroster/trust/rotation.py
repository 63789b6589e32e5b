"""A new root key: every key that the old one wraps is wrapped anew, while everything goes on.

Nothing that is sealed is touched: people's keys, purposes' keys and the audit log's keep their values. Each
batch is a transaction of its own, and a row that is done says so itself, so whatever is killed is taken up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from faceroster.core.errors import Conflict
from faceroster.trust import sealing
from faceroster.trust.models import PurposeKey
from faceroster.trust.wrapping import TABLES, Wrapping

_BATCH = 500

Progress = Callable[[int], Any]


def rows_left() -> Counter[str]:
    """How many keys another root key than the one in force wraps, by that key's id."""
    left: Counter[str] = Counter()
    for model in TABLES:
        left.update(row.root_key_id for row in _left_in(model).only("root_key_id").iterator())
    return left


def purposes_derived() -> list[str]:
    """The purposes whose keys an earlier version derived from a root key that is no longer in force."""
    old = PurposeKey.objects.exclude(derived_from="").exclude(derived_from=sealing.root_key_id())
    return list(old.order_by("pk").values_list("pk", flat=True))


def rewrap_check() -> None:
    """Refuse to begin where something could not be opened anyway.

    Raises:
        Conflict: ``root_key.unknown``.
    """
    unknown = set(rows_left()) - set(sealing.root_keys())
    if unknown:
        raise Conflict(
            "root_key.unknown",
            _("Some keys are sealed under a root key that is not here: %(keys)s.")
            % {"keys": ", ".join(sorted(unknown))},
        )


def rewrap(progress: Progress = lambda count: None) -> int:
    """Wrap everything under the root key in force. Returns how many keys that was.

    Raises:
        Conflict: ``root_key.unknown``.
        SealError: ``sealed.damaged`` when a row is not what was stored; what came before it is done.
    """
    rewrap_check()
    done = 0
    for model, wrapping in TABLES.items():
        for count in _rewrapped(model, wrapping):
            done += count
            progress(count)
    return done


def _left_in(model: type[Model]) -> QuerySet[Any]:
    # A key that was destroyed is empty, and stays under whatever it was.
    return model._default_manager.exclude(root_key_id=sealing.root_key_id()).exclude(wrapped=b"")


def _rewrapped(model: type[Model], wrapping: Wrapping) -> Iterator[int]:
    """Batch after batch. Who destroys a key meanwhile waits for its batch, or is waited for."""
    while True:
        with transaction.atomic():
            rows = list(_left_in(model).select_for_update().order_by("pk")[:_BATCH])
            for row in rows:
                plain = wrapping.open(row.pk, bytes(row.wrapped), row.root_key_id)
                row.wrapped, row.root_key_id = wrapping.wrap(row.pk, plain)
            model._default_manager.bulk_update(rows, ["wrapped", "root_key_id"])
        if not rows:
            return
        yield len(rows)
