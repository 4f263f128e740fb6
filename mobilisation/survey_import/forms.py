"""Uploading a survey."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from schools.form_fields import offer


class SurveyImportForm(forms.Form):
    """The file, and the year in which its ages count. `year`: of today."""

    file = forms.FileField(
        label=_("Excel file (.xlsx)"),
        help_text=_("The survey as the ministry's system exports it, or the empty one filled in."),
        widget=forms.ClearableFileInput(
            attrs={
                "accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
        ),
        error_messages={
            "required": _("Choose the Excel file."),
            "empty": _("The file is empty. Choose another one."),
            "max_length": _("The file name is too long. Shorten it."),
        },
        max_length=200,
    )
    year = forms.TypedChoiceField(
        label=_("Year of the survey"), coerce=int, help_text=_("Ages count in this year.")
    )

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "year", [(each, str(each)) for each in range(year + 1, year - 5, -1)])
