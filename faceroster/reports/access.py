"""Who may look at attendance, who may decide about it, and reading what an address asks for."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from faceroster.people.models import Department, Site
from faceroster.trust.guards import View, decides, guarded, looks

_Row = TypeVar("_Row", Department, Site)


def viewer_only(view: View) -> View:
    """GET, for those who may see attendance at all. Others sign in first, or are refused (403)."""
    return require_safe(guarded(view, looks))


def decider_only(view: View) -> View:
    """POST, for administrators, and managers, who decide about their own departments.

    Which ones these are, ``departments_managed_by`` says; the view must start from it.
    """
    return require_POST(guarded(view, decides))


def one(rows: QuerySet[_Row], key: str) -> _Row | None:
    """The row that ``key`` names, None for no key. Raises Http404 for one that is not among ``rows``."""
    if not key:
        return None
    try:
        return get_object_or_404(rows, pk=UUID(key))
    except ValueError:
        raise Http404 from None
