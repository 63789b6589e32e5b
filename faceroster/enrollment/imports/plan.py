"""What a table would do to the roster: who is added, who is changed, and what is wrong with which row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.consents.selectors import text_labelled
from faceroster.enrollment.imports import consents
from faceroster.enrollment.imports.table import Row, Table
from faceroster.people.models import Department, Person, Site
from faceroster.people.selectors import people_by_number

_YES = frozenset({"yes", "y", "true", "1", "active", "x"})
_NO = frozenset({"no", "n", "false", "0", "inactive"})
_MISSING = {
    "employee_number": gettext_lazy("The employee number is missing."),
    "name": gettext_lazy("The name is missing."),
}


class Action(StrEnum):
    ADD = "add"
    CHANGE = "change"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, in the words of the one who wrote the table."""

    row: int
    column: str
    code: str
    message: str

    def as_json(self) -> dict[str, str | int]:
        return {"row": self.row, "column": self.column, "code": self.code, "message": self.message}


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One row, understood. ``email`` and ``active`` are None where the table leaves them as they are.

    ``paper``: a consent that is to be entered.
    """

    row: int
    action: Action
    employee_number: str
    name: str
    department: Department
    email: str | None
    active: bool | None
    person: Person | None
    differences: tuple[str, ...] = ()
    paper: consents.PaperConsent | None = None

    def new_person(self) -> Person:
        """Whom this row adds, not stored yet."""
        return Person(
            employee_number=self.employee_number,
            name=self.name,
            department=self.department,
            email=self.email or "",
            active=self.active is not False,
        )


@dataclass
class Plan:
    """``new_departments`` are not stored yet; rows point at them."""

    rows: list[PlannedRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    new_departments: list[Department] = field(default_factory=list)

    def count(self, action: Action) -> int:
        return sum(row.action == action for row in self.rows)


def make_plan(table: Table, *, create_departments: bool) -> Plan:
    """Compare ``table`` with the roster as it is now; writes nothing, and needs a few queries."""
    return _Planner(table, create_departments).run()


class _Planner:
    def __init__(self, table: Table, create_departments: bool) -> None:
        self.table = table
        self.create = create_departments
        self.plan = Plan()
        self.people = people_by_number(row.cells["employee_number"] for row in table.rows)
        self.sites = {site.name.casefold(): site for site in Site.objects.all()}
        self.departments: dict[str, list[Department]] = {}
        for department in Department.objects.select_related("site"):
            self.departments.setdefault(department.name.casefold(), []).append(department)
        self.seen: dict[str, int] = {}
        self.find_text = cache(text_labelled)
        self.signed = consents.days_signed(self.people.values())

    def run(self) -> Plan:
        for row in self.table.rows:
            self._row(row)
        return self.plan

    def _problem(self, row: Row, column: str, code: str, message: str) -> None:
        self.plan.problems.append(Problem(row.number, column, code, message))

    def _row(self, row: Row) -> None:
        before = len(self.plan.problems)
        number = row.cells["employee_number"]
        self._check_number(row, number)
        department = self._department(row)
        active = self._active(row)
        email = row.cells.get("email")
        paper = self._paper(row)
        self._check_values(row, number, row.cells["name"], email or "")
        if department is None or len(self.plan.problems) > before:
            return
        person = self.people.get(number)
        differences = _differences(person, row.cells["name"], department, email, active) if person else ()
        if paper is not None and person is not None:
            if consents.is_news(paper, person, self.signed):
                differences += (paper.difference,)
            else:
                paper = None
        action = Action.ADD if person is None else Action.CHANGE if differences else Action.SAME
        self.plan.rows.append(
            PlannedRow(
                row.number,
                action,
                number,
                row.cells["name"],
                department,
                email,
                active,
                person,
                differences,
                paper,
            )
        )

    def _paper(self, row: Row) -> consents.PaperConsent | None:
        try:
            return consents.read(row.cells, self.find_text)
        except consents.Unclear as error:
            self._problem(row, error.column, "import.invalid_value", error.message)
            return None

    def _check_number(self, row: Row, number: str) -> None:
        if number and number in self.seen:
            message = _("The employee number %(number)s is in row %(row)s already.") % {
                "number": number,
                "row": self.seen[number],
            }
            self._problem(row, "employee_number", "import.duplicate_number", message)
        self.seen.setdefault(number, row.number)

    def _check_values(self, row: Row, number: str, name: str, email: str) -> None:
        try:
            Person(employee_number=number, name=name, email=email).clean_fields(
                exclude=["department", "subject_key"]
            )
        except ValidationError as error:
            for column, details in error.error_dict.items():
                for detail in details:
                    self._problem(row, column, "import.invalid_value", self._sentence(column, detail))

    @staticmethod
    def _sentence(column: str, detail: ValidationError) -> str:
        if detail.code == "blank":
            return str(_MISSING.get(column) or _("A value is missing."))
        return " ".join(detail.messages)

    def _active(self, row: Row) -> bool | None:
        text = row.cells.get("active", "").casefold()
        if not text or text in _YES or text in _NO:
            return None if not text else text in _YES
        message = _("“%(text)s” is neither yes nor no.") % {"text": row.cells["active"]}
        self._problem(row, "active", "import.invalid_value", message)
        return None

    def _department(self, row: Row) -> Department | None:
        name, site_name = row.cells["department"], row.cells.get("site", "")
        if not name:
            self._problem(row, "department", "import.invalid_value", _("The department is missing."))
            return None
        site = None
        if site_name:
            site = self.sites.get(site_name.casefold())
            if site is None:
                message = _("There is no site called %(site_name)s.") % {"site_name": site_name}
                self._problem(row, "site", "import.unknown_site", message)
                return None
        matches = [
            department
            for department in self.departments.get(name.casefold(), ())
            if site is None or department.site_id == site.pk
        ]
        if len(matches) == 1:
            return matches[0]
        if len(matches) > 1:
            places = ", ".join(sorted(department.site.name for department in matches))
            message = _(
                "There is a department called %(name)s at several sites (%(places)s): give the site."
            ) % {"name": name, "places": places}
            self._problem(row, "site", "import.ambiguous_department", message)
            return None
        return self._new_department(row, name, site)

    def _new_department(self, row: Row, name: str, site: Site | None) -> Department | None:
        if not self.create:
            message = (
                _("There is no department called %(name)s at %(site)s.") % {"name": name, "site": site}
                if site
                else _("There is no department called %(name)s.") % {"name": name}
            )
            self._problem(row, "department", "import.unknown_department", message)
            return None
        if site is None and len(self.sites) != 1:
            message = _(
                "The department %(name)s is new, and it is not clear at which site: give the site."
            ) % {"name": name}
            self._problem(row, "site", "import.site_needed", message)
            return None
        department = Department(name=name, site=site or next(iter(self.sites.values())))
        try:
            department.clean_fields(exclude=["site"])
        except ValidationError as error:
            self._problem(row, "department", "import.invalid_value", " ".join(error.messages))
            return None
        self.departments.setdefault(name.casefold(), []).append(department)
        self.plan.new_departments.append(department)
        return department


def _differences(
    person: Person, name: str, department: Department, email: str | None, active: bool | None
) -> tuple[str, ...]:
    found = []
    if person.name != name:
        found.append(_("name: %(before)s → %(after)s") % {"before": person.name, "after": name})
    if person.department_id != department.pk:
        found.append(
            _("department: %(before)s → %(after)s")
            % {"before": person.department.name, "after": department.name}
        )
    if email is not None and person.email != email:
        found.append(
            _("email: %(before)s → %(after)s")
            % {"before": person.email or _("none"), "after": email or _("none")}
        )
    if active is not None and person.active != active:
        found.append(_("becomes active") if active else _("becomes inactive"))
    return tuple(found)


def as_json(rows: Iterable[Row]) -> list[list[object]]:
    """Rows as they are kept between the dry run and the run."""
    return [[row.number, row.cells] for row in rows]


def from_json(value: list[list[object]]) -> Table:
    """The table again. Raises ValueError when it is not what :func:`as_json` wrote."""
    rows = tuple(Row(number, cells) for number, cells in value)  # type: ignore[arg-type]
    return Table(tuple(rows[0].cells), (), rows)
