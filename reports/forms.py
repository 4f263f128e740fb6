"""Forms of the figures: which report, which target."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.months import Month
from schools.forms.fields import DayField

from .indicators import INDICATORS

MONTHS_OFFERED = 24


class ReportForm(forms.Form):
    """Ask for the monthly report of an area inside the reader's places."""

    area = forms.ChoiceField(label=_("Area"))
    month = forms.ChoiceField(label=_("Month"))

    def __init__(self, *args, areas, **kwargs):
        super().__init__(*args, **kwargs)
        self._areas = {str(area.pk): area for area in areas}
        self.fields["area"].choices = [(pk, area.title) for pk, area in self._areas.items()]
        months = Month.current().last_months(MONTHS_OFFERED)[::-1]
        self.fields["month"].choices = [(str(month), month.label) for month in months]

    def clean_area(self):
        return self._areas[self.cleaned_data["area"]]

    def clean_month(self):
        return Month.parse(self.cleaned_data["month"])


class TargetForm(forms.Form):
    """Set a target from a day on."""

    indicator = forms.ChoiceField(label=_("Indicator"))
    area = forms.ChoiceField(label=_("Area"))
    level = forms.ChoiceField(
        label=_("Education level"),
        required=False,
        choices=[("", _("every level")), *EducationLevel.choices],
    )
    percent = forms.DecimalField(
        label=_("Target (%)"), min_value=0, max_value=100, decimal_places=2, localize=True
    )
    valid_from = DayField(label=_("From"))
    source = forms.CharField(label=_("By decision"), required=False, max_length=150)

    def __init__(self, *args, areas, **kwargs):
        super().__init__(*args, **kwargs)
        self._areas = {str(area.pk): area for area in areas}
        self.fields["indicator"].choices = [(i.code, i.name) for i in INDICATORS.values()]
        self.fields["area"].choices = [(pk, area.title) for pk, area in self._areas.items()]
        self.fields["valid_from"].initial = timezone.localdate()

    def clean_area(self):
        return self._areas[self.cleaned_data["area"]]
