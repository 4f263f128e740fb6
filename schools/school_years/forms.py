"""The form that opens a school year."""

from typing import Any

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

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        first, last = told.get("first_day"), told.get("last_day")
        term = told.get("second_term_from")
        # Proposed for other days than those that were entered: nobody has said it.
        is_proposed = term is not None and term == self.initial.get("second_term_from")
        if is_proposed and first and last and not first < term <= last:
            told["second_term_from"] = None
        return told
