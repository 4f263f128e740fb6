"""Founding committees, appointing members, handing out communes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from schools.form_fields import DayField

from ..models import Committee, Member
from ..selectors.committees import account_named
from .choices import LoadedChoiceField


class FoundForm(forms.Form):
    """A new committee."""

    area = LoadedChoiceField(label=_("Area"), name=lambda area: area.title)
    kind = forms.ChoiceField(
        label=_("Kind of committee"),
        choices=Committee.Kind.choices,
        initial=Committee.Kind.UNIVERSAL,
    )
    name = forms.CharField(label=_("Name of the committee"), max_length=200)
    decision = forms.CharField(
        label=_("Founding decision"),
        max_length=150,
        required=False,
        help_text=_("Number and day of the decision."),
    )
    valid_from = DayField(label=_("In office from"))

    def __init__(self, *args, areas, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].offer(areas)


class ChangeMemberForm(forms.Form):
    """What a member is by post."""

    position = forms.CharField(label=_("Position"), max_length=150, required=False)
    organisation = forms.CharField(label=_("Organisation"), max_length=150, required=False)
    sector = forms.CharField(
        label=_("Sector"),
        max_length=150,
        required=False,
        help_text=_("What falls to this member's branch, as the decision words it."),
    )


class AppointForm(ChangeMemberForm):
    """A new member."""

    full_name = forms.CharField(label=_("Full name"), max_length=100)
    role = forms.ChoiceField(
        label=_("Role in the committee"), choices=Member.Role.choices, initial=Member.Role.MEMBER
    )
    user = forms.CharField(
        label=_("User name"),
        max_length=150,
        required=False,
        help_text=_("With an account the member sees the communes assigned and records visits."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    valid_from = DayField(label=_("In office from"))
    field_order = ("full_name", "role")

    def clean_user(self):
        """The account of the name typed, or None when left empty."""
        name = self.cleaned_data["user"].strip()
        if not name:
            return None
        account = account_named(name)
        if account is None:
            raise forms.ValidationError(
                _("There is no account “%(name)s”. Check the user name or leave it empty."),
                params={"name": name},
            )
        return account


class AssignForm(forms.Form):
    """A commune for a member."""

    commune = LoadedChoiceField(
        label=_("Commune"), empty_label=_("Choose a commune"), name=lambda area: area.title
    )
    duty = forms.CharField(label=_("Duty"), max_length=300, required=False)
    valid_from = DayField(label=_("In charge from"))

    def __init__(self, *args, communes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["commune"].offer(communes)


class EndForm(forms.Form):
    """The first day on which an assignment or a term no longer holds."""

    on = DayField(
        label=_("No longer in charge from"), help_text=_("The day after the last day in charge.")
    )
