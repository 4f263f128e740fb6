"""Sign-in and password forms."""

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.core.validators import MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from schools.models import School

from .emergency import most_hours
from .models import KEY_SCOPES, User
from .services import confirm_password
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


class StaffSignInForm(NameForm, AdminAuthenticationForm):
    """The sign-in of Django's admin."""


class SignInForm(NameForm, AuthenticationForm):
    """Django's form with words a teacher understands."""

    error_messages = {
        "invalid_login": _(
            "Name or password is wrong. Check capital letters and the typing of Vietnamese, "
            "then try again."
        ),
        "inactive": _("This account is closed. Ask your school or the system administrator."),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["password"].label = _("Password")
        self.fields["username"].widget.attrs.update(autocapitalize="none", spellcheck="false")


class TokenForm(forms.Form):
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
    password = forms.CharField(
        label=_("Your password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("Asked once more, because whoever holds a key needs no password."),
    )

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        most = most_days()
        days = self.fields["days"]
        days.initial = days.max_value = days.widget.attrs["max"] = most
        days.validators.append(MaxValueValidator(most))

    def clean_password(self):
        password = self.cleaned_data["password"]
        if not confirm_password(self.request, password):
            raise forms.ValidationError(_("The password is wrong."), code="wrong_password")
        return password


class EmergencyForm(forms.Form):
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
    password = forms.CharField(
        label=_("Your password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["school"].queryset = School.objects.on(timezone.localdate())
        most = most_hours()
        hours = self.fields["hours"]
        hours.initial = 1
        hours.max_value = hours.widget.attrs["max"] = most
        hours.validators.append(MaxValueValidator(most))

    clean_password = TokenForm.clean_password


class ReminderForm(forms.ModelForm):
    """Whether one wants reminders by e-mail."""

    class Meta:
        model = User
        fields = ["wants_reminders"]
