"""What a person says about an abbreviation."""

from django import forms
from django.utils.translation import gettext_lazy as _

from schools.form_fields import DayField

from ...models import PaperSymbol
from .selectors import AREA, OWN_SCHOOL

LONGEST_CODE = 20


class SymbolForm(forms.Form):
    """How something is abbreviated from a day on, and by which decision."""

    symbol = forms.CharField(
        label=_("Abbreviation"),
        max_length=PaperSymbol._meta.get_field("symbol").max_length,
        help_text=_("In capital letters, as it stands after the number."),
    )
    valid_from = DayField(label=_("From"), help_text=_("Papers issued before keep their symbol."))
    source = forms.CharField(
        label=_("By which decision"),
        max_length=PaperSymbol._meta.get_field("source").max_length,
        help_text=_("Number, date and office of the paper."),
    )


class OwnSymbolForm(SymbolForm):
    """The abbreviation of one office: a commune or a school, by its code."""

    office = forms.ChoiceField(
        label=_("Office"),
        choices=[(OWN_SCHOOL, _("School")), (AREA, _("Commune"))],
        widget=forms.RadioSelect,
    )
    code = forms.CharField(
        label=_("Its code"),
        max_length=LONGEST_CODE,
        help_text=_("As it stands on the page of the school, or in the list of communes."),
    )

    field_order = ["office", "code", "symbol", "valid_from", "source"]

    def clean(self):
        said = super().clean()
        said["key"] = f"{said.pop('office', '')}{said.pop('code', '')}"
        return said
