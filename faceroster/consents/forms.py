"""What is asked where consents are signed, entered and withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from faceroster.consents.drawing import MOST, drawing_bytes
from faceroster.consents.models import Consent, ConsentText, How
from faceroster.consents.services import consent_sign
from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.people.models import Person
from faceroster.trust.models import User

_MOST_BYTES = 15 * 1024 * 1024


class _Saving(forms.Form):
    def saved(self, save: Callable[..., Consent], **values: Any) -> bool:
        """Whether ``save`` took it; what it refuses stands above the form."""
        try:
            save(**values)
        except FaceRosterError as error:
            self.add_error(None, error.message)
            return False
        return True


class SignForm(_Saving):
    """The signature on the screen: drawn or typed, and the tick."""

    text = forms.ModelChoiceField(ConsentText.objects.all(), widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name, typed"), max_length=150, required=False)
    drawing = forms.CharField(max_length=MOST, required=False, widget=forms.HiddenInput)
    agreed = forms.BooleanField(
        label=_("I have read the text and agree to it."),
        error_messages={"required": _("Please tick that the text was read and agreed to.")},
    )

    def sign(self, person: Person, user: User) -> bool:
        given = self.cleaned_data
        try:
            picture = drawing_bytes(given["drawing"])
        except InvalidInput as error:
            self.add_error(None, error.message)
            return False
        return self.saved(
            consent_sign,
            person=person,
            text=given["text"],
            how=How.SCREEN,
            user=user,
            name=given["name"],
            picture=picture,
        )


class PaperForm(_Saving):
    """A paper that was signed, and its picture."""

    text = forms.ModelChoiceField(
        ConsentText.objects.all(), label=_("Which text"), empty_label=None, to_field_name="id"
    )
    signed_on = forms.DateField(label=_("Signed on"), widget=forms.DateInput(attrs={"type": "date"}))
    scan = forms.FileField(
        label=_("Photo or scan of the signed paper"),
        allow_empty_file=True,  # judged with a better sentence where pictures are opened
        help_text=_("JPEG, PNG or WebP, up to 15 MB."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def clean_scan(self) -> Any:
        file = self.cleaned_data["scan"]
        if file.size > _MOST_BYTES:
            raise forms.ValidationError(_("The file is too large. At most 15 MB are accepted."))
        return file

    def sign(self, person: Person, user: User) -> bool:
        given = self.cleaned_data
        return self.saved(
            consent_sign,
            person=person,
            text=given["text"],
            how=How.PAPER,
            user=user,
            signed_at=signed_at(given["signed_on"], person),
            picture=given["scan"].read(),
        )


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=_("Reason (optional)"), max_length=300, required=False)


def signed_at(day: date, person: Person) -> datetime:
    """Noon of ``day`` where the person works; now, when that is still to come today."""
    zone = ZoneInfo(person.department.site.timezone)
    now = timezone.now()
    noon = datetime.combine(day, time(12), zone)
    return now if noon > now and day == now.astimezone(zone).date() else noon
