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
        label=_("Cause of the dropout"),
        choices=[("", _("Only for a dropout")), *DropoutCause.choices],
        required=False,
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
    semi_boarder = forms.BooleanField(label=_("Semi-boarder"), required=False)

    def __init__(self, *args: Any, classes: QuerySet[SchoolClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, "to", classes)
        taught = sorted({grade for school_class in classes for grade in school_class.grade_list})
        offer(self, "grade", _grade_choices(Grade(grade) for grade in taught))
