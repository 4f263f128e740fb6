"""Which of two records of a child stays."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..form_fields import CHOOSE, offer


class MergeForm(forms.Form):
    """The record that is kept; the other one goes into it."""

    keep = forms.TypedChoiceField(
        label=_("Which record stays?"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "keep", choices)


class MergeSearchForm(forms.Form):
    """A name to look for among the other records."""

    search = forms.CharField(label=_("Name of the other record"), max_length=100, required=False)
