"""Forms of the month's path."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# As much as a section of an official paper holds.
LONGEST_TEXT = 4000
LONGEST_MEASURES = 2000


class ConfirmForm(forms.Form):
    """A school's word on its month; why something is missing when it is."""

    note = forms.CharField(
        label=_("Why registers are missing or differ"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, is_lacking: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_lacking:
            self.fields["note"].required = True
        else:
            self.fields["note"].label = _("Note")


class AssessmentForm(forms.Form):
    """What an office says about a commune's month; a line is a paragraph."""

    text = forms.CharField(
        label=_("Assessment"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    measures = forms.CharField(
        label=_("Measures proposed"),
        max_length=LONGEST_MEASURES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class PublishForm(forms.Form):
    """Close and publish a month; said once more when steps before are not done."""

    in_spite = forms.BooleanField(label=_("Publish although steps before are not done"))

    def __init__(self, *args: Any, is_complete: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_complete:
            del self.fields["in_spite"]


class ReasonForm(forms.Form):
    """Why something that was done is taken back."""

    reason = forms.CharField(
        label=_("Why?"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
