"""An entry in words: who, what, to whom, and what was before and is now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from faceroster.audit.actions import Action
from faceroster.audit.models import ActorKind, Entry

_EMPTY = "–"


def who(entry: Entry) -> str:
    if entry.actor_name:
        return entry.actor_name
    if entry.actor_id and not entry.salt:
        return _("somebody who was erased")
    return (
        str(ActorKind(entry.actor_kind).label) if entry.actor_kind in ActorKind.values else entry.actor_kind
    )


def what(entry: Entry) -> str:
    return str(Action(entry.action).label) if entry.action in Action.values else entry.action


def kind(entry: Entry) -> str:
    """What sort of row it was done to, such as “site”."""
    model = _model(entry)
    return str(model._meta.verbose_name) if model is not None else ""


def whom(entry: Entry) -> str:
    if entry.subject_name:
        return entry.subject_name
    return _("somebody who was erased") if entry.person_id and not entry.salt else ""


def details(entry: Entry) -> list[str]:
    """Lines such as “name: Ann → Anna”."""
    found = []
    for name, value in entry.details.items():
        if name == "changed" and isinstance(value, dict):
            found += [
                f"{_field(entry, field)}: {_shown(before)} → {_shown(after)}"
                for field, (before, after) in value.items()
            ]
        elif name == "hidden" and isinstance(value, list):
            found += [_("%(field)s: set anew") % {"field": _field(entry, field)} for field in value]
        elif isinstance(value, dict):
            found += list(_nested(_field(entry, name), value))
        elif value not in (None, "", []):
            found.append(f"{_field(entry, name)}: {_shown(value)}")
    return found


def _nested(name: str, value: dict[str, Any]) -> Iterator[str]:
    signs = {"added": "+", "removed": "-"}
    for what_, inner in value.items():
        yield f"{name}: {signs.get(what_, what_)} {_shown(inner)}"


def _shown(value: Any) -> str:
    if value is None or value == "" or value == []:
        return _EMPTY
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    return str(value)


def _model(entry: Entry) -> Any:
    try:
        return apps.get_model(entry.subject_kind)
    except (LookupError, ValueError):
        return None


def _field(entry: Entry, name: str) -> str:
    """The field's name on its own page; else as it was recorded."""
    model = _model(entry)
    try:
        return str(model._meta.get_field(name).verbose_name) if model is not None else name.replace("_", " ")
    except (FieldDoesNotExist, AttributeError):
        return name.replace("_", " ")
