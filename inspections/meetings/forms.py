"""What a person says about the regulation of a committee and about a meeting."""

import dataclasses
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from schools.form_fields import DayField, RowsField

from ..forms.papers import PaperField
from ..models import Meeting, Member, Regulation
from ..models.meetings import LONGEST_TEXT, MOST_MONTHS
from .services import Minutes

MONTHS = [(0, _("It does not say")), *((each, str(each)) for each in range(1, MOST_MONTHS + 1))]


class RegulationForm(forms.Form):
    """The regulation from a day on."""

    paper = forms.CharField(
        label=_("Number and day of the paper"),
        max_length=Regulation._meta.get_field("paper").max_length,
    )
    meets_every = forms.TypedChoiceField(
        label=_("Meets every so many months"), choices=MONTHS, coerce=int
    )
    reports_every = forms.TypedChoiceField(
        label=_("Reports every so many months"), choices=MONTHS, coerce=int
    )
    articles = forms.CharField(
        label=_("What it says that matters"),
        max_length=Regulation._meta.get_field("articles").max_length,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    file = PaperField(label=_("The regulation itself"))
    valid_from = DayField(label=_("In force from"))


class MeetingForm(forms.Form):
    """A meeting and what its minutes say.

    Args:
        members: those who may have been there.
    """

    held_on = DayField(label=_("Held on"))
    place = forms.CharField(
        label=_("Where it was held"), max_length=Meeting._meta.get_field("place").max_length
    )
    chair = forms.ModelChoiceField(
        label=_("In the chair"), queryset=Member.objects.none(), empty_label=_("Choose a member")
    )
    present = RowsField(
        label=_("Members present"),
        queryset=Member.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    guests = forms.CharField(
        label=_("Others present"),
        max_length=Meeting._meta.get_field("guests").max_length,
        required=False,
    )
    content = forms.CharField(
        label=_("What was discussed"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    decided = forms.CharField(
        label=_("What was decided"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Who does what by when. No name of a child."),
    )

    def __init__(self, *args: Any, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("chair", "present"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = members

    def clean(self) -> dict[str, Any]:
        """`minutes` in place of the fields."""
        said = super().clean() or self.cleaned_data
        if self.errors:
            return said
        names = [each.name for each in dataclasses.fields(Minutes)]
        return {"minutes": Minutes(**{name: said.pop(name) for name in names}), **said}


class CorrectMeetingForm(MeetingForm):
    """The same for a meeting that is written down; `seen` is the version the person saw."""

    seen = forms.IntegerField(min_value=1, max_value=2_147_483_647, widget=forms.HiddenInput)
