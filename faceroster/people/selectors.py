"""Reading sites, departments and people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from faceroster.people.models import Department, DepartmentStay, Person, Site
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


@dataclass(frozen=True, slots=True)
class Stays:
    """In which department some people were on which day, for days from :func:`stays_of`'s ``first`` on.

    ``departments``: all that any of them are or were in, by key, each with its site.
    """

    departments: Mapping[UUID, Department]
    _left: Mapping[UUID, Sequence[tuple[date, UUID]]]  # of people: first day elsewhere, and where before

    def department(self, person: Person, day: date) -> Department:
        """``person``'s department on ``day``."""
        for until, department_id in self._left.get(person.pk, ()):
            if day < until:
                return self.departments[department_id]
        return self.departments[person.department_id]


def stays_of(people: Iterable[Person], *, first: date) -> Stays:
    """Where ``people`` were on days from ``first`` on. Two queries; they need nothing fetched along."""
    people = list(people)
    left: dict[UUID, list[tuple[date, UUID]]] = defaultdict(list)
    rows = DepartmentStay.objects.filter(person__in=[person.pk for person in people], until__gt=first)
    for person_id, until, department_id in rows.order_by("until").values_list(
        "person_id", "until", "department_id"
    ):
        left[person_id].append((until, department_id))
    keys = {person.department_id for person in people} | {
        department_id for stays in left.values() for _until, department_id in stays
    }
    return Stays(Department.objects.select_related("site").in_bulk(keys), dict(left))
