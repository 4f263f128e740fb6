"""Forms of the calendar: closures, the cold of a day, the frame of a year, a weekly pattern."""

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.types import StrOrPromise
from schools.enums import Session
from schools.form_fields import DayField, offer
from schools.models import School, SchoolYear

from ..enums import NotHeldReason, RegistersChoice
from ..models.calendar import Place
from .public_holidays import HolidayProposal
from .selectors.closures import PlaceToClose

ONE_DAY = datetime.timedelta(days=1)
# In a row; the longest break, around Tết, is two weeks and some.
MOST_HOLIDAYS = 31


def _days_of_the_week(label: StrOrPromise) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=[(str(day), name) for day, name in WEEKDAYS.items()],
        widget=forms.CheckboxSelectMultiple,
    )


class Kind(models.TextChoices):
    """What a person does to the calendar; two of them close, two open."""

    CLOSED = "closed", _("No school")
    COLD = "cold", _("Cold")
    MAKE_UP = "make_up", _("Make-up day")
    HELD = "held", _("Held anyway")


class WhereForm(forms.Form):
    """Where something holds: one of the `places` of `places_to_close`."""

    place = forms.ChoiceField(label=_("Where"))

    def __init__(self, *args: Any, places: Sequence[PlaceToClose], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = {key: place for key, place, _label in places}
        offer(self, "place", [(key, label) for key, _place, label in places])

    def clean_place(self) -> Place:
        return self._places[self.cleaned_data["place"]]


class PlaceForm(WhereForm):
    """Fields every form of the calendar has: where, and from which day to which."""

    first_day = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"))

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            raise ValidationError(
                {"last_day": _("The last day must not lie before the first one.")}
            )
        return cleaned


class ColdForm(PlaceForm):
    """How cold it is where; the rule then proposes which levels stay at home."""

    temperature = forms.DecimalField(
        label=_("Lowest temperature, °C"),
        max_digits=3,
        decimal_places=1,
        min_value=-20,
        max_value=40,
        widget=forms.NumberInput(attrs={"step": "0.5", "inputmode": "decimal"}),
    )
    field_order = ["place", "temperature", "first_day", "last_day"]


class HolidayForm(forms.Form):
    """One proposed holiday: whether it is taken, and from which day to which."""

    chosen = forms.BooleanField(required=False)
    first_day = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"))

    @property
    def is_chosen(self) -> bool:
        """Whether a person ticked it: of the others nothing is asked."""
        return self.is_bound and bool(self["chosen"].data)

    def __init__(self, data: Mapping[str, Any] | None, *, proposal: HolidayProposal) -> None:
        self.proposal = proposal
        super().__init__(
            data,
            prefix=proposal.key,
            initial={
                "chosen": not proposal.is_asked,
                "first_day": proposal.first,
                "last_day": proposal.last,
            },
        )
        self.fields["chosen"].label = proposal.name

    def clean(self) -> dict[str, Any]:
        super().clean()
        first, last = self.cleaned_data.get("first_day"), self.cleaned_data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day must not lie before the first one."))
        elif first and last and (last - first).days >= MOST_HOLIDAYS:
            self.add_error(
                "last_day",
                _("At most %(count)s days in a row; a longer break is entered as a closure.")
                % {"count": MOST_HOLIDAYS},
            )
        return self.cleaned_data


class ClosureForm(PlaceForm):
    """A closure, make-up day or exception for a place, some levels and some days.

    Args:
        kind: a `Kind`.
        taught: dict key of a place -> codes of the levels its schools teach.
        staying: schools that may hold school in the cold although their level is closed.
    """

    levels = forms.MultipleChoiceField(
        label=_("Education levels"),
        required=False,
        choices=EducationLevel.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: every level."),
    )
    session = forms.ChoiceField(
        label=_("Session"), required=False, choices=[("", _("the whole day")), *Session.choices]
    )
    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("Choose")), *NotHeldReason.choices]
    )
    temperature = ColdForm.base_fields["temperature"]
    held_at = forms.MultipleChoiceField(
        label=_("Boarding schools that have school all the same"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    choice = forms.ChoiceField(
        label=_("What becomes of the registers already sent?"),
        required=False,
        choices=RegistersChoice.choices,
        widget=forms.RadioSelect,
    )

    def __init__(
        self,
        *args: Any,
        kind: Kind,
        taught: Mapping[str, Sequence[str]],
        staying: Sequence[School] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self._taught = taught
        self._staying = {str(school.pk): school for school in staying}
        offer(self, "held_at", [(key, school.name) for key, school in self._staying.items()])
        if not staying:
            del self.fields["held_at"]
        self._offer_levels()
        if kind == Kind.COLD:
            # Where, when and how cold was asked before.
            self.fields["reason"].initial = NotHeldReason.COLD
            for name in ("place", "first_day", "last_day", "reason", "temperature"):
                self.fields[name].widget = forms.HiddenInput()
        else:
            del self.fields["temperature"]
        if kind == Kind.CLOSED:
            # Cold is asked for by its own form, which knows the temperature.
            others = [each for each in NotHeldReason.choices if each[0] != NotHeldReason.COLD]
            offer(self, "reason", [("", _("Choose")), *others])
        if kind == Kind.MAKE_UP:
            self.fields["reason"].label = _("Makes up for days lost to")
        if kind == Kind.HELD:
            self.fields["reason"].label = _("Others are closed for")
        if not self.data.get("choice"):
            self.fields["choice"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        taught = self._taught.get(self.data.get("place", ""), EducationLevel.values)
        others = [level for level in cleaned.get("levels", ()) if level not in taught]
        if others:
            names = ", ".join(str(EducationLevel(level).label) for level in others)
            self.add_error("levels", _("This place has no %(levels)s.") % {"levels": names})
        return cleaned

    def _offer_levels(self) -> None:
        """Only levels of the place; while it is asked those of all, for a script to narrow."""
        place = self.fields["place"]
        if self.kind == Kind.COLD:
            offered = set(self._taught.get(self["place"].value(), []))
        else:
            offered = {level for levels in self._taught.values() for level in levels}
            place.widget.attrs["data-taught"] = json.dumps(self._taught)
        offer(self, "levels", [each for each in EducationLevel.choices if each[0] in offered])

    def ask_what_becomes(self) -> None:
        """Show the choice that a closure over sent registers needs; none is made beforehand."""
        self.fields["choice"].widget = forms.RadioSelect(choices=RegistersChoice.choices)
        self.fields["choice"].required = True

    def values(self) -> dict[str, Any]:
        """Arguments for `calendar.services.closures.close_levels`."""
        data = self.cleaned_data
        levels = data["levels"]
        every = not levels or set(levels) == set(EducationLevel.values)
        return {
            "place": data["place"],
            "is_held": self.kind in (Kind.MAKE_UP, Kind.HELD),
            "valid_from": data["first_day"],
            "valid_to": data["last_day"] + ONE_DAY,
            "session": data["session"],
            "levels": [""] if every else levels,
            "reason": data["reason"],
            "note": data["note"],
            "temperature": data.get("temperature"),
            "held_at": [self._staying[key] for key in data.get("held_at", ())],
            "choice": data["choice"],
        }


class FrameForm(PlaceForm):
    """From when to when classes are held in a school year, for a place and a level."""

    level = forms.ChoiceField(
        label=_("Education level"),
        required=False,
        choices=[("", _("every level")), *EducationLevel.choices],
    )
    second_term = DayField(label=_("First day of the second term"))
    source = forms.CharField(label=_("By decision"), required=False, max_length=200)
    field_order = ["place", "level", "first_day", "second_term", "last_day", "source"]

    def __init__(self, *args: Any, year: SchoolYear, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._year = year
        self.fields["second_term"].required = False
        self.fields["first_day"].label = _("First day of classes")
        self.fields["last_day"].label = _("Last day of classes")

    def values(self) -> dict[str, Any]:
        """Arguments for `calendar.services.frames.set_frame`, without the person."""
        data = self.cleaned_data
        return {
            "year": self._year,
            "place": data["place"],
            "level": data["level"],
            "valid_from": data["first_day"],
            "valid_to": data["last_day"] + ONE_DAY,
            "second_term_from": data["second_term"],
            "source": data["source"],
        }

    @property
    def fingerprint(self) -> str:
        """What stands for these values: a change is saved once just it was looked at."""
        return _fingerprint(self)


class PatternForm(PlaceForm):
    """On which weekdays classes are held, for a place and a level, from a day on."""

    level = forms.ChoiceField(
        label=_("Education level"),
        required=False,
        choices=[("", _("every level")), *EducationLevel.choices],
    )
    morning = _days_of_the_week(_("Mornings with lessons"))
    afternoon = _days_of_the_week(_("Afternoons with lessons"))
    field_order = ["place", "level", "morning", "afternoon", "first_day", "last_day"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_day"].label = _("In force from")
        self.fields["last_day"].label = _("Last day, if it is for a time only")
        self.fields["last_day"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not (cleaned.get("morning") or cleaned.get("afternoon")):
            self.add_error(
                "morning",
                _("Tick at least one morning or afternoon. For days without school use Closures."),
            )
        return cleaned

    def values(self) -> dict[str, Any]:
        """Arguments for `calendar.services.patterns.set_pattern`, without the person."""
        data = self.cleaned_data
        return {
            "place": data["place"],
            "level": data["level"],
            "morning": _held_on(data["morning"]),
            "afternoon": _held_on(data["afternoon"]),
            "valid_from": data["first_day"],
            "valid_to": data["last_day"] + ONE_DAY if data["last_day"] else None,
        }

    @property
    def fingerprint(self) -> str:
        """What stands for these values: a change is saved once just it was looked at."""
        return _fingerprint(self)


def days_held(pattern: str) -> list[str]:
    """The ticked days of `PatternForm` for a pattern such as "1111100"."""
    return [str(day) for day, held in enumerate(pattern) if held == "1"]


def _held_on(days: Sequence[str]) -> str:
    return "".join("1" if str(day) in days else "0" for day in range(7))


def _fingerprint(form: "FrameForm | PatternForm") -> str:
    told = [str(form.cleaned_data[name]) for name in form.field_order[1:]]
    return hashlib.sha256("\n".join([form.data["place"], *told]).encode()).hexdigest()[:16]
