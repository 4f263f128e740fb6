"""Forms of planned leave."""

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.attachments import ACCEPTED
from schools.form_fields import CHOOSE, DayField, offer
from schools.models import Enrolment, Pupil, SchoolClass
from schools.pupils.selectors.rolls import names_apart

from ..enums import LEAVE_REASONS


class AttachmentField(forms.FileField):
    """A photo or PDF of the family's letter."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Photo of the letter"),
            help_text=_(
                "JPEG, PNG or PDF, at most 5 MB. Only those who take the register open it."
            ),
            widget=forms.FileInput(attrs={"accept": ACCEPTED}),
            error_messages={
                "empty": _("The file is empty. Choose another one."),
                "required": _("Choose the photo of the letter."),
            },
            **kwargs,
        )


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
    letter = AttachmentField(required=False)

    def __init__(
        self, *args: Any, school_class: SchoolClass, roll: Iterable[Enrolment], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._pupils = {spell.pupil_id: spell.pupil for spell in roll}
        names = names_apart(self._pupils.values()).items()
        offer(self, "pupil", [("", _("Choose the pupil")), *names])
        for name in ("first_day", "last_day"):
            self.fields[name].widget.attrs |= {
                "min": school_class.year.valid_from.isoformat(),
                "max": (school_class.year.valid_to - datetime.timedelta(days=1)).isoformat(),
            }
        sessions = school_class.session_list
        if len(sessions) > 1:
            halves = [(each.value, each.label) for each in sessions]
            offer(self, "session", [("", _("the whole day")), *halves])
        else:
            del self.fields["session"]

    def clean_pupil(self) -> Pupil:
        return self._pupils[self.cleaned_data["pupil"]]

    def more_is_open(self) -> bool:
        """Whether one of the fields that are usually left alone has to be mended."""
        return any(name in self.errors for name in ("announced_by", "note", "letter"))


class AttachmentForm(forms.Form):
    """The letter that came after the leave was recorded."""

    letter = AttachmentField()


class WithdrawForm(forms.Form):
    """Why planned leave is taken back."""

    because = forms.CharField(
        label=_("Why is it withdrawn?"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "whys", "autocomplete": "off"}),
    )
