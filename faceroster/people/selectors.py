"""Reading sites, departments and people."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet

from faceroster.people.models import Department, Person


def departments_with_counts() -> QuerySet[Department]:
    """Departments with ``people_count``: how many of their people are active."""
    return Department.objects.select_related("site").annotate(
        people_count=Count("people", filter=Q(people__active=True), distinct=True)
    )


def people_by_number(numbers: Iterable[str]) -> dict[str, Person]:
    """Those of ``numbers`` that are on the roster, by employee number."""
    people = Person.objects.filter(employee_number__in=set(numbers)).select_related("department__site")
    return {person.employee_number: person for person in people}
