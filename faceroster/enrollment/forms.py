"""Forms of the pages outside the admin's own."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget


class ImportForm(forms.Form):
    """Only the presence of the files: what is in them is judged by ``imports``."""

    table = forms.FileField(
        label=_("Table of people"),
        allow_empty_file=True,  # judged with a code and a better sentence later
        error_messages={"required": _("Please choose a CSV or XLSX file.")},
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx,.txt,text/csv"}),
    )
    archive = forms.FileField(
        label=_("Photos (optional)"),
        required=False,
        allow_empty_file=True,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".zip,application/zip"}),
    )
    create_departments = forms.BooleanField(
        label=_("Create departments that do not exist yet"), required=False, widget=UnfoldBooleanSwitchWidget
    )


class PhotoForm(forms.Form):
    """One photo; ``webcam`` tells a shot taken on the page from a file."""

    photo = forms.FileField(allow_empty_file=True)
    webcam = forms.BooleanField(required=False)
