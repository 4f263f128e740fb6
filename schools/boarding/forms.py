"""Who is a semi-boarder and why; what is written of a scheme at each step."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..form_fields import CHOOSE, DayField, offer
from ..models import Enrolment, SemiBoarding
from ..pupils.selectors.rolls import names_apart

LONG = {"rows": 6}


class SemiBoardingForm(forms.Form):
    """A time of one pupil as a semi-boarder."""

    basis = forms.ChoiceField(
        label=_("Why"),
        choices=SemiBoarding.Basis.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    own_lodging = forms.BooleanField(
        label=_("Finds the own lodging"),
        required=False,
        help_text=_("The school has no room; the family rents or lodges the pupil with others."),
    )
    start = DayField(label=_("Semi-boarder from"))
    last = DayField(
        label=_("Last day as a semi-boarder"),
        required=False,
        help_text=_("Leave it empty while it goes on."),
    )


class RemoveTimeForm(forms.Form):
    """Why a time was wrong."""

    reason = forms.CharField(
        label=_("What was wrong"),
        max_length=200,
        help_text=_("For example: taken for another pupil of the same name."),
    )


class ClassForm(forms.Form):
    """The semi-boarders of a class from a day on."""

    on = DayField(
        label=_("From"),
        help_text=_("Who is ticked is a semi-boarder from this day, who is not is none."),
    )
    basis = forms.ChoiceField(
        label=_("Why, for those who begin"),
        choices=SemiBoarding.Basis.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    pupils = forms.TypedMultipleChoiceField(
        label=_("Semi-boarders"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    # Whom the list named when it was shown: who came since is not ended by it.
    shown = forms.CharField(max_length=4000, required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, roll: Sequence[Enrolment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "pupils", list(names_apart([each.pupil for each in roll]).items()))
        self.fields["shown"].initial = ",".join(str(each.pupil_id) for each in roll)

    def clean_shown(self) -> set[int]:
        """Ids of the pupils; what is no number is nobody."""
        words = self.cleaned_data["shown"].split(",")
        return {int(word) for word in words if word.isascii() and word.isdigit()}


class DraftForm(forms.Form):
    """What the school proposes."""

    content = forms.CharField(
        label=_("What the scheme says"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "Why the school is to be converted; rooms, kitchen, water; staff; when what is done."
        ),
    )
    wanted_from = DayField(label=_("To be converted from"))


class AppraiseForm(forms.Form):
    """What the office found."""

    appraisal = forms.CharField(
        label=_("What the appraisal found"),
        max_length=2000,
        widget=forms.Textarea(attrs=LONG),
    )


class ApproveForm(forms.Form):
    """The decision that was signed."""

    decision = forms.CharField(label=_("Number of the decision"), max_length=100)
    decided_on = DayField(label=_("Date of the decision"))
    effective_on = DayField(
        label=_("In force from"),
        help_text=_("From this day the school is a semi-boarding ethnic school."),
    )


class ReasonForm(forms.Form):
    """Why a scheme is sent back or withdrawn."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )
