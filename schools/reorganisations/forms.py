"""The form of a decree: its file, and what goes along."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.workbook_fields import workbook_field

from ..form_fields import offer
from .followers import words


class DecreeForm(forms.Form):
    """A file, and what goes along wherever a unit goes into one other as a whole."""

    file = workbook_field(label=_("File of the decree (.xlsx or .csv)"), also=".csv")
    carry = forms.MultipleChoiceField(
        label=_("Goes along with every unit that goes into one other"),
        help_text=_("Nothing goes along that is not chosen here or in the file."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as the form takes them
        offer(self, "carry", [(code, word.capitalize()) for word, code in words().items()])
