"""Opening a class, adding a site."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import ClassSessions, Grade
from .fields import DayField


class ClassForm(forms.Form):
    """A new class of a school."""

    year = forms.ModelChoiceField(label=_("School year"), queryset=None, empty_label=None)
    name = forms.CharField(label=_("Class name"), max_length=30)
    grades = forms.TypedMultipleChoiceField(
        label=_("Grades"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick two or three grades for a multi-grade class."),
        error_messages={"required": _("Choose at least one grade.")},
    )
    site = forms.ModelChoiceField(label=_("Site"), queryset=None, empty_label=None)
    sessions = forms.ChoiceField(
        label=_("Sessions"), choices=ClassSessions.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args, school, years, sites, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["year"].queryset = years
        self.fields["site"].queryset = sites
        levels = school.education_levels
        self.fields["grades"].choices = [
            (grade.value, grade.label) for grade in Grade if grade.education_level in levels
        ]
        self.fields["sessions"].initial = ClassSessions.MORNING


class SiteForm(forms.Form):
    """A new satellite site of a school."""

    name = forms.CharField(
        label=_("Site name"), max_length=100, help_text=_("Usually the name of the village.")
    )
    start = DayField(label=_("In use from"))
