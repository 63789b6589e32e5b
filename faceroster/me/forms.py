"""What people ask for. The services decide; their errors are put at the field that they are about."""

from __future__ import annotations

import datetime as dt
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.attendance.corrections import correction_request
from faceroster.attendance.models import Correction, CorrectionKind, Direction
from faceroster.core.errors import FaceRosterError
from faceroster.me.days import Stamp
from faceroster.people.models import Person
from faceroster.rosters.models import DayPart, LeaveKind
from faceroster.rosters.services import InvalidFields, leave_request
from faceroster.trust.models import User

_date = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_time = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")

#: Which field a code is about; what is not here is about the whole.
_CORRECTION_FIELDS = {
    "correction.reason_missing": "reason",
    "correction.reason_long": "reason",
    "correction.time_missing": "time",
    "correction.in_future": "time",
    "correction.too_early": "date",
    "correction.other_day": "date",
    "correction.direction_missing": "direction",
    "correction.direction_unknown": "direction",
    "correction.nothing_changed": "time",
    "period.closed": "date",
}
_LEAVE_FIELDS = {
    "leave.order": "last",
    "leave.too_long": "last",
    "leave.part": "part",
    "leave.kind": "kind",
    "leave.balance": "kind",
    "leave.nothing": "first",
    "leave.past": "first",
    "leave.overlap": "first",
    "period.closed": "first",
}


class _Asking(forms.Form):
    fields_of: dict[str, str] = {}

    def described(self) -> None:
        """Tie every error and help text to its field for those who do not see where they stand."""
        for field in self:
            ids = [f"{field.id_for_label}-help"] if field.help_text else []
            if self.is_bound and field.errors:
                field.field.widget.attrs["aria-invalid"] = "true"
                ids.append(f"{field.id_for_label}-error")
            if ids:
                field.field.widget.attrs["aria-describedby"] = " ".join(ids)

    def refuse(self, error: FaceRosterError) -> None:
        if isinstance(error, InvalidFields):
            for name, text in error.fields.items():
                self.add_error(name if name in self.fields else None, text)
            return
        field = self.fields_of.get(error.code)
        self.add_error(
            field if field in self.fields else None, forms.ValidationError(error.message, error.code)
        )


class CorrectionForm(_Asking):
    """A missing punch, or, with ``stamp``, what was wrong with one that is there."""

    fields_of = _CORRECTION_FIELDS

    WRONG, NOT_ME = "wrong", "not_me"

    what = forms.ChoiceField(
        label=gettext_lazy("What was wrong?"),
        choices=[
            (WRONG, gettext_lazy("It was at another time, or in the other direction")),
            (NOT_ME, gettext_lazy("This was not me, or it should not count")),
        ],
        widget=forms.RadioSelect,
        initial=WRONG,
    )
    date = forms.DateField(label=gettext_lazy("Day"), widget=_date, required=False)
    time = forms.TimeField(label=gettext_lazy("Time"), widget=_time, required=False)
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"),
        choices=[(Direction.IN, gettext_lazy("I came")), (Direction.OUT, gettext_lazy("I left"))],
        widget=forms.RadioSelect,
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What happened, for whoever decides."),
    )

    def __init__(
        self, *args: Any, person: Person, day: dt.date | None, stamp: Stamp | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.day, self.stamp = person, day, stamp
        self.zone = stamp.zone if stamp else person.department.site.timezone
        if stamp is None:
            del self.fields["what"]
            for name in ("date", "time", "direction"):
                self.fields[name].required = True
        self.fields["time"].help_text = _("By the clock in %(zone)s.") % {"zone": self.zone}

    def _at(self) -> datetime | None:
        day, time = self.cleaned_data.get("date"), self.cleaned_data.get("time")
        if time is None:
            return None
        if day is None:
            self.add_error("date", _("Please give the day."))
            return None
        wall = datetime.combine(day, time)
        try:
            moment = wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
        except OverflowError:
            self.add_error("date", _("Please check the year."))
            return None
        if moment.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None) != wall:
            self.add_error("time", _("The clocks skipped this time on that day."))
            return None
        return moment

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("what") != self.NOT_ME:
            data["at"] = self._at()
        return data

    def request(self, user: User) -> Correction | None:
        """Ask; None, with errors at the fields, when it is refused."""
        if not self.is_valid():
            return None
        data, stamp = self.cleaned_data, self.stamp
        asked: dict[str, Any] = {"kind": CorrectionKind.ADD, "at": data.get("at")}
        asked["direction"] = data.get("direction", "")
        if stamp is not None:
            asked = {"kind": CorrectionKind.VOID, "punch": stamp.punch, "added": stamp.added}
            if data["what"] == self.WRONG:
                asked |= {"kind": CorrectionKind.CHANGE, **self._changes(stamp)}
        day = self.day or data["date"]
        if stamp is None and abs(data["date"] - day) > timedelta(days=1):
            day = data["date"]
        try:
            return correction_request(person=self.person, day=day, user=user, reason=data["reason"], **asked)
        except FaceRosterError as error:
            self.refuse(error)
            return None

    def _changes(self, stamp: Stamp) -> dict[str, Any]:
        """Only what is other than it is: a form shows minutes, and a punch has seconds."""
        at, changes = self.cleaned_data.get("at"), dict[str, Any]()
        if at is not None:
            wall = at.astimezone(ZoneInfo(stamp.zone)).replace(tzinfo=None)
            if wall != stamp.at.replace(second=0, microsecond=0):
                changes["at"] = at
        if self.cleaned_data["direction"] not in ("", stamp.direction):
            changes["direction"] = self.cleaned_data["direction"]
        return changes


class LeaveForm(_Asking):
    fields_of = _LEAVE_FIELDS

    kind = forms.ModelChoiceField(
        label=gettext_lazy("Kind"), queryset=LeaveKind.objects.none(), empty_label=None
    )
    part = forms.ChoiceField(
        label=gettext_lazy("How much"),
        choices=DayPart.choices,
        initial=DayPart.WHOLE,
        widget=forms.RadioSelect,
    )
    first = forms.DateField(label=gettext_lazy("First day"), widget=_date)
    last = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=_date,
        required=False,
        help_text=gettext_lazy("Empty: the first day alone."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("If you want to give one."),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        kinds = self.fields["kind"]
        if isinstance(kinds, forms.ModelChoiceField):
            kinds.queryset = LeaveKind.objects.filter(active=True)

    def request(self, user: User) -> bool:
        """Ask; False, with errors at the fields, when it is refused."""
        if not self.is_valid():
            return False
        data = self.cleaned_data
        try:
            leave_request(
                person=self.person,
                kind=data["kind"],
                first=data["first"],
                last=data["last"] or data["first"],
                user=user,
                part=data["part"],
                reason=data["reason"],
            )
        except FaceRosterError as error:
            self.refuse(error)
            return False
        return True
