"""Pairing a kiosk from the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from faceroster.core.errors import FaceRosterError
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.services import kiosk_waiting
from faceroster.people.models import Site
from faceroster.trust.models import User


class PairForm(forms.ModelForm):  # type: ignore[type-arg]
    """The code that a kiosk shows, and what it is to be. ``user`` is set by the admin."""

    user: User

    code = forms.CharField(
        max_length=20,
        label=_("Code on the kiosk's screen"),
        help_text=_("Six letters and digits. It changes every ten minutes."),
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "autofocus": True}
        ),
    )

    class Meta:
        model = Kiosk
        fields = ["name", "site"]
        help_texts = {"name": _("Where it stands, such as “Main entrance”.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["site"].required = True
        sites = Site.objects.all()[:2]
        if len(sites) == 1:
            self.fields["site"].initial = sites[0]

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        try:
            # The row that waits under this code is the one the rest of the form is about.
            self.instance = kiosk_waiting(code=code, user=self.user)
        except FaceRosterError as error:
            raise forms.ValidationError(error.message, code=error.code) from error
        return code
