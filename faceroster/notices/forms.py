"""The form of a webhook in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from faceroster.core.errors import FaceRosterError
from faceroster.notices.models import Webhook
from faceroster.notices.webhooks import EVENTS, webhook_check


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]
    events = forms.MultipleChoiceField(
        label=_("events"),
        choices=[(event.value, event.label) for event in EVENTS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Webhook
        fields = ("name", "url", "events", "departments", "active")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "url" in data and "events" in data and {"url", "events"} & set(self.changed_data):
            try:
                webhook_check(url=data["url"], events=data["events"])
            except FaceRosterError as error:
                self.add_error("url", forms.ValidationError(error.message, error.code))
        return data
