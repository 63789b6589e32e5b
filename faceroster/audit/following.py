"""Models whose rows are followed: who adds, changes or deletes one by its model's own methods is recorded.

On whatever way they came: a page, the admin, the API, a command. What goes by ``update`` or ``bulk_create``
tells nobody, and its service records it itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Field, Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from faceroster.audit.actions import Action
from faceroster.audit.details import LONGEST_LIST, is_secret, text_of
from faceroster.audit.services import record

_BEFORE = "_audit_before"
Changed = dict[str, list[Any]]
Choose = Callable[[set[str]], Action]


@dataclass(frozen=True)
class Following:
    """Which fields of a model, by which actions. Fields of ``hidden`` are named when they change, no more."""

    created: Action | None
    changed: Action | Choose
    deleted: Action | None
    fields: tuple[str, ...]
    hidden: tuple[str, ...]


def follow(
    model: type[Model],
    *,
    fields: Sequence[str],
    created: Action | None = Action.SETTING_CREATED,
    changed: Action | Choose = Action.SETTING_CHANGED,
    deleted: Action | None = Action.SETTING_DELETED,
    hidden: Sequence[str] = (),
) -> None:
    """Record what happens to rows of ``model``. For an app's ``ready``.

    Raises:
        ValueError: a field by its name holds what may not be written down; it belongs to ``hidden``.
    """
    if open_secrets := [name for name in fields if is_secret(name)]:
        raise ValueError(f"not to be followed in the open: {', '.join(open_secrets)}")
    following = Following(created, changed, deleted, tuple(fields), tuple(hidden))
    label = model._meta.label_lower
    for signal, receiver in (
        (pre_save, _before_saving(following)),
        (post_save, _after_saving(following)),
        (post_delete, _after_deleting(following)),
    ):
        signal.connect(receiver, sender=model, weak=False, dispatch_uid=f"audit|{label}")


def follow_many(model: type[Model], name: str, *, action: Action = Action.SETTING_CHANGED) -> None:
    """Record who is added to and taken from the many-to-many field ``name`` of ``model``."""

    def receiver(
        instance: Any, action: str, reverse: bool, pk_set: set[Any] | None, model: type[Model], **_: Any
    ) -> None:
        what = {"post_add": "added", "post_remove": "removed", "pre_clear": "removed"}.get(action)
        if what is None or reverse:
            return
        rows = getattr(instance, name).all()
        if action != "pre_clear":
            rows = model._default_manager.filter(pk__in=pk_set or ())
        names = [text_of(other, 100) for other in rows[:LONGEST_LIST]]
        if names:
            record(recorded, subject=instance, details={name: {what: names}})

    recorded = action
    through = getattr(model, name).through
    m2m_changed.connect(receiver, sender=through, weak=False, dispatch_uid=f"audit|{through.__name__}")


def _before_saving(following: Following) -> Callable[..., None]:
    def receiver(
        sender: type[Model], instance: Model, raw: bool, update_fields: Any, using: str, **_: Any
    ) -> None:
        instance.__dict__.pop(_BEFORE, None)
        names = _touched(following, update_fields)
        if raw or instance._state.adding or not names:
            return
        row = sender._base_manager.using(using).filter(pk=instance.pk).order_by()
        columns = [_column(sender, name) for name in names]
        instance.__dict__[_BEFORE] = row.values_list(*columns).first()

    return receiver


def _column(model: type[Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.attname)


def _touched(following: Following, update_fields: Any) -> tuple[str, ...]:
    names = following.fields + following.hidden
    return names if update_fields is None else tuple(name for name in names if name in update_fields)


def _after_saving(following: Following) -> Callable[..., None]:
    def receiver(
        sender: type[Model], instance: Model, created: bool, raw: bool, update_fields: Any, **_: Any
    ) -> None:
        before = instance.__dict__.pop(_BEFORE, None)
        if raw:
            return
        if created:
            if following.created:
                record(following.created, subject=instance, details=_said(instance, following))
            return
        if before is None:
            return
        names = _touched(following, update_fields)
        differing = [
            (name, old)
            for name, old in zip(names, before, strict=True)
            if old != getattr(instance, _column(sender, name))
        ]
        if differing:
            _record_change(following, instance, differing)

    return receiver


def _record_change(following: Following, instance: Model, differing: list[tuple[str, Any]]) -> None:
    changed: Changed = {
        name: [_text(instance, name, old), _text(instance, name, None, now=True)]
        for name, old in differing
        if name in following.fields
    }
    hidden = [name for name, _ in differing if name in following.hidden]
    choose = following.changed
    action = choose if isinstance(choose, Action) else choose({name for name, _ in differing})
    details: dict[str, Any] = {"changed": changed} if changed else {}
    record(action, subject=instance, details={**details, **({"hidden": hidden} if hidden else {})})


def _after_deleting(following: Following) -> Callable[..., None]:
    def receiver(instance: Model, **_: Any) -> None:
        if following.deleted:
            record(following.deleted, subject=instance, details=_said(instance, following))

    return receiver


def _said(instance: Model, following: Following) -> dict[str, Any]:
    """The values of a row that comes or goes, without those that are empty."""
    found = {name: _text(instance, name, None, now=True) for name in following.fields}
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _text(instance: Model, name: str, value: Any, *, now: bool = False) -> Any:
    """A value as it is, or of a foreign key what the row is called."""
    field: Any = instance._meta.get_field(name)
    if now:
        value = getattr(instance, field.attname)
    if not isinstance(field, Field) or field.related_model is None or value is None:
        return value
    other = field.related_model._base_manager.filter(pk=value).first()
    return text_of(other if other is not None else value, 200)
