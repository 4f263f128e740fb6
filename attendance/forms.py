"""Reading what a sheet sends, and the form of closures."""

import datetime
import re
import uuid
from dataclasses import dataclass, field

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from schools.enums import EducationLevel, Session

from .enums import NotHeldReason, RegisterState

FIELD = re.compile(r"mark-(\d{1,18})")
OFFERED = re.compile(r"offered-(\d{1,18})")


@dataclass
class Submission:
    """A sheet as it was sent; the service decides whether it is right."""

    operation_id: uuid.UUID
    base_revision: int
    state: str = RegisterState.TAKEN
    not_held_reason: str = ""
    correction_reason: str = ""
    marks: dict = field(default_factory=dict)
    set_aside: dict = field(default_factory=dict)

    def values(self):
        """Arguments for `send_register`."""
        return {
            "operation_id": self.operation_id,
            "base_revision": self.base_revision,
            "state": self.state,
            "not_held_reason": self.not_held_reason,
            "correction_reason": self.correction_reason,
            "marks": self.marks,
            "set_aside": self.set_aside,
        }


def read_submission(data):
    """`Submission` from POST data; a wrong operation id or revision becomes a fresh start.

    A mark comes as mark-<pupil>=K with reason-<pupil>=sick, or in one as mark-<pupil>=K:sick.
    """
    marks = {}
    for name, value in data.items():
        match = FIELD.fullmatch(name)
        if match and value:
            mark, _colon, reason = value.partition(":")
            if mark != "M":
                reason = reason or data.get(f"reason-{match[1]}", "")
            marks[int(match[1])] = (mark, reason)
    not_held = data.get("state") == RegisterState.NOT_HELD
    return Submission(
        operation_id=read_uuid(data.get("operation_id")),
        base_revision=read_number(data.get("base_revision")),
        state=RegisterState.NOT_HELD if not_held else RegisterState.TAKEN,
        not_held_reason=data.get("not_held_reason", "") if not_held else "",
        correction_reason=data.get("correction_reason", "")[:200],
        marks={} if not_held else marks,
        set_aside={} if not_held else _not_chosen(data, marks),
    )


def _not_chosen(data, marks):
    """Of the versions offered for a pupil, the one that was not chosen."""
    not_chosen = {}
    for name in data:
        match = OFFERED.fullmatch(name)
        if match:
            pupil = int(match[1])
            chosen = marks.get(pupil, ("", ""))
            for version in data.getlist(name):
                mark, _colon, reason = version.partition(":")
                if (mark, reason) != chosen:
                    not_chosen[pupil] = (mark, reason)
    return not_chosen


def read_uuid(text):
    """The UUID a field holds, or a new one."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return uuid.uuid4()


def read_number(text):
    """The whole number a field holds, or 0."""
    return int(text) if text and text.isdecimal() and len(text) < 9 else 0


class ClosureForm(forms.Form):
    """A closure or make-up day for a place and some days."""

    place = forms.ChoiceField(label=_("Where"))
    is_held = forms.ChoiceField(
        label=_("What"),
        choices=[("no", _("Closed: no school")), ("yes", _("Make-up day: school is held"))],
    )
    first_day = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    session = forms.ChoiceField(
        label=_("Session"), required=False, choices=[("", _("the whole day")), *Session.choices]
    )
    level = forms.ChoiceField(
        label=_("Education level"),
        required=False,
        choices=[("", _("every level")), *EducationLevel.choices],
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=NotHeldReason.choices)
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    confirm = forms.BooleanField(
        label=_("Registers were already sent in this time; close all the same"), required=False
    )

    def __init__(self, *args, places, **kwargs):
        super().__init__(*args, **kwargs)
        self._places = {key: place for key, place, _label in places}
        self.fields["place"].choices = [(key, label) for key, _place, label in places]
        if "confirm" not in self.data:
            self.fields["confirm"].widget = forms.HiddenInput()

    def ask_to_confirm(self):
        """Show the tick box that a closure over sent registers needs."""
        self.fields["confirm"].widget = forms.CheckboxInput()

    def clean_place(self):
        return self._places[self.cleaned_data["place"]]

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            raise ValidationError(
                {"last_day": _("The last day must not lie before the first one.")}
            )
        return cleaned

    def values(self):
        """Arguments for `services.calendar.add_closure`."""
        data = self.cleaned_data
        return {
            "place": data["place"],
            "is_held": data["is_held"] == "yes",
            "valid_from": data["first_day"],
            "valid_to": data["last_day"] + datetime.timedelta(days=1),
            "session": data["session"],
            "level": data["level"],
            "reason": data["reason"],
            "note": data["note"],
            "confirmed": data["confirm"],
        }
