"""Forms of a forgotten password."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ForgottenForm(forms.Form):
    """Of which account the password was forgotten."""

    name = forms.CharField(
        label=_("User name or e-mail address"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
