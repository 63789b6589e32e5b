"""What pages of rosters ask for. Whether it can be done, the services say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from faceroster.people.models import Department, Person, Site
from faceroster.rosters.models import (
    DayPart,
    LeaveKind,
    Pattern,
    Policy,
    RosterException,
    Shift,
    ShiftVersion,
)
from faceroster.rosters.resting import countries, subdivisions
from faceroster.rosters.shifts import POLICY_RULES, RULES


def date_widget() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def time_widget() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class DayField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=date_widget(), **kwargs)


class VersionForm(forms.ModelForm):  # type: ignore[type-arg]
    """The rules of a shift from a day on."""

    #: The page's sections: heading and names of fields.
    SECTIONS: tuple[tuple[Any, tuple[str, ...]], ...] = (
        (
            _("When"),
            ("effective_from", "starts", "ends", "flexible", "core_starts", "core_ends", "target_minutes"),
        ),
        (_("Breaks"), ("break_mode", "break_minutes", "break_after_minutes", "break_paid")),
        (_("Coming and going"), ("grace_in_minutes", "grace_out_minutes", "early_counts", "missed_out")),
        (_("What counts"), ("rounding_minutes", "rounding", "half_day_minutes", "overtime_after_minutes")),
        (_("Which punches belong to it"), ("opens_minutes", "closes_minutes")),
    )

    class Meta:
        model = ShiftVersion
        fields = ("effective_from", *RULES)
        widgets = {
            "effective_from": date_widget(),
            **{name: time_widget() for name in ("starts", "ends", "core_starts", "core_ends")},
        }

    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in self.SECTIONS]

    @property
    def rules(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in RULES}


class ShiftForm(forms.ModelForm):  # type: ignore[type-arg]
    """How a shift is called and shown."""

    class Meta:
        model = Shift
        fields = ("name", "colour", "active")
        widgets = {"colour": forms.TextInput(attrs={"type": "color"})}


class NewShiftForm(VersionForm):
    """A shift with its first version."""

    site = forms.ModelChoiceField(Site.objects.all(), label=_("site"), empty_label=None)
    name = forms.CharField(label=_("name"), max_length=60)
    colour = forms.CharField(
        label=_("colour"), initial="#1f9a84", widget=forms.TextInput(attrs={"type": "color"})
    )
    SECTIONS = ((_("The shift"), ("site", "name", "colour")), *VersionForm.SECTIONS)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Policy
        fields = ("effective_from", *POLICY_RULES)
        widgets = {"effective_from": date_widget()}

    @property
    def rules(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in POLICY_RULES}


class PatternForm(forms.Form):
    """A pattern: its name, its length, and the shifts of each of its days."""

    name = forms.CharField(label=_("name"), max_length=60)
    length = forms.IntegerField(label=_("days until it repeats"), min_value=1, max_value=84, initial=7)

    def __init__(
        self, *args: Any, shifts: Sequence[Shift], days: int, places: int = 2, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.shifts = {str(shift.pk): shift for shift in shifts}
        self.days = days
        self.places = range(max(2, places))  # how many shifts of a day the page offers
        choices = [("", "–"), *((key, shift.name) for key, shift in self.shifts.items())]
        for day in range(days):
            for place in self.places:
                self.fields[f"day_{day}_{place}"] = forms.ChoiceField(
                    choices=choices, required=False, label=_("Day %(day)s") % {"day": day + 1}
                )

    def weeks(self) -> list[list[tuple[int, list[forms.BoundField]]]]:
        """The days' fields in rows of seven, each day with its number."""
        cells = [(day + 1, [self[f"day_{day}_{place}"] for place in self.places]) for day in range(self.days)]
        return [cells[start : start + 7] for start in range(0, len(cells), 7)]

    @property
    def chosen(self) -> dict[int, list[Shift]]:
        found: dict[int, list[Shift]] = {}
        for day in range(min(self.days, self.cleaned_data["length"])):
            keys = [self.cleaned_data[f"day_{day}_{place}"] for place in self.places]
            found[day] = [self.shifts[key] for key in dict.fromkeys(keys) if key]
        return found


class AssignmentForm(forms.Form):
    """Who follows which pattern: a department, or one person if one is chosen."""

    department = forms.ModelChoiceField(Department.objects.none(), label=_("department"), empty_label=None)
    person = forms.ModelChoiceField(
        Person.objects.none(), label=_("person"), required=False, empty_label=_("Everyone in the department")
    )
    pattern = forms.ModelChoiceField(Pattern.objects.none(), label=_("pattern"), empty_label=None)
    starts_on = DayField(label=_("from"), help_text=_("The first day of the pattern."))
    ends_on = DayField(label=_("to"), required=False, help_text=_("Empty: until further notice."))

    def __init__(
        self,
        *args: Any,
        departments: QuerySet[Department],
        people: QuerySet[Person],
        patterns: QuerySet[Pattern],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("department", departments), ("person", people), ("pattern", patterns)):
            self.fields[name].queryset = rows  # type: ignore[attr-defined]

    @property
    def target(self) -> dict[str, Any]:
        person = self.cleaned_data["person"]
        return {"person": person} if person else {"department": self.cleaned_data["department"]}


class DayForm(forms.Form):
    """What a person works on one day."""

    PATTERN, OFF, SHIFTS = "pattern", "off", "shifts"

    how = forms.ChoiceField(
        choices=[
            (PATTERN, _("As the pattern says")),
            (OFF, _("Day off")),
            (SHIFTS, _("These shifts")),
        ],
        widget=forms.RadioSelect,
        label=_("What is worked"),
    )
    shifts = forms.ModelMultipleChoiceField(
        Shift.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label=_("shifts")
    )
    note = forms.CharField(
        label=_("note"), required=False, max_length=RosterException._meta.get_field("note").max_length
    )

    def __init__(self, *args: Any, shifts: QuerySet[Shift], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shifts"].queryset = shifts  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("how") == self.SHIFTS and not cleaned.get("shifts"):
            self.add_error("shifts", _("Choose a shift."))
        return cleaned

    @property
    def wanted(self) -> list[Shift] | None:
        how = self.cleaned_data["how"]
        if how == self.PATTERN:
            return None
        return list(self.cleaned_data["shifts"]) if how == self.SHIFTS else []


class CalendarForm(forms.Form):
    """A site's country and region."""

    country = forms.ChoiceField(label=_("country"))
    subdivision = forms.ChoiceField(label=_("state or region"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = list(countries().items())  # type: ignore[attr-defined]
        chosen = self["country"].value() or ""
        regions = subdivisions(chosen) if chosen in countries() else {}
        self.fields["subdivision"].choices = [  # type: ignore[attr-defined]
            ("", _("The whole country")),
            *regions.items(),
        ]


class HolidayForm(forms.Form):
    day = DayField(label=_("day"))
    name = forms.CharField(label=_("name"), max_length=200)


class LeaveForm(forms.Form):
    """Leave that somebody enters for a person."""

    person = forms.ModelChoiceField(Person.objects.none(), label=_("person"))
    kind = forms.ModelChoiceField(
        LeaveKind.objects.filter(active=True), label=_("kind of leave"), empty_label=None
    )
    first = DayField(label=_("first day"))
    last = DayField(label=_("last day"), required=False, help_text=_("Empty: the same day."))
    part = forms.ChoiceField(label=_("how much"), choices=DayPart.choices)
    reason = forms.CharField(label=_("reason"), required=False, max_length=200)

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data["last"] = data["last"] or data["first"]
        return data


def initial_of(version: ShiftVersion | Policy | None, names: Sequence[str], day: date) -> dict[str, Any]:
    """The first values of a form for what comes after ``version``, in force from ``day``."""
    kept = {name: getattr(version, name) for name in names} if version else {}
    return {"effective_from": day, **kept}
