"""The form that opens a school year."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..form_fields import DayField


class YearForm(forms.Form):
    """First and last day of a year, and where its second term begins."""

    first_day = DayField(label=_("First day of the school year"))
    last_day = DayField(label=_("Last day of the school year"))
    second_term_from = DayField(
        label=_("First day of the second term"),
        required=False,
        help_text=_("For all levels; another day of a level is set on the page of its frame."),
    )
