"""Base classes of every model."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from django.db import models

from faceroster.core.errors import Conflict

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_Row = TypeVar("_Row", bound="AppendOnly")


class PublicModel(models.Model):
    """A row that the outside may name: its key tells nothing about how many there are."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        abstract = True


class AppendOnlyQuerySet(models.QuerySet[_Row]):
    """Refuses the operations that would rewrite history."""

    def update(self, **kwargs: Any) -> NoReturn:
        self.model.refuse("changed")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        self.model.refuse("changed")

    def bulk_create(self, objs: Iterable[_Row], *args: Any, **kwargs: Any) -> list[_Row]:
        if kwargs.get("update_conflicts") or (len(args) > 2 and args[2]):
            self.model.refuse("changed")
        return super().bulk_create(objs, *args, **kwargs)

    def delete(self) -> NoReturn:
        self.model.refuse("deleted")


class AppendOnly(models.Model):
    """A row that is written once. Changing or deleting one raises :class:`Conflict`.

    ``refusal``: the code, and a sentence with a place for “changed” or “deleted”.
    """

    refusal: ClassVar[tuple[str, str | _StrPromise]]

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding or kwargs.get("force_update"):
            self.refuse("changed")
        # An insert and nothing else, also when the key is given and already taken.
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        self.refuse("deleted")

    @classmethod
    def refuse(cls, what: str) -> NoReturn:
        code, sentence = cls.refusal
        raise Conflict(code, str(sentence).format(what))
