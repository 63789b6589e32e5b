"""Reading sites, departments and people."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet

from faceroster.people.models import Department, Person, Site
from faceroster.trust.models import Role, User
from faceroster.trust.rights import is_administrator


def people_visible_to(user: object) -> QuerySet[Person]:
    """Everyone for administrators and staff, their own departments' people for managers, else nobody.

    Those who have left included. The one rule that every page, export and address goes by.
    """
    people = Person.objects.select_related("department__site")
    if not isinstance(user, User) or not user.is_active:
        return people.none()
    if user.sees_everyone:
        return people
    if user.role != Role.MANAGER:
        return people.none()
    return people.filter(department__in=user.managed_departments.all())


def departments_visible_to(user: object) -> QuerySet[Department]:
    """All departments for administrators and staff, a manager's own, else none."""
    departments = Department.objects.select_related("site")
    if not isinstance(user, User) or not user.is_active:
        return departments.none()
    if user.sees_everyone:
        return departments
    if user.role != Role.MANAGER:
        return departments.none()
    return departments.filter(pk__in=user.managed_departments.values("pk"))


def departments_managed_by(user: object) -> QuerySet[Department]:
    """Where ``user`` decides (corrections, leave, approval, closing): administrators everywhere, managers in
    their own departments, nobody else anywhere.
    """
    departments = Department.objects.select_related("site")
    if not isinstance(user, User) or not user.is_active:
        return departments.none()
    if is_administrator(user):
        return departments
    if user.role != Role.MANAGER:
        return departments.none()
    return departments.filter(pk__in=user.managed_departments.values("pk"))


def sites_visible_to(user: object) -> QuerySet[Site]:
    """The sites of :func:`departments_visible_to`; for administrators and staff all of them."""
    if isinstance(user, User) and user.is_active and user.sees_everyone:
        return Site.objects.all()
    return Site.objects.filter(pk__in=departments_visible_to(user).values("site"))


def departments_with_counts() -> QuerySet[Department]:
    """Departments with ``people_count``: how many of their people are active."""
    return Department.objects.select_related("site").annotate(
        people_count=Count("people", filter=Q(people__active=True), distinct=True)
    )


def people_by_number(numbers: Iterable[str]) -> dict[str, Person]:
    """Those of ``numbers`` that are on the roster, by employee number."""
    people = Person.objects.filter(employee_number__in=set(numbers)).select_related("department__site")
    return {person.employee_number: person for person in people}
