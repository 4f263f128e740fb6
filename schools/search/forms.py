"""The one field of the search."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SearchForm(forms.Form):
    """A part of a name, a code or a whole identifier."""

    q = forms.CharField(
        label=_("What to look for"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autofocus": True}),
    )
