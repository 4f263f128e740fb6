"""Forms of the role pages: places are chosen by name."""

import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from core.scope import Scope
from schools.form_fields import DayField, RowsField, offer
from schools.models import School, SchoolClass

from ..roles import AREA, CLASS, ROLES, SCHOOL
from .reach import Place, Reach, reach, reaches
from .selectors import STATES, schools_in_reach


class PeopleFilter(forms.Form):
    """Which accounts to list."""

    q = forms.CharField(label=_("Name"), max_length=100, required=False)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *STATES.items()]
    )


class RoleChoice(forms.Form):
    """Whose role, which, and for a class of which school; asked by GET before the places."""

    username = forms.CharField(label=_("User name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), required=False)
    school = forms.ModelChoiceField(
        label=_("School"), queryset=School.objects.none(), required=False, empty_label=None
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles = [each.role for each in reaches(scope)]
        offer(self, "role", [(code, ROLES[code].name) for code in self.roles])
        self.schools = schools_in_reach(scope)
        school = cast("forms.ModelChoiceField[School]", self.fields["school"])
        school.queryset = School.objects.filter(pk__in=[each.pk for each in self.schools])
        if len(self.roles) == 1:
            self.fields["role"].widget = forms.HiddenInput()
        if len(self.schools) < 2:
            school.widget = forms.HiddenInput()

    def clean_role(self) -> str:
        """The only role there is, or the lowest, when none is chosen."""
        return self.cleaned_data["role"] or self.roles[-1]

    def clean(self) -> dict[str, Any]:
        """The only school when there is one."""
        data = super().clean() or self.cleaned_data
        if data.get("school") is None and len(self.schools) == 1:
            data["school"] = self.schools[0]
        return data


class RoleForm(forms.Form):
    """For which places a role is given, and from when to when."""

    places = RowsField(
        label=_("Classes"), queryset=School.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    valid_from = DayField(label=_("From"))
    valid_to = DayField(
        label=_("Until"),
        required=False,
        help_text=_("The last day, for a time only: a substitute, for example."),
    )

    def __init__(
        self, *args: Any, found: Reach, school: School | None, today: datetime.date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        kind = ROLES[found.role].place
        places = cast("forms.ModelMultipleChoiceField[Any]", self.fields["places"])
        if kind == CLASS:
            places.queryset = (
                found.classes()
                .filter(school=school)
                .select_related("year")
                .order_by("year__valid_from", "name_key", "pk")
            )
            # As Django's documentation says how a row is called in one form.
            places.label_from_instance = _name_and_year  # type: ignore[method-assign, assignment]  # so meant
        elif kind == SCHOOL:
            self.fields["places"] = forms.ModelChoiceField(
                label=_("School"),
                queryset=found.schools().order_by("name_key", "pk"),
                empty_label=None,
            )
        elif kind == AREA:
            self.fields["places"] = forms.ModelChoiceField(
                label=_("Area"),
                queryset=found.areas().order_by("level", "name_key", "pk"),
                empty_label=None,
            )
        else:
            del self.fields["places"]
        self.fields["valid_from"].initial = today

    def clean(self) -> dict[str, Any]:
        """The last day comes after the first."""
        data = super().clean() or self.cleaned_data
        first, last = data.get("valid_from"), data.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("The last day lies before the first. Check both dates."))
        return data

    def chosen(self) -> list[Place]:
        """The places, as a list; [None] for a role of the whole installation."""
        if "places" not in self.fields:
            return [None]
        places = self.cleaned_data["places"]
        return list(places) if hasattr(places, "__iter__") else [places]

    def end(self) -> datetime.date | None:
        """The first day on which the role is not held any more, or None."""
        last = self.cleaned_data["valid_to"]
        return last + datetime.timedelta(days=1) if last else None


class RoleEndForm(forms.Form):
    """The last day of a role."""

    last_day = DayField(label=_("Last day of the role"))

    def __init__(self, *args: Any, first: datetime.date, **kwargs: Any) -> None:
        """`first`: the first day on which it need not be held any more."""
        super().__init__(*args, **kwargs)
        self.first = first - datetime.timedelta(days=1)
        self.fields["last_day"].initial = self.first

    def clean_last_day(self) -> datetime.date:
        """No day before the earliest."""
        day: datetime.date = self.cleaned_data["last_day"]
        if day < self.first:
            raise forms.ValidationError(
                _("The earliest last day is %(day)s.") % {"day": f"{self.first:%d/%m/%Y}"},
                code="too_early",
            )
        return day

    def end(self) -> datetime.date:
        """The first day on which the role is not held any more."""
        day: datetime.date = self.cleaned_data["last_day"]
        return day + datetime.timedelta(days=1)


def reach_of(scope: Scope, choice: RoleChoice) -> Reach:
    """Where the role of a valid choice may be given."""
    return reach(scope, choice.cleaned_data["role"])


def _name_and_year(school_class: SchoolClass) -> str:
    return f"{school_class.name} ({school_class.year.code})"
