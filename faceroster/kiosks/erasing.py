"""What the erasure of a person does to what kiosks have decided; for the erasure and for nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import F, JSONField, Q, TextField
from django.db.models.functions import Cast

from faceroster.kiosks import sightings
from faceroster.kiosks.models import Decision, DecisionCrop, FalseAccept, Kiosk
from faceroster.people.models import Person

#: Whatever a decision explains itself by, with fields to come: it measures faces and may name people.
_TOLD = [field for field in Decision._meta.concrete_fields if isinstance(field, JSONField)]
_NAMING = tuple(field.name for field in _TOLD)


def decisions_forget(person: Person, *, kept: Collection[UUID], nameless: bool) -> Counter[str]:
    """Delete the decisions about ``person``, their faces and "not me"s; how many of each kind.

    Those ``kept`` are what a punch or a resolution points at: of them the time, the kiosk and the outcome
    stay. ``nameless``: they lose the person too.
    """
    done: Counter[str] = Counter()
    done["kiosks.decisioncrop"] += DecisionCrop.objects.filter(person=person).delete()[0]
    done["kiosks.falseaccept"] += FalseAccept.objects.filter(person=person).delete()[0]
    mine = Decision.objects.filter(person=person).order_by()
    done["kiosks.decision"] += mine.exclude(pk__in=kept).delete()[0]
    blank: dict[str, Any] = {field.name: field.get_default() for field in _TOLD}
    blank |= {"score": None, "quality": None}
    if nameless:
        blank["person"] = None
    done["kiosks.decision of a punch, blanked"] += mine.filter(pk__in=kept).update(**blank)
    done["kiosks.decision of others, name taken out"] += _others_forget(person.pk)
    return done


def kiosks_forget(person: Person) -> int:
    """Drop the present look of every kiosk: whoever stands there is looked at anew. For after the commit."""
    keys = list(Kiosk.objects.values_list("pk", flat=True))
    for key in keys:
        sightings.sighting_forget(key)
    return len(keys)


def _others_forget(person_id: UUID) -> int:
    """Take ``person_id`` out of what other recognitions compared with."""
    text = str(person_id)
    named = Q()
    for name in _NAMING:
        named |= Q(**{f"{name}_text__contains": text})
    rows = Decision.objects.alias(**{f"{name}_text": Cast(F(name), TextField()) for name in _NAMING}).filter(
        named
    )
    changed = []
    for row in rows.only("pk", *_NAMING).order_by():
        for name in _NAMING:
            setattr(row, name, without(getattr(row, name), text))
        changed.append(row)
    Decision.objects.bulk_update(changed, list(_NAMING), batch_size=500)
    return len(changed)


def without(value: Any, text: str) -> Any:
    """``value`` (of JSON) without the entries of lists, and the values of names, that hold ``text``."""
    if isinstance(value, list):
        return [without(one, text) for one in value if not _names(one, text)]
    if isinstance(value, dict):
        kept = {key: inner for key, inner in value.items() if key != text}
        return {key: None if inner == text else without(inner, text) for key, inner in kept.items()}
    return value


def _names(value: Any, text: str) -> bool:
    return value == text or (isinstance(value, dict) and text in value.values())
