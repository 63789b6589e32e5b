"""Entering a new PIN: for somebody, or for oneself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from faceroster.core.errors import FaceRosterError
from faceroster.passes import tries
from faceroster.trust.models import User


def _secret(label: Any, help_text: Any = "") -> forms.CharField:
    attrs = {"inputmode": "numeric", "autocomplete": "new-password", "maxlength": 8}
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=8,
        strip=False,
        widget=forms.PasswordInput(attrs=attrs),
    )


class PinForm(forms.Form):
    """A PIN, twice."""

    pin = _secret(
        gettext_lazy("New PIN"),
        gettext_lazy("Four to eight digits. No years, rows such as 1234, repetitions, or the own number."),
    )
    again = _secret(gettext_lazy("New PIN once more"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("pin") and data.get("again") and data["pin"] != data["again"]:
            self.add_error("again", forms.ValidationError(_("These two are not the same."), "pin.differs"))
        return data

    def saved(self, service: Callable[..., None], **arguments: Any) -> bool:
        """Hand the PIN to ``service``. False when it was refused; the form then says why."""
        try:
            service(pin=self.cleaned_data["pin"], **arguments)
        except FaceRosterError as error:
            self.add_error("pin", forms.ValidationError(error.message, code=error.code))
            return False
        return True


class OwnPinForm(PinForm):
    """The same, with one's password, which may be wrong no more often than a PIN."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("password", "pin", "again")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        whose = tries.Subject("password", str(self.user.pk))
        try:
            moment = tries.tries_take([whose])
        except tries.TooManyTries as error:
            sentence = ngettext(
                "Too many wrong passwords. Please wait %(seconds)d second.",
                "Too many wrong passwords. Please wait %(seconds)d seconds.",
                error.seconds,
            )
            raise forms.ValidationError(sentence % {"seconds": error.seconds}, error.code) from error
        password = str(self.cleaned_data["password"])
        if not self.user.check_password(password):
            raise forms.ValidationError(_("That is not your password."), "pin.password")
        tries.tries_forgive(moment, right=[whose])
        return password
