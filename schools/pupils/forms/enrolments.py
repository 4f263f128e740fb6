"""Moving, leaving, coming back."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.types import StrOrPromise

from ...enums import DropoutCause, EntryReason, ExitReason, Grade
from ...form_fields import CHOOSE, DayField, offer, offer_rows
from ...models import SchoolClass


def _grade_choices(grades: Iterable[Grade]) -> list[tuple[int, StrOrPromise]]:
    return [(grade.value, grade.label) for grade in grades]


def _causes() -> list[tuple[StrOrPromise, list[tuple[str, StrOrPromise]]]]:
    """The causes of letter 3237/BGDĐT-KHTC, and those it counts under "other"."""
    official = [each for each in DropoutCause if each.official == each != DropoutCause.OTHER]
    other = [each for each in DropoutCause if each not in official]
    return [
        (_("Causes of the ministry's letter"), [(each.value, each.label) for each in official]),
        (_("Other causes"), [(each.value, each.label) for each in other]),
    ]


class MoveForm(forms.Form):
    """To another class of the same school."""

    to: "forms.ModelChoiceField[SchoolClass]" = forms.ModelChoiceField(
        label=_("New class"), queryset=None, empty_label=_("Choose a class")
    )
    on = DayField(label=_("In the new class from"))

    def __init__(self, *args: Any, classes: QuerySet[SchoolClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, "to", classes)


class LeaveForm(forms.Form):
    """Off the roll of the class."""

    reason = forms.ChoiceField(
        label=_("Why the pupil leaves"),
        choices=[
            (reason.value, reason.label)
            for reason in ExitReason
            if reason != ExitReason.CLASS_CHANGE
        ],
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    cause = forms.ChoiceField(
        label=_("Main cause of the dropout"),
        choices=[("", _("Only for a dropout")), *_causes()],
        required=False,
    )
    further = forms.MultipleChoiceField(
        label=_("Further causes of the dropout"),
        choices=DropoutCause.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All that came together, as far as known."),
    )
    on = DayField(
        label=_("No longer on the roll from"),
        help_text=_("The day after the last day in class."),
    )


class UndoLeavingForm(forms.Form):
    """Why the leaving was wrong."""

    reason = forms.CharField(
        label=_("What was wrong"),
        max_length=200,
        help_text=_("For example: taken for another pupil of the same name."),
    )


class ReadmitForm(forms.Form):
    """A pupil who left comes back to a class of the school."""

    to: "forms.ModelChoiceField[SchoolClass]" = forms.ModelChoiceField(
        label=_("Class"), queryset=None, empty_label=_("Choose a class"), error_messages=CHOOSE
    )
    grade = forms.TypedChoiceField(label=_("Grade"), coerce=int, error_messages=CHOOSE)
    start = DayField(label=_("On the roll from"))
    reason = forms.ChoiceField(
        label=_("How the pupil comes"),
        choices=[
            (reason.value, reason.label)
            for reason in EntryReason
            if reason != EntryReason.CLASS_CHANGE
        ],
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )

    def __init__(self, *args: Any, classes: QuerySet[SchoolClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, "to", classes)
        taught = sorted({grade for school_class in classes for grade in school_class.grade_list})
        offer(self, "grade", _grade_choices(Grade(grade) for grade in taught))
