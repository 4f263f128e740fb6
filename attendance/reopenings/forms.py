"""Asking for registers to be opened again, and opening those of a whole place."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from schools.form_fields import DayField, offer
from schools.models import Area, School


class AskForm(forms.Form):
    """Which days, why, and whether for the whole school."""

    first_day = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"))
    reason = forms.CharField(
        label=_("Why must they be corrected?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    whole_school = forms.BooleanField(label=_("For every class of the school"), required=False)

    def __init__(self, *args: Any, by_office: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not by_office:
            del self.fields["whole_school"]


class OpenForm(forms.Form):
    """Which place and days, and why."""

    place = forms.ChoiceField(label=_("Where"))
    first_day = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"))
    reason = forms.CharField(label=_("Why must they be corrected?"), max_length=300)

    def __init__(
        self, *args: Any, places: Sequence[tuple[str, Area | School, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._places = {key: place for key, place, _label in places}
        offer(self, "place", [(key, label) for key, _place, label in places])

    def clean_place(self) -> Area | School:
        return self._places[self.cleaned_data["place"]]
