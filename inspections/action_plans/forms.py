"""What is asked about plans of action, tasks and their progress."""

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from reports.indicators import NAMED
from schools.form_fields import CHOOSE, DayField, offer
from schools.models import Area, School

from ..forms.choices import LoadedChoiceField
from ..forms.papers import PaperField
from ..models import ActionItem, ActionPlan, Member
from .services import Asked, PlanText

NOTHING = "—"


class PlanForm(forms.Form):
    """What the paper of a plan says.

    Args:
        areas: whose plan it may be; None for a plan that is there.
        asks_reason: why it is amended.
    """

    area = LoadedChoiceField(label=_("Whose plan"), name=lambda area: area.title)
    kind = forms.ChoiceField(label=_("Kind"), choices=ActionPlan.Kind.choices)
    title = forms.CharField(
        label=_("Title"), max_length=250, widget=forms.Textarea(attrs={"rows": 2})
    )
    valid_from = DayField(label=_("From"))
    last_day = DayField(label=_("To"))
    number = forms.CharField(
        label=_("Number of the paper"),
        max_length=60,
        required=False,
        help_text=_("As on the paper, for example 12/KH-UBND. It may follow later."),
    )
    issued_on = DayField(label=_("Date of the paper"), required=False)
    issued_by = forms.CharField(label=_("Issued by"), max_length=200, required=False)
    basis = forms.CharField(
        label=_("What it carries out"),
        max_length=250,
        required=False,
        help_text=_("A programme or a resolution of the office above."),
    )
    document = PaperField(label=_("The paper itself"))
    reason = forms.CharField(
        label=_("Amended by"),
        max_length=300,
        help_text=_("Which decision, with number and date. What stood before stays readable."),
    )

    def __init__(
        self,
        *args: Any,
        areas: Iterable[Area] | None = None,
        asks_reason: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if areas is None:
            del self.fields["area"]
        else:
            self.fields["area"].offer(areas)  # type: ignore[attr-defined]  # our own field
        if not asks_reason:
            del self.fields["reason"]

    def text(self) -> PlanText:
        """What valid data says."""
        told = self.cleaned_data
        return PlanText(
            **{
                name: told[name]
                for name in (
                    *("kind", "title", "valid_from", "last_day"),
                    *("basis", "number", "issued_on", "issued_by"),
                )
            }
        )


def initial_of_plan(plan: ActionPlan) -> dict[str, Any]:
    """What the form of a plan that is there begins with."""
    names = ("kind", "title", "valid_from", "number", "issued_on", "issued_by", "basis")
    return {name: getattr(plan, name) for name in names} | {"last_day": plan.last_day}


class ActionForm(forms.Form):
    """One task; what is seldom needed stands after the rest."""

    what = forms.CharField(
        label=_("What is to be done"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    area = LoadedChoiceField(label=_("Where"), name=lambda area: area.title)
    due_on = DayField(label=_("By"))
    school = LoadedChoiceField(
        label=_("Which school answers for it"),
        required=False,
        empty_label=NOTHING,
        name=lambda school: school.name,
    )
    member = LoadedChoiceField(
        label=_("Which member answers for it"),
        required=False,
        empty_label=NOTHING,
        name=lambda member: member.full_name,
    )
    organisation = forms.CharField(
        label=_("Which organisation answers for it"), max_length=150, required=False
    )
    target = forms.CharField(label=_("Target in words"), max_length=300, required=False)
    indicator = forms.ChoiceField(label=_("Measured by"), required=False, error_messages=CHOOSE)
    target_value = forms.DecimalField(
        label=_("Value to reach, in percent"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
        localize=True,
    )
    level = forms.ChoiceField(label=_("Education level"), required=False)
    reason = forms.CharField(label=_("Why it is changed"), max_length=300)

    def __init__(
        self,
        *args: Any,
        areas: Iterable[Area],
        schools: Iterable[School],
        members: Iterable[Member],
        asks_reason: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("area", areas), ("school", schools), ("member", members)):
            self.fields[name].offer(rows)  # type: ignore[attr-defined]  # our own field
        offer(
            self, "indicator", [("", NOTHING), *((code, each.name) for code, each in NAMED.items())]
        )
        offer(self, "level", [("", NOTHING), *EducationLevel.choices])
        if not asks_reason:
            del self.fields["reason"]

    MORE = ("school", "member", "organisation", "target", "indicator", "target_value", "level")

    def first_fields(self) -> list[forms.BoundField]:
        """The fields that every task needs."""
        return [self[name] for name in self.fields if name not in self.MORE]

    def more_fields(self) -> list[forms.BoundField]:
        """The fields that may stay empty."""
        return [self[name] for name in self.MORE]

    def more_is_open(self) -> bool:
        """Whether one of those has to be mended, or says something already."""
        return any(name in self.errors or self[name].value() for name in self.MORE)

    def asked(self) -> Asked:
        """What valid data asks."""
        told = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        return Asked(**told)


def initial_of_item(item: ActionItem) -> dict[str, Any]:
    """What the form of a task that is there begins with."""
    names = ("what", "due_on", "organisation", "target", "indicator", "target_value", "level")
    return {name: getattr(item, name) for name in names} | {
        "area": item.area_id,
        "school": item.school_id,
        "member": item.member_id,
    }


class ProgressForm(forms.Form):
    """How far a task is, filled in on a phone."""

    words = forms.CharField(
        label=_("What was done"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("With numbers; number and date of a paper if there is one. No child's name."),
    )
    percent = forms.IntegerField(
        label=_("Done so far, in percent"),
        min_value=0,
        max_value=100,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    is_done = forms.BooleanField(label=_("It is done"), required=False)
    evidence = PaperField(label=_("Evidence"))
    reported_on = DayField(label=_("As of"))

    def __init__(self, *args: Any, today: datetime.date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"reported_on": today})
        super().__init__(*args, **kwargs)
        self.fields["reported_on"].widget.attrs["max"] = today.isoformat()


class ReasonForm(forms.Form):
    """Why something is decided."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
