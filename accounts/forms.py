"""Sign-in and password forms."""

from typing import Any, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, UsernameField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.contention import Busy
from schools.form_fields import offer_rows
from schools.models import School

from . import guessing, sessions
from .emergency import most_hours
from .guessing import AskedRequest
from .models import KEY_SCOPES, User
from .passwords import LONGEST
from .tokens import most_days


class NameForm(forms.Form):
    """The name of a sign-in, no longer than a name can be.

    Django's own field is bounded on the page only, and the lock against guessing stores what
    was sent.
    """

    username = UsernameField(
        max_length=User._meta.get_field("username").max_length,
        widget=forms.TextInput(attrs={"autofocus": True}),
    )


class SignInForm(NameForm, AuthenticationForm):  # type: ignore[misc]  # `username` is of NameForm
    """Django's form with words a teacher understands; every attempt is counted.

    Its check raises `guessing.Locked` past the form, to the view.
    """

    error_messages = {
        "invalid_login": _(
            "Name or password is wrong. Check capital letters and the typing of Vietnamese, "
            "then try again."
        ),
        "inactive": _("This account is closed. Ask your school or the system administrator."),
        "expired": _(
            "This first password or code is no longer valid. Ask for a new code: see “Forgotten"
            " the password?”."
        ),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["password"].label = _("Password")
        self.fields["username"].widget.attrs.update(autocapitalize="none", spellcheck="false")
        # For the script that shows the password (static/js/show_password.js).
        self.fields["password"].widget.attrs.update(
            autocapitalize="none", spellcheck="false", **{"data-can-be-shown": ""}
        )

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse a password that was handed over, and right, once its time is over."""
        super().confirm_login_allowed(user)
        if user.is_expired:
            raise ValidationError(self.error_messages["expired"], code="expired")

    def clean(self) -> dict[str, Any]:
        """Look at name and password, after having counted the attempt."""
        username = self.cleaned_data.get("username")
        password = self.cleaned_data.get("password")
        if not username or not password:
            return self.cleaned_data
        attempt = guessing.of_sign_in(cast("HttpRequest", self.request), username)
        try:
            cleaned = super().clean()
        except ValidationError:
            attempt.was_wrong()
            raise
        except Busy:
            attempt.was_not_looked_at()
            raise
        attempt.was_right()
        return cleaned


class OwnPasswordForm(forms.Form):
    """Asks for the password of who is signed in; for views that say `guessing.asks_password`."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=LONGEST * 4,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: AskedRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        """Refuse another password; the attempt is counted already."""
        password = self.cleaned_data["password"]
        if not guessing.is_own_password(self.request, password):
            raise ValidationError(_("This is not your password."), code="wrong_password")
        return password


class NewPasswordForm(PasswordChangeForm):
    """Django's change of one's own password; wrong old ones are counted."""

    def __init__(self, *args: Any, request: AskedRequest, **kwargs: Any) -> None:
        super().__init__(request.user, *args, **kwargs)
        self.request = request
        # The page says it above the form.
        self.fields["new_password1"].help_text = ""
        if sessions.has_just_shown_temporary(request):
            del self.fields["old_password"]

    def clean_old_password(self) -> str:
        """Refuse another password; the attempt is counted already."""
        old = self.cleaned_data["old_password"]
        if not guessing.is_own_password(self.request, old):
            raise ValidationError(self.error_messages["password_incorrect"], "password_incorrect")
        return old


class CodeForm(forms.Form):
    """The second step of the sign-in: a code from a phone or from paper."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("Six digits from the app on your phone, or one of your recovery codes."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )


class FactorNameForm(OwnPasswordForm):
    """Adds a factor: a name to know it by, and the owner's password."""

    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("So that you know it in a list: “my phone”, “office computer”."),
    )
    field_order = ["name", "password"]


class PhoneForm(FactorNameForm):
    """Adds a phone whose app shows codes."""

    code = forms.CharField(
        label=_("Code that the app shows now"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    field_order = ["code", "name", "password"]


class PasskeyForm(FactorNameForm):
    """Adds a passkey; the script of the page fills in what the browser made."""

    credential = forms.CharField(widget=forms.HiddenInput, max_length=10_000, required=False)


class TokenForm(OwnPasswordForm):
    """A new access key."""

    name = forms.CharField(
        label=_("What it is for"),
        max_length=100,
        help_text=_("For example the name of the program that will use it."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope.value, words) for scope, words in KEY_SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose no more than the program needs. It never may more than you."),
    )
    days = forms.IntegerField(label=_("Valid for how many days"), min_value=1)
    field_order = ["name", "scopes", "days", "password"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = most_days()
        self.fields["days"].initial = most
        _bound(self, "days", most)


class EmergencyForm(OwnPasswordForm):
    """In the place of which school's head, why, and for how long."""

    school = forms.ModelChoiceField(
        label=_("School"), queryset=School.objects.none(), empty_label=_("Choose a school")
    )
    reason = forms.CharField(
        label=_("Why it is necessary"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The school head and the other administrators will read this."),
    )
    hours = forms.IntegerField(label=_("For how many hours"), min_value=1)
    field_order = ["school", "reason", "hours", "password"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, "school", School.objects.on(timezone.localdate()))
        self.fields["hours"].initial = 1
        _bound(self, "hours", most_hours())


def _bound(form: forms.BaseForm, name: str, most: int) -> None:
    """Give a number its largest value, which is a dated rule."""
    field = cast("forms.IntegerField", form.fields[name])
    field.max_value = field.widget.attrs["max"] = most
    field.validators.append(MaxValueValidator(most))


class ReminderForm(forms.ModelForm):
    """Whether one wants reminders by e-mail."""

    class Meta:
        model = User
        fields = ["wants_reminders"]
