"""Reading what a sheet sends, and the forms of closures and planned leave."""

import datetime
import re
import uuid
from dataclasses import dataclass, field

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from schools.enums import EducationLevel, Session
from schools.forms.fields import CHOOSE, DayField

from .enums import LEAVE_REASONS, NotHeldReason, RegisterState
from .letters import ACCEPTED

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
        operation_id=_uuid(data.get("operation_id")),
        base_revision=_number(data.get("base_revision")),
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


def _uuid(text):
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return uuid.uuid4()


def _number(text):
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


class PlannedLeaveForm(forms.Form):
    """That a pupil will be away: who, which days, why; the rest may stay as it is.

    Args:
        school_class: the class; its sessions and its year bound the choices.
        roll: spells of the class, whose pupils are offered.
    """

    pupil = forms.TypedChoiceField(label=_("Pupil"), coerce=int, error_messages=CHOOSE)
    first_day = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"))
    session = forms.ChoiceField(
        label=_("Which part of the day"), required=False, widget=forms.RadioSelect
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[(reason.value, reason.label) for reason in LEAVE_REASONS],
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    announced_by = forms.CharField(
        label=_("Who told the school"),
        max_length=60,
        widget=forms.TextInput(attrs={"list": "tellers", "autocomplete": "off"}),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    letter = forms.FileField(
        label=_("Photo of the letter"),
        required=False,
        help_text=_("JPEG, PNG or PDF, at most 5 MB. Only those who take the register open it."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={"empty": _("The file is empty. Choose another one.")},
    )

    def __init__(self, *args, school_class, roll, **kwargs):
        super().__init__(*args, **kwargs)
        self._pupils = {spell.pupil_id: spell.pupil for spell in roll}
        names = [(pk, pupil.full_name) for pk, pupil in self._pupils.items()]
        self.fields["pupil"].choices = [("", _("Choose the pupil")), *names]
        for name in ("first_day", "last_day"):
            self.fields[name].widget.attrs |= {
                "min": school_class.year.valid_from.isoformat(),
                "max": (school_class.year.valid_to - datetime.timedelta(days=1)).isoformat(),
            }
        sessions = school_class.session_list
        if len(sessions) > 1:
            halves = [(each.value, each.label) for each in sessions]
            self.fields["session"].choices = [("", _("the whole day")), *halves]
        else:
            del self.fields["session"]

    def clean_pupil(self):
        return self._pupils[self.cleaned_data["pupil"]]

    def more_is_open(self):
        """Whether one of the fields that are usually left alone has to be mended."""
        return any(name in self.errors for name in ("announced_by", "note", "letter"))


class WithdrawForm(forms.Form):
    """Why planned leave is taken back."""

    because = forms.CharField(
        label=_("Why is it withdrawn?"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "whys", "autocomplete": "off"}),
    )
