"""Opening, changing and ending a class; adding, renaming and closing a site."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ...enums import ClassSessions, Grade
from ...form_fields import DayField, offer, offer_rows
from ...models import School, SchoolYear, Site


class ClassForm(forms.Form):
    """A class of a school; without `years` one whose school year stays as it is."""

    year: "forms.ModelChoiceField[SchoolYear]" = forms.ModelChoiceField(
        label=_("School year"), queryset=None, empty_label=None
    )
    name = forms.CharField(label=_("Class name"), max_length=30)
    grades = forms.TypedMultipleChoiceField(
        label=_("Grades"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick two or three grades for a multi-grade class."),
        error_messages={"required": _("Choose at least one grade.")},
    )
    site: "forms.ModelChoiceField[Site]" = forms.ModelChoiceField(
        label=_("Site"), queryset=None, empty_label=None
    )
    sessions = forms.ChoiceField(
        label=_("Sessions"), choices=ClassSessions.choices, widget=forms.RadioSelect
    )

    def __init__(
        self,
        *args: Any,
        school: School,
        sites: QuerySet[Site],
        years: QuerySet[SchoolYear] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if years is None:
            del self.fields["year"]
        else:
            offer_rows(self, "year", years)
        offer_rows(self, "site", sites)
        levels = school.education_levels
        taught = [grade for grade in Grade if grade.education_level in levels]
        offer(self, "grades", [(grade.value, grade.label) for grade in taught])
        self.fields["sessions"].initial = ClassSessions.MORNING


class SiteForm(forms.Form):
    """A new satellite site of a school."""

    name = forms.CharField(
        label=_("Site name"), max_length=100, help_text=_("Usually the name of the village.")
    )
    start = DayField(label=_("In use from"))


class RenameSiteForm(forms.Form):
    """Another name of a site."""

    name = forms.CharField(label=_("Site name"), max_length=100)


class EndForm(forms.Form):
    """The first day on which something is no more."""

    on = DayField(label=_("Ended from"), help_text=_("The first day without it."))
