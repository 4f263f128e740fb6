"""Uploading a file of schools."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.workbook_fields import workbook_field

from ..form_fields import DayField


class SchoolListForm(forms.Form):
    """The file, and the day from which its new schools are open."""

    file = workbook_field()
    starts_on = DayField(
        label=_("New schools open from"),
        help_text=_("Before the first day of the year whose registers are to be kept."),
    )
