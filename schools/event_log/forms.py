"""The filter above the list of events."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.events import kinds

from ..form_fields import DayField, offer


class EventFilterForm(forms.Form):
    """Kind, person and days; everything may be left empty."""

    kind = forms.ChoiceField(label=_("What"), required=False)
    who = forms.CharField(
        label=_("Who"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("To"), required=False)
    part_of = forms.RegexField(
        r"^[a-z_]+\.[a-z_]+:[\w-]+$", max_length=100, required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted(((str(kind.words), code) for code, kind in kinds().items()))
        offer(self, "kind", [("", _("Everything")), *((code, words) for words, code in named)])
