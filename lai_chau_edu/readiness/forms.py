"""The form of the first account."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.passwords import LONGEST


class FirstAdministratorForm(forms.Form):
    """Who keeps the accounts of this installation, and the password they chose."""

    full_name = forms.CharField(label=_("Full name"), max_length=100)
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same password again"),
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    officer_name = forms.CharField(
        label=_("Full name of an officer of the province"),
        max_length=100,
        required=False,
        help_text=_(
            "Who sets the days of the school year. This person gets an account and a slip with "
            "the first password. You can leave it out and make the account later."
        ),
    )

    def __init__(self, *args: Any, may_name_officer: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_name_officer:
            del self.fields["officer_name"]

    def clean_officer_name(self) -> str:
        """A name has letters and no digits, as on the page of new accounts."""
        name: str = self.cleaned_data["officer_name"]
        if name and (not any(map(str.isalpha, name)) or any(map(str.isdigit, name))):
            raise forms.ValidationError(_("Write the full name first, for example “Hà Thị Liên”."))
        return name

    def clean(self) -> dict[str, Any]:
        """The password is typed twice alike, and is one that nobody would try first."""
        data = super().clean() or self.cleaned_data
        password = data.get("password")
        if password and data.get("again") and password != data["again"]:
            self.add_error("again", _("The two passwords are not the same. Type both again."))
        elif password:
            person = User(username=data.get("username", ""), full_name=data.get("full_name", ""))
            try:
                password_validation.validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data

    def values(self) -> dict[str, str]:
        """Arguments for `first_administrator.make`."""
        return {name: self.cleaned_data[name] for name in ("username", "full_name", "password")}
