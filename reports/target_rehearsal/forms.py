"""Which target is tried where."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from schools.models import Area

MOST_VISITS = 500


class RehearsalForm(forms.Form):
    """A target in percent for one level of one area; the address keeps what was asked.

    Args:
        areas: those whose targets the reader sets, widest first.
    """

    area = forms.ChoiceField(label=_("Area"))
    level = forms.ChoiceField(label=_("Education level"), choices=EducationLevel.choices)
    percent = forms.DecimalField(
        label=_("Target (%)"), min_value=1, max_value=100, decimal_places=2, localize=True
    )
    visits = forms.IntegerField(
        label=_("Visits possible in a month"), min_value=0, max_value=MOST_VISITS, required=False
    )

    def __init__(self, *args: Any, areas: Sequence[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._areas = {str(area.pk): area for area in areas}
        field = self.fields["area"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(pk, area.title) for pk, area in self._areas.items()]

    def clean_area(self) -> Area:
        return self._areas[self.cleaned_data["area"]]
