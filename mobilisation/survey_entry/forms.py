"""What is typed of a household and of a person; judged by the readers of the workbook.

The same forms take what a page and what a device sends.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import rules
from core.levels import EducationLevel
from schools.enums import Grade, Sex
from schools.form_fields import CHOOSE, ethnic_group_choices, offer

from ..apps import OLDEST_KEPT
from ..enums import Presence, Removal, Residence
from ..models import Household, SurveyEntry
from ..survey_import.services.reading import SurveyLine, read_typed
from ..survey_import.workbook.refusals import words

# Which field shows what is refused of a column, where they are not called the same.
_FIELDS = {
    "last_name": "full_name",
    "given_name": "full_name",
    "head_last_name": "head_name",
    "head_given_name": "head_name",
    "female": "sex",
    "dis_other": "has_disability",
    "can_learn": "unable",
}
_NUMBER = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
_GRADES = [("", "—"), *Grade.choices]


def _grade(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=_GRADES, coerce=int, empty_value=None, required=False
    )


def _number(label: Any, length: int, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, widget=_NUMBER, **more)


class _LineForm(forms.Form):
    """Fields that are read as cells of a row of the survey; `line` is that row.

    Args:
        year: of the round.
    """

    # Columns of a text of their own; a name is of two.
    TYPED: tuple[str, ...] = ()
    line: SurveyLine

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._year = year

    def chosen(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Values by column key of what was chosen, not typed."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        typed = {name: told.get(name, "") for name in self.TYPED}
        for name, column in (("full_name", "given_name"), ("head_name", "head_given_name")):
            if name in self.fields:
                last, _space, given = told.get(name, "").strip().rpartition(" ")
                typed |= {column: given, column.replace("given", "last"): last}
        oldest = int(rules.value(OLDEST_KEPT, on=datetime.date(self._year, 12, 31)))
        self.line = read_typed(typed, self.chosen(told), year=self._year, oldest=oldest)
        for column, code, params in self.line.refusals:
            if column not in self.line.row.places:
                continue  # required of a file, and no part of this form
            name = _FIELDS.get(column, column)
            # What the field itself has refused is said by it.
            if name not in self.errors:
                shown = name if name in self.fields else None
                self.add_error(shown, " ".join(words(code, params)).strip())
        return told


class HouseholdForm(_LineForm):
    """A household: its form number, its head, where it lives."""

    TYPED: tuple[str, ...] = ("form_number", "address", "phone")
    form_number = forms.CharField(label=_("Form number"), max_length=20)
    head_name = forms.CharField(label=_("Head of household"), max_length=100, required=False)
    phone = _number(_("Telephone"), 20, required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    residence = forms.ChoiceField(
        label=_("Kind of residence"),
        choices=Residence.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    seen = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)

    def chosen(self, told: Mapping[str, Any]) -> dict[str, Any]:
        return {"residence": told.get("residence", "")}

    @property
    def values(self) -> dict[str, Any]:
        """Fields of a `Household`."""
        names = ("form_number", "head_name", "phone", "address", "residence")
        return {name: self.line.values[name] for name in names}


class NewHouseholdForm(HouseholdForm):
    """A household that is not on record: the village too."""

    TYPED = (*HouseholdForm.TYPED, "village")
    village = forms.CharField(
        label=_("Village"), max_length=100, widget=forms.TextInput(attrs={"list": "villages"})
    )
    field_order = ["village", "form_number", "head_name", "phone", "address", "residence"]


class PersonForm(_LineForm):
    """Somebody of a household, and what the family told of this year."""

    TYPED = (
        "day",
        "month",
        "year",
        "citizen_id",
        "class_name",
        "school_name",
        "school_code",
        "finished_year",
        "completed_year",
        "dropped_year",
        "literacy_class",
        "literacy_done",
        "illiterate_again",
    )
    # What most families need not be asked; folded on a phone.
    SELDOM = (
        "citizen_id",
        "school_code",
        "finished_level",
        "finished_year",
        "completed_grade",
        "completed_year",
        "literacy_class",
        "literacy_done",
        "illiterate_again",
    )

    full_name = forms.CharField(label=_("Full name"), max_length=100)
    day = _number(_("Day of birth"), 2, required=False)
    month = _number(_("Month of birth"), 2, required=False)
    year = _number(_("Year of birth"), 4)
    sex = forms.ChoiceField(
        label=_("Sex"), choices=Sex.choices, widget=forms.RadioSelect, error_messages=CHOOSE
    )
    ethnic_group = forms.ChoiceField(
        label=_("Ethnic group"), choices=ethnic_group_choices, error_messages=CHOOSE
    )
    presence = forms.ChoiceField(
        label=_("Residence status"),
        choices=Presence.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    grade = _grade(_("Attends grade"))
    class_name = forms.CharField(label=_("Class"), max_length=30, required=False)
    school_name = forms.CharField(label=_("School"), max_length=150, required=False)
    dropped_grade = _grade(_("Dropped out of grade"))
    dropped_year = _number(_("Year of dropping out"), 4, required=False)
    has_disability = forms.BooleanField(label=_("Disabled"), required=False)
    unable = forms.BooleanField(label=_("Not able to learn"), required=False)
    citizen_id = _number(_("Personal number"), 12, required=False)
    school_code = forms.CharField(label=_("Code of the school"), max_length=20, required=False)
    finished_level = forms.ChoiceField(
        label=_("Finished level"), choices=[("", "—"), *EducationLevel.choices], required=False
    )
    finished_year = _number(_("Year of finishing"), 4, required=False)
    completed_grade = _grade(_("Highest grade completed"))
    completed_year = _number(_("Year of completing"), 4, required=False)
    literacy_class = _number(_("Attends literacy class"), 2, required=False)
    literacy_done = _number(_("Literacy class completed"), 2, required=False)
    illiterate_again = _number(_("Illiterate again at level"), 2, required=False)
    is_another = forms.BooleanField(
        label=_("It is somebody else"), required=False, widget=forms.HiddenInput
    )

    def chosen(self, told: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "female": told.get("sex", ""),
            "ethnic_group": told.get("ethnic_group", ""),
            "presence": told.get("presence", ""),
            "grade": told.get("grade"),
            "dropped_grade": told.get("dropped_grade"),
            "completed_grade": told.get("completed_grade"),
            "finished_level": told.get("finished_level", ""),
            "dis_other": bool(told.get("has_disability")),
            "can_learn": not told.get("unable"),
        }

    def offer_another(self) -> None:
        """Show the tick that says that it is not who is on record."""
        self.fields["is_another"].widget = forms.CheckboxInput()

    @property
    def more_is_open(self) -> bool:
        """Whether something of `SELDOM` is filled in or refused."""
        return any(self[name].value() or self[name].errors for name in self.SELDOM)


class CorrectPersonForm(PersonForm):
    """Somebody on record; the household may be another one of the village.

    Args:
        homes: households of the village.
    """

    household = forms.TypedChoiceField(label=_("Household"), coerce=int, error_messages=CHOOSE)
    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)

    def __init__(self, *args: Any, homes: list[Household], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["is_another"]
        choices = [
            (each.pk, " · ".join(filter(None, (each.form_number, each.head_name))))
            for each in homes
        ]
        offer(self, "household", choices)


class RemoveForm(forms.Form):
    """Why somebody does not belong into the round."""

    removal = forms.ChoiceField(
        label=_("Why removed"),
        choices=Removal.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
        help_text=_("Who has moved away or died stays: choose that as residence status."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


def told_of(entry: SurveyEntry) -> dict[str, Any]:
    """What `CorrectPersonForm` shows of somebody at first."""
    person = entry.person
    names = [name for name in PersonForm.base_fields if hasattr(entry, name)]
    born = person.birth_date
    return {name: getattr(entry, name) for name in names} | {
        "full_name": person.full_name,
        "day": born.day if born else "",
        "month": born.month if born else "",
        "year": person.birth_year,
        "sex": person.sex,
        "ethnic_group": person.ethnic_group,
        "citizen_id": person.citizen_id,
        "unable": not entry.can_learn,
        "household": entry.household_id,
    }


def texts_of(entry: SurveyEntry) -> dict[str, str]:
    """The same as a device keeps it: what the fields hold, those that hold something."""
    told = {key: value for key, value in told_of(entry).items() if key != "household"}
    return {
        key: "on" if value is True else str(value)
        for key, value in told.items()
        if value not in (None, "", False)
    }
