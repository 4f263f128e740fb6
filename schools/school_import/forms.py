"""Uploading a file of schools."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..form_fields import DayField


class SchoolListForm(forms.Form):
    """The file, and the day from which its new schools are open."""

    file = forms.FileField(
        label=_("File (.xlsx)"),
        widget=forms.ClearableFileInput(
            attrs={
                "accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
        ),
        error_messages={"required": _("Choose the file.")},
    )
    starts_on = DayField(
        label=_("New schools open from"),
        help_text=_("Before the first day of the year whose registers are to be kept."),
    )
