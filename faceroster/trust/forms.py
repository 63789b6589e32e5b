"""Forms of the admin for users and API tokens."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from faceroster.trust.models import ApiToken, Role, Scope, User


class UserForm(UserChangeForm):
    """Change a user; nobody can take away their own rights, for they could not give them back."""

    own_account: ClassVar[bool] = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.own_account and not self.instance.is_superuser:
            if data.get("role") != Role.ADMINISTRATOR:
                self.add_error("role", _("You cannot take the administrator's role from yourself."))
            if not data.get("is_active", True):
                self.add_error("is_active", _("You cannot lock yourself out."))
        return data


class NewUserForm(UserCreationForm):
    usable_password = None  # everybody here signs in with one

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "role")


class ApiTokenForm(forms.ModelForm):  # type: ignore[type-arg]
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=Scope.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("A token never does more than its user may."),
    )

    class Meta:
        model = ApiToken
        fields = ("user", "name", "scopes", "expires_at")

    def clean_expires_at(self) -> Any:
        value = self.cleaned_data["expires_at"]
        if value is not None and "expires_at" in self.changed_data and value <= timezone.now():
            raise forms.ValidationError(_("This moment is past already."))
        return value


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    #: Seconds until the next try counts, when there were too many.
    wait = 0

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false", "dir": "ltr"}
        ),
    )
