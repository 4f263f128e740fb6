"""The forms of a turn: one field a line of the plan, and who is an exception."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.vietnamese import format_date

from ..form_fields import offer
from ..models import Enrolment, School, SchoolClass
from .selectors.overview import DONE, WAITING, ArrivalGroup
from .selectors.standing import Line, Standing
from .services.plan import LONGEST_CLASS, Choices, first_grade_classes


@dataclass(frozen=True)
class ShownPupil:
    """A pupil with the boxes that are ticked."""

    spell: Enrolment
    is_kept_back: bool
    is_finishing: bool


@dataclass(frozen=True)
class ShownLine:
    """A line with its bound fields, as the page shows it; `back` only where somebody studies."""

    line: Line
    teachers: list[str]
    pupils: list[ShownPupil]
    schools: list[School]
    to: forms.BoundField | None
    receiving: forms.BoundField | None
    back: forms.BoundField | None

    @property
    def goes_to(self) -> str:
        """The class or school that is chosen for its pupils; empty where there is none."""
        if self.receiving is not None:
            chosen = str(self.receiving.value() or "")
            schools = {str(each.pk): each.name for each in self.schools}
            return schools.get(chosen, "")
        return str(self.to.value() or "") if self.to is not None else ""


class TurnForm(forms.Form):
    """Which class goes where, who is kept back, and who finishes."""

    def __init__(self, *args: Any, standing: Standing, proposal: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._standing = standing
        self._proposal = proposal
        self._first = first_grade_classes(standing)
        for line in standing.lines:
            self._add_line(line)
        for own in self._first:
            self.fields[f"first_{own.pk}"] = forms.CharField(
                label=_("New first class like %(name)s") % {"name": own.name},
                max_length=LONGEST_CLASS,
                required=False,
                initial=proposal.first.get(own.pk, ""),
            )
        spells = [spell for line in standing.lines for spell in line.spells]
        leaving = [spell for line in standing.lines if not line.stays for spell in line.spells]
        self.fields["kept_back"] = _people(spells)
        self.fields["finishing"] = _people(leaving)

    def _add_line(self, line: Line) -> None:
        name = {"name": line.school_class.name, "grade": line.grade.label}
        proposal = self._proposal
        if line.stays:
            self.fields[f"to_{line.key}"] = forms.CharField(
                label=_("Moves up into class"),
                max_length=LONGEST_CLASS,
                required=bool(line.spells),
                initial=proposal.to.get(line.key, ""),
                widget=forms.TextInput(
                    attrs={"aria-label": _("Class %(name)s, grade %(grade)s moves up into") % name}
                ),
            )
        elif schools := self._standing.receiving_of(line):
            self.fields[f"school_{line.key}"] = forms.TypedChoiceField(
                label=_("Go to"),
                required=False,
                coerce=int,
                empty_value=None,
                initial=proposal.receiving.get(line.key),
                choices=[
                    ("", _("Finish the school, no receiving school")),
                    *((school.pk, school.name) for school in schools),
                ],
            )
        if line.spells:
            self.fields[f"back_{line.key}"] = forms.CharField(
                label=_("Class of those kept back"),
                max_length=LONGEST_CLASS,
                required=False,
                initial=proposal.back.get(line.key, ""),
            )

    @property
    def shown_lines(self) -> Iterator[ShownLine]:
        """The lines with their fields."""
        kept_back, finishing = self._ticked("kept_back"), self._ticked("finishing")
        for line in self._standing.lines:
            yield ShownLine(
                line,
                self._standing.teachers.get(line.school_class.pk, []),
                [
                    ShownPupil(spell, str(spell.pk) in kept_back, str(spell.pk) in finishing)
                    for spell in line.spells
                ],
                self._standing.receiving_of(line),
                *(
                    self[f"{name}_{line.key}"] if f"{name}_{line.key}" in self.fields else None
                    for name in ("to", "school", "back")
                ),
            )

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """The fields of new first classes."""
        return [self[f"first_{own.pk}"] for own in self._first]

    @property
    def choices(self) -> Choices:
        """What the valid form asks for; as proposed when nothing was sent."""
        if not self.is_bound:
            return self._proposal
        values = self.cleaned_data
        found = Choices(
            kept_back=frozenset(values["kept_back"]), finishing=frozenset(values["finishing"])
        )
        for line in self._standing.lines:
            found.to[line.key] = values.get(f"to_{line.key}", "")
            found.back[line.key] = values.get(f"back_{line.key}", "")
            found.receiving[line.key] = values.get(f"school_{line.key}")
        for own in self._first:
            found.first[own.pk] = values.get(f"first_{own.pk}", "")
        return found

    def _ticked(self, name: str) -> set[str]:
        """Ticked pupils of a field, whose boxes the page writes itself."""
        return set(cast("QueryDict", self.data).getlist(name)) if self.is_bound else set()


def _people(spells: Iterable[Enrolment]) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        choices=[(spell.pk, "") for spell in spells],
        coerce=int,
        required=False,
        error_messages={
            "invalid_choice": _("A pupil is no longer on the roll. Open the page again.")
        },
    )


class ArrivalsForm(forms.Form):
    """The pupils of one group who are given a class, and the class."""

    arrivals = forms.TypedMultipleChoiceField(
        label=_("Pupils"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one pupil.")},
    )
    to = forms.TypedChoiceField(
        label=_("Into class"), error_messages={"required": _("Choose a class.")}
    )

    def __init__(
        self, *args: Any, group: ArrivalGroup, classes: Iterable[SchoolClass], **kwargs: Any
    ) -> None:
        kwargs["prefix"] = group.key
        super().__init__(*args, **kwargs)
        fitting = {
            str(each.pk): each
            for each in classes
            if group.grade in each.grade_list and each.year_id == group.arrivals[0].turn.to_year_id
        }
        offer(
            self,
            "arrivals",
            [
                (
                    each.pk,
                    f"{each.pupil.full_name} · {format_date(each.pupil.birth_date)}",
                )
                for each in group.arrivals
            ],
        )
        self.fields["arrivals"].initial = [each.pk for each in group.arrivals]
        offer(self, "to", [(pk, each.name) for pk, each in fitting.items()])
        # Set here: a form has a copy of the field of its class.
        vars(self.fields["to"])["coerce"] = fitting.__getitem__
        self.group = group
        self.has_class = bool(fitting)


class OverviewForm(forms.Form):
    """Which schools of the list are shown."""

    search = forms.CharField(label=_("Name or code"), max_length=100, required=False)
    state = forms.ChoiceField(
        label=_("New year"),
        required=False,
        choices=[
            ("", _("All")),
            (DONE, _("Gone over")),
            (WAITING, _("Not yet")),
        ],
    )
