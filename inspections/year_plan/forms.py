"""Which months are planned, and what is possible in each."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.months import Month

from ..forms.choices import LoadedChoiceField
from ..forms.plans import MAX_CAPACITY, days_of_members
from .selectors import Asked

MOST_MONTHS = 12
USUAL = {"months": 8, "visits": 6, "days": 10}


class YearPlanForm(forms.Form):
    """An area, months in a row, visits and days a month."""

    area = LoadedChoiceField(label=_("Area"), name=lambda area: area.title)
    first = forms.TypedChoiceField(label=_("First month"), coerce=Month.parse)
    months = forms.IntegerField(label=_("How many months"), min_value=1, max_value=MOST_MONTHS)
    visits = forms.IntegerField(
        label=_("Visits a month, at most"), min_value=1, max_value=MAX_CAPACITY
    )
    days = days_of_members()

    def __init__(self, *args, areas, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].offer(areas)
        ahead = Month.current().plus(MOST_MONTHS - 1).since(Month.current())
        self.fields["first"].choices = [(str(month), month.label) for month in ahead]

    def asked(self):
        """What is asked for, of a form that is valid."""
        return Asked(**self.cleaned_data)


class TurnForm(YearPlanForm):
    """The same with a month of the proposal as it was seen."""

    month = forms.CharField(max_length=7)
    seen = forms.CharField(max_length=16)

    def clean_month(self):
        """The month; refused when it is none."""
        try:
            return Month.parse(self.cleaned_data["month"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def asked(self):
        """What is asked for, without the month."""
        own = {name: self.cleaned_data[name] for name in YearPlanForm.base_fields}
        return Asked(**own)
