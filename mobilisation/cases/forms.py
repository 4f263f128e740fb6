"""Forms of a case: opened, changed, a visit noted, closed."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.permission_holders import Holder
from schools.form_fields import CHOOSE, DayField, offer

from ..models.cases import CAUSES, WHERE, ChildCase, FamilyVisit


class _OwnedForm(forms.Form):
    """Who answers for a case until when, and why the child is away.

    Args:
        owners: people who may answer for it, the reader first.
    """

    owner = forms.TypedChoiceField(label=_("Who answers for it"), coerce=int, error_messages=CHOOSE)
    due_on = DayField(label=_("Until when"))
    causes = forms.MultipleChoiceField(
        label=_("Reasons, as far as known"),
        choices=CAUSES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, owners: Iterable[Holder], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "owner", [(each.user_id, each.name) for each in owners])


class OpenForm(_OwnedForm):
    """A new case."""

    kind = forms.ChoiceField(
        label=_("Why it is followed"),
        choices=ChildCase.Kind.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    field_order = ["kind", "owner", "due_on", "causes"]


class ChangeForm(_OwnedForm):
    """Another owner, deadline, village or reasons."""

    village = forms.CharField(label=_("Village"), max_length=WHERE, required=False)
    field_order = ["owner", "due_on", "village", "causes"]


class VisitForm(forms.Form):
    """What a visit at home, or a call, found."""

    way = forms.ChoiceField(
        label=_("How"),
        choices=FamilyVisit.Way.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    made_on = DayField(label=_("Day"))
    who = forms.CharField(label=_("Who went"), max_length=200)
    found = forms.CharField(
        label=_("How you found the child"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whether the child is at home, why it is not in class, what the family says."),
    )
    promise = forms.CharField(label=_("What the family promised"), max_length=300, required=False)
    next_on = DayField(label=_("Next time on"), required=False)


class CloseForm(forms.Form):
    """What came of it."""

    outcome = forms.ChoiceField(
        label=_("What came of it"),
        choices=ChildCase.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    closed_on = DayField(
        label=_("Since which day"),
        help_text=_(
            "Of a child who came back: the first day in class. The registers from that day on say "
            "whether it stays."
        ),
    )
    closing_note = forms.CharField(
        label=_("Note"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example to which school, or who said so."),
    )
