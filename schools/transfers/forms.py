"""Where a pupil goes, which class takes one in, and why one is sent back."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import DropoutCause
from ..form_fields import CHOOSE, DayField, offer
from ..models import Area, School, SchoolClass


class DestinationForm(forms.Form):
    """The school that a pupil goes to."""

    to = forms.TypedChoiceField(label=_("To school"), error_messages=CHOOSE)

    def __init__(
        self, *args: Any, schools: Iterable[tuple[Area, list[School]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        groups = list(schools)
        offered = {str(each.pk): each for _area, found in groups for each in found}
        offer(
            self,
            "to",
            [
                ("", _("Choose a school")),
                *((area.title, [(each.pk, each.name) for each in found]) for area, found in groups),
            ],
        )
        # Set here: a form has a copy of the field of its class.
        vars(self.fields["to"])["coerce"] = offered.__getitem__


class SendForm(DestinationForm):
    """The school, and the first day there."""

    on = DayField(
        label=_("No longer on the roll from"),
        help_text=_("Until then the pupil stays in the registers here."),
    )


class ReceiveForm(forms.Form):
    """The class and the first day in it."""

    to = forms.TypedChoiceField(
        label=_("Into class"), error_messages={"required": _("Choose a class.")}
    )
    start = DayField(label=_("On the roll from"))

    def __init__(self, *args: Any, grade: int, classes: list[SchoolClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {str(each.pk): each for each in classes}
        fitting = [each for each in classes if grade in each.grade_list]
        others = [each for each in classes if grade not in each.grade_list]
        years = {each.year_id for each in classes}

        def named(group: list[SchoolClass]) -> list[tuple[int, str]]:
            return [
                (each.pk, f"{each.name} · {each.year}" if len(years) > 1 else each.name)
                for each in group
            ]

        choices: list[Any] = named(fitting)
        if others:
            choices.append((_("Classes of other grades"), named(others)))
        # Of one class that fits nothing need be chosen.
        if len(fitting) != 1:
            choices.insert(0, ("", _("Choose a class")))
        offer(self, "to", choices)
        vars(self.fields["to"])["coerce"] = offered.__getitem__


class SendBackForm(forms.Form):
    """Why a pupil is not received."""

    reason = forms.CharField(
        label=_("Why the pupil is not received"),
        max_length=200,
        help_text=_("For example: the family went to another commune, no child came."),
    )


class DroppedOutForm(forms.Form):
    """Why a pupil who was to come to another school is at none."""

    cause = forms.ChoiceField(
        label=_("Main cause of the dropout"),
        choices=DropoutCause.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    further = forms.MultipleChoiceField(
        label=_("Further causes of the dropout"),
        choices=DropoutCause.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All that came together, as far as known."),
    )
