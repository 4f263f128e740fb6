"""Uploading a survey."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.workbook_fields import workbook_field
from schools.form_fields import offer


class SurveyImportForm(forms.Form):
    """The file, and the year in which its ages count. `year`: of today."""

    file = workbook_field(
        _("The survey as the ministry's system exports it, or the empty one filled in.")
    )
    year = forms.TypedChoiceField(
        label=_("Year of the survey"), coerce=int, help_text=_("Ages count in this year.")
    )

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "year", [(each, str(each)) for each in range(year + 1, year - 5, -1)])
