"""The form for a punch by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextInputWidget,
)

from faceroster.attendance.models import Direction, Punch, PunchSource
from faceroster.attendance.punches import punch_check, punch_record, punch_repeated
from faceroster.core.errors import InvalidInput
from faceroster.people.models import Person, Site
from faceroster.trust.models import User

_FIELD_OF = {"punch.in_future": "time", "punch.too_early": "date", "punch.note_missing": "note"}


class ManualPunchForm(forms.ModelForm):  # type: ignore[type-arg]
    """A punch that nobody made at a kiosk. Date and time are the site's; ``user`` is set by the admin."""

    user: User | None = None

    date = forms.DateField(label=gettext_lazy("Date"), widget=UnfoldAdminSingleDateWidget)
    time = forms.TimeField(
        label=gettext_lazy("Time"),
        widget=UnfoldAdminSingleTimeWidget,
        help_text=gettext_lazy("By the clock at the site."),
    )
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"),
        choices=[("", gettext_lazy("As the site's rule has it")), *Direction.choices],
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy(
            "Why it is entered by hand. It is shown beside the punch and cannot be changed."
        ),
    )

    class Meta:
        model = Punch
        fields = ("person", "site", "direction", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].required = False
        self.fields["site"].help_text = _("Left empty: the site of the person's department.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        person = data.get("person")
        if person is not None and self.user is not None and person.user_id == self.user.pk:
            self.add_error("person", _("Nobody decides about their own days. Please ask somebody else."))
        if {"person", "date", "time"} <= data.keys():
            site = data.get("site") or data["person"].department.site
            data["site"], data["at"] = site, self._moment(site)
            if data["at"] is not None:
                self._check(data["person"], site, data["at"], data.get("note", "-"))
        return data

    def _check(self, person: Person, site: Site, at: datetime, note: str) -> None:
        try:
            punch_check(at=at, source=PunchSource.MANUAL, note=note)
        except InvalidInput as error:
            self.add_error(_FIELD_OF.get(error.code), error.message)
        there = punch_repeated(person=person, site=site, moment=at)
        if there is not None:
            local = there.at.astimezone(ZoneInfo(there.zone))
            self.add_error(
                "time",
                _("%(name)s already has a punch at %(local)s.")
                % {"name": person.name, "local": f"{local:%H:%M:%S}"},
            )

    def _moment(self, site: Site) -> datetime | None:
        """The instant that was meant; None, with an error, when the site's clock never showed that time."""
        wall = datetime.combine(self.cleaned_data["date"], self.cleaned_data["time"])
        try:
            moment = wall.replace(tzinfo=site.zone).astimezone(UTC)
            shown = moment.astimezone(site.zone).replace(tzinfo=None)
        except OverflowError:
            self.add_error("date", _("No clock can show that day. Please check the year."))
            return None
        if shown != wall:
            self.add_error(
                "time", _("The clocks were put forward over that time; it did not exist that day.")
            )
            return None
        return moment

    def save(self, commit: bool = True) -> Punch:
        data = self.cleaned_data
        result = punch_record(
            person=data["person"],
            site=data["site"],
            at=data["at"],
            direction=data["direction"] or None,
            source=PunchSource.MANUAL,
            user=self.user,
            note=data["note"],
        )
        return result.punch

    def save_m2m(self) -> None:
        """The admin calls it after a save without a commit; a punch has nothing of the kind."""
