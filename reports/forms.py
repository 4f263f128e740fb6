"""Forms of the figures: which report, which target."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.months import Month
from schools.form_fields import DayField

from .indicators import NAMED

MONTHS_OFFERED = 24


class ReportForm(forms.Form):
    """Ask for a report of an area or school inside the reader's places.

    Args:
        types: the `ReportType`s offered; with a single one nothing is asked about it.
        areas: {code of a type: the areas for which it can be asked for}.
        schools: those for which reports of schools can be asked for.
    """

    kind = forms.ChoiceField(label=_("Report"))
    area = forms.ChoiceField(label=_("Area"))
    school = forms.ChoiceField(label=_("School"), required=False)
    month = forms.ChoiceField(label=_("Month"))

    def __init__(self, *args, types, areas, schools=(), **kwargs):
        super().__init__(*args, **kwargs)
        self._types = {each.code: each for each in types}
        self._areas_of = areas
        self._areas = {str(area.pk): area for of_type in areas.values() for area in of_type}
        self.fields["kind"].choices = [(each.code, each.name) for each in types]
        self.fields["area"].choices = [(pk, area.title) for pk, area in self._areas.items()]
        self._schools = {str(school.pk): school for school in schools}
        named = [(pk, school.name) for pk, school in self._schools.items()]
        self.fields["school"].choices = named if len(named) == 1 else [("", "—"), *named]
        months = Month.current().last_months(MONTHS_OFFERED)[::-1]
        self.fields["month"].choices = [(str(month), month.label) for month in months]
        if types:
            self.fields["kind"].initial = types[0].code
        if len(types) == 1:
            del self.fields["kind"]
        if not self._schools:
            del self.fields["school"]
        elif self._areas:
            self.fields["school"].help_text = _("For the reports of a school only.")
        if not self._areas and self._schools:
            del self.fields["area"]
        else:
            # With a report of a school the area that stands there means nothing.
            self._leave_open("area", all(each.needs_area or each.of_school for each in types))
        self._leave_open("month", all(each.needs_month for each in types))

    def _leave_open(self, name, always_needed):
        if not always_needed:
            self.fields[name].required = False
            self.fields[name].choices = [("", "—"), *self.fields[name].choices]

    def clean_area(self):
        return self._areas.get(self.cleaned_data["area"])

    def clean_school(self):
        return self._schools.get(self.cleaned_data["school"])

    def clean_month(self):
        month = self.cleaned_data["month"]
        return Month.parse(month) if month else None

    def clean(self):
        cleaned = super().clean()
        if "kind" not in self.fields:
            cleaned["kind"] = next(iter(self._types))
        kind, area = cleaned.get("kind"), cleaned.get("area")
        if kind and self._types[kind].of_school:
            # An area that was left chosen beside a school means nothing.
            cleaned["area"] = None
            return cleaned
        cleaned["school"] = None
        if kind and area and area not in self._areas_of[kind]:
            self.add_error("area", _("You cannot ask for this report of this area."))
        return cleaned


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
        self.fields["indicator"].choices = [(i.code, i.name) for i in NAMED.values()]
        self.fields["area"].choices = [(pk, area.title) for pk, area in self._areas.items()]
        self.fields["valid_from"].initial = timezone.localdate()

    def clean_area(self):
        return self._areas[self.cleaned_data["area"]]
