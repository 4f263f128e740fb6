"""A pupil's data, and a pupil who comes new onto the roll of a class."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ...enums import EntryReason, Grade, Sex
from ...form_fields import CHOOSE, DayField, ethnic_group_choices, offer, offer_rows
from ...models import Area
from ...models.pupils import ten_digits, twelve_digits
from ..selectors.alike import Alike


class PupilForm(forms.Form):
    """Who the child is."""

    full_name = forms.CharField(label=_("Full name"), max_length=100)
    birth_date = DayField(label=_("Date of birth"))
    sex = forms.ChoiceField(
        label=_("Sex"), choices=Sex.choices, widget=forms.RadioSelect, error_messages=CHOOSE
    )
    ethnic_group = forms.ChoiceField(
        label=_("Ethnic group"), choices=ethnic_group_choices, error_messages=CHOOSE
    )
    ministry_id = forms.CharField(
        label=_("Ministry identifier"),
        required=False,
        validators=[ten_digits],
        max_length=20,
        help_text=_("10 digits. A child who comes from another school is found by it."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    citizen_id = forms.CharField(
        label=_("Personal number"),
        required=False,
        validators=[twelve_digits],
        max_length=20,
        help_text=_("12 digits."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    home: "forms.ModelChoiceField[Area]" = forms.ModelChoiceField(
        label=_("Home commune"), queryset=None, required=False, empty_label="—"
    )
    home_address = forms.CharField(label=_("Village, address"), max_length=200, required=False)
    guardian_name = forms.CharField(label=_("Parent or guardian"), max_length=100, required=False)
    guardian_phone = forms.CharField(
        label=_("Phone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    # Of the pupils asked about, and the answer that the child is none of them.
    asked_about = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput())
    is_another = forms.BooleanField(
        label=_("This child is another one: they are different pupils"),
        required=False,
        widget=forms.HiddenInput(),
    )

    def __init__(self, *args: Any, communes: QuerySet[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, "home", communes)

    def values(self) -> dict[str, Any]:
        """What the services take."""
        values = dict(self.cleaned_data)
        asked, is_another = values.pop("asked_about"), values.pop("is_another")
        return values | {"different_from": asked if is_another else ""}

    def ask_about(self, alike: Alike) -> None:
        """Show the tick that a child needs who has the name and birth date of another one."""
        self.fields["is_another"].widget = forms.CheckboxInput()
        self.order_fields(["is_another"])
        data = cast("QueryDict", self.data).copy()
        data["asked_about"] = alike.fingerprint
        data.pop("is_another", None)
        self.data = data


class CorrectPupilForm(PupilForm):
    """The data of a pupil already known, with the reason of the change."""

    reason = forms.CharField(
        label=_("Why it changes"),
        max_length=200,
        required=False,
        help_text=_("For example: spelling as on the birth certificate."),
    )


class NewPupilForm(PupilForm):
    """The data of a child and how it comes onto the roll of a class."""

    grade = forms.TypedChoiceField(label=_("Grade"), coerce=int, error_messages=CHOOSE)
    start = DayField(label=_("On the roll from"))
    reason = forms.ChoiceField(
        label=_("How the pupil comes"),
        choices=[
            (reason.value, reason.label)
            for reason in EntryReason
            if reason != EntryReason.CLASS_CHANGE
        ],
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    semi_boarder = forms.BooleanField(label=_("Semi-boarder"), required=False)

    def __init__(self, *args: Any, grades: Sequence[Grade], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "grade", [(grade.value, grade.label) for grade in grades])
        if len(grades) == 1:
            self.fields["grade"].initial = grades[0].value
            self.fields["grade"].widget = forms.HiddenInput()
