"""The form that switches emotion tagging at a site."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from faceroster.core.errors import FaceRosterError
from faceroster.emotions.models import TaggedSite
from faceroster.emotions.regions import LOCKED, Region
from faceroster.emotions.services import tagging_check, tagging_switch
from faceroster.trust.models import User

_FIELD_OF = {
    "emotion.region_missing": "region",
    "emotion.not_confirmed": "confirmed",
    "emotion.reason_missing": "reason",
}


class TaggingForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is missing the service says, after the lock: so no field is required here.

    ``user`` is set by the admin.
    """

    user: User

    on = forms.ChoiceField(
        choices=[("off", _("Off")), ("on", _("On"))],
        label=_("Emotion tagging"),
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
    )
    region = forms.ChoiceField(
        choices=Region.choices,
        label=_("This site is under the law of"),
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_("Needed to switch on."),
    )
    confirmed = forms.BooleanField(
        label=_("The law there allows it, and those concerned have been told"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_("Needed to switch on."),
    )
    reason = forms.CharField(
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Why it is switched on or off. It is kept with your name and cannot be changed."),
    )

    class Meta:
        model = TaggedSite
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = self.instance.emotion_switches.first()
        self.initial["on"] = "on" if last is not None and last.on else "off"

    @property
    def locked(self) -> bool:
        """Whether what was asked for is forbidden."""
        return self.has_error(NON_FIELD_ERRORS, LOCKED)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                tagging_check(site=self.instance, **self._wanted())
            except FaceRosterError as error:
                problem = forms.ValidationError(f"{error.message} ({error.code})", code=error.code)
                self.add_error(_FIELD_OF.get(error.code), problem)
        return data

    def _wanted(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "on": data["on"] != "off",
            "reason": data["reason"],
            "region": data["region"],
            "confirmed": data["confirmed"],
        }

    def save(self, commit: bool = True) -> TaggedSite:
        tagging_switch(site=self.instance, user=self.user, **self._wanted())
        return self.instance

    def save_m2m(self) -> None:
        """The admin calls it after a save without a commit; there is nothing of the kind."""
