"""Uploading the ministry's pupil workbook."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .fields import DayField


class ImportForm(forms.Form):
    """A workbook, its school year, and the day on which it takes effect."""

    file = forms.FileField(
        label=_("Excel file (.xlsx)"),
        help_text=_("The pupil list of the ministry's database. At most 10 MB and 20,000 pupils."),
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
    year = forms.ModelChoiceField(
        label=_("School year"),
        queryset=None,
        empty_label=None,
        error_messages={"required": _("Choose the school year.")},
    )
    starts_on = DayField(
        label=_("New pupils are on the roll from"),
        help_text=_("On the same day changes of class begin and pupils who left come off."),
    )
    create_classes = forms.BooleanField(
        label=_("Create the classes that are missing"),
        help_text=_("By the columns of class and grade; they study in the mornings at first."),
        required=False,
    )

    def __init__(self, *args, years, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["year"].queryset = years
