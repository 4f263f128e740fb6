"""Reading pupils and their spells, only where the reader's places reach."""

import datetime
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from core.scope import Places

from ... import ethnic_groups
from ...boarding.selectors.semi_boarders import semi_boarders_among
from ...enums import Sex
from ...models import Enrolment, Pupil, School, SchoolClass


@dataclass(frozen=True)
class RollLine:
    """A line of a class list; `number` is None for a pupil who is not on the roll that day."""

    number: int | None
    spell: Enrolment
    is_semi_boarder: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether the pupil has left the class by the day."""
        return self.number is None and self.spell.valid_to is not None


@dataclass(frozen=True)
class ClassList:
    """The list of a class on a day: who is on the roll, and struck out who was."""

    lines: list[RollLine]
    roll: int
    girls: int
    minority: int
    semi_boarders: int


def class_list(school_class: SchoolClass, *, on: datetime.date) -> ClassList:
    """The `ClassList` of a day: each pupil once, with the latest spell; two queries."""
    latest = {}
    spells = (
        Enrolment.objects.filter(school_class=school_class)
        .select_related("pupil")
        .order_by("pupil__name_key", "pupil_id", "valid_from")
    )
    for spell in spells:
        latest[spell.pupil_id] = spell
    boarders = semi_boarders_among(latest, on=on)
    lines, present = [], []
    for spell in latest.values():
        is_there = spell.is_valid_on(on)
        if is_there:
            present.append(spell)
        number = len(present) if is_there else None
        lines.append(RollLine(number, spell, spell.pupil_id in boarders))
    return ClassList(
        lines=lines,
        roll=len(present),
        girls=sum(spell.sex == Sex.FEMALE for spell in present),
        minority=sum(ethnic_groups.is_minority(spell.ethnic_group) for spell in present),
        semi_boarders=sum(spell.pupil_id in boarders for spell in present),
    )


def pupil_in(places: Places, pupil_id: int) -> Pupil | None:
    """The pupil when enrolled now or before inside `places`, else None."""
    return Pupil.objects.within(places).select_related("home").filter(pk=pupil_id).first()


def latest_spell_id(pupil_id: int) -> int | None:
    """Id of a pupil's latest spell, wherever it is: its school keeps the data; None without."""
    return (
        Enrolment.objects.filter(pupil_id=pupil_id)
        .order_by("-valid_from")
        .values_list("pk", flat=True)
        .first()
    )


def kept_by_school(school: School) -> set[int]:
    """Ids of the pupils whose data a school keeps: their latest spell is there; one query.

    A school that a child has left sees the time it had the child, and none of what the next
    school was told: not the new address, guardian and phone.
    """
    later = Enrolment.objects.filter(
        pupil=OuterRef("pupil"), valid_from__gt=OuterRef("valid_from")
    ).exclude(school=school)
    own = Enrolment.objects.filter(school=school)
    return set(own.filter(~Exists(later)).order_by().values_list("pupil_id", flat=True))


def kept_spell_in(places: Places, pupil_id: int) -> Enrolment | None:
    """The pupil's latest spell when it lies inside `places`: who keeps the data; else None.

    A school that a child has left can still read its data, but no longer change it. Comes
    with pupil, class, school and year.
    """
    latest = latest_spell_id(pupil_id)
    return enrolment_in(places, latest) if latest else None


def spells_in(places: Places, pupil: Pupil) -> list[Enrolment]:
    """Spells of a pupil inside `places`, newest first."""
    return list(
        Enrolment.objects.within(places)
        .filter(pupil=pupil)
        .select_related("school_class__year", "school_class__school")
        .order_by("-valid_from")
    )


def count_spells(pupil: Pupil) -> int:
    """How many spells a pupil has, wherever they are."""
    return Enrolment.objects.filter(pupil=pupil).count()


def enrolment_in(places: Places, enrolment_id: int) -> Enrolment | None:
    """The spell with pupil, class, year and school when inside `places`, else None."""
    return (
        Enrolment.objects.within(places)
        .select_related(
            "pupil__home", "school_class__year", "school_class__school", "school_class__site"
        )
        .filter(pk=enrolment_id)
        .first()
    )
