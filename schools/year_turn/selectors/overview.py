"""Which schools have gone over to the new year, and who comes to a school from others."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count

from core.scope import Places
from core.vietnamese import fold

from ...models import PupilArrival, School, SchoolClass, SchoolYear, YearTurn
from .standing import years_to_turn

DONE, WAITING = "done", "waiting"


@dataclass(frozen=True)
class TurnRow:
    """A line of the list: a school, and its turn when it stands."""

    school: School
    turn: YearTurn | None


@dataclass(frozen=True)
class Overview:
    """Schools of the places by the choice, and how many there are and are done of all."""

    school_ids: list[int]
    total: int
    done: int


def overview(
    places: Places, old: SchoolYear, *, on: datetime.date, state: str = "", search: str = ""
) -> Overview:
    """`Overview` of the turn out of a year; two queries. The schools stand by name.

    A school that had no class in the year has nothing to turn and is not counted.
    """
    done = set(
        YearTurn.objects.filter(from_year=old, undone_at=None).values_list("school_id", flat=True)
    )
    wanted = fold(search)
    found = list(
        School.objects.within(places)
        .on(on)
        .filter(pk__in=SchoolClass.objects.filter(year=old).values("school_id"))
        .order_by("name_key", "pk")
        .values_list("pk", "name", "code")
    )
    return Overview(
        [
            pk
            for pk, name, code in found
            if (not state or (pk in done) == (state == DONE))
            and wanted in f"{fold(name)} {fold(code)}"
        ],
        total=len(found),
        done=sum(1 for pk, *_rest in found if pk in done),
    )


def turn_rows(school_ids: Collection[int], old: SchoolYear) -> list[TurnRow]:
    """`TurnRow`s of schools in their order; two queries."""
    schools = School.objects.in_bulk(school_ids)
    turns = {
        turn.school_id: turn
        for turn in YearTurn.objects.filter(
            school__in=school_ids, from_year=old, undone_at=None
        ).select_related("made_by")
    }
    return [TurnRow(schools[pk], turns.get(pk)) for pk in school_ids]


@dataclass(frozen=True)
class ArrivalGroup:
    """Pupils of one class of another school who wait for a class here."""

    from_class: SchoolClass
    grade_label: str
    grade: int
    arrivals: list[PupilArrival]

    @property
    def key(self) -> str:
        """What its form is called by."""
        return f"{self.from_class.pk}_{self.grade}"


def arrival_groups(school: School) -> list[ArrivalGroup]:
    """Who comes to a school and has no class yet, by the class they come from; one query."""
    waiting = (
        PupilArrival.objects.filter(to_school=school, enrolment=None, turn__undone_at=None)
        .select_related("pupil", "from_class__school", "turn__to_year")
        .order_by(
            "from_class__school__name_key",
            "from_class__name_key",
            "from_class_id",
            "pupil__name_key",
            "pk",
        )
    )
    groups: dict[tuple[int, int], ArrivalGroup] = {}
    for arrival in waiting:
        key = arrival.from_class_id, arrival.grade
        if key not in groups:
            groups[key] = ArrivalGroup(
                arrival.from_class, arrival.get_grade_display(), arrival.grade, []
            )
        groups[key].arrivals.append(arrival)
    return list(groups.values())


def receiving_classes(school: School, year_ids: Collection[int]) -> list[SchoolClass]:
    """Classes of a school in some years that take in pupils, by grade and name."""
    classes = SchoolClass.objects.filter(school=school, year__in=year_ids, ended_on=None)
    return sorted(
        classes.select_related("year", "school"), key=lambda each: (each.grade_list, each.name_key)
    )


def year_to_turn_to(school: School, *, on: datetime.date) -> SchoolYear | None:
    """The open school year that a school has no class of, while it had some in the year before.

    None when that year is not over, and once there is a class: by the turn, or by hand. Two
    queries or fewer.
    """
    years = years_to_turn(on=on)
    if years.old is None or years.new is None:
        return None
    taught = set(
        SchoolClass.objects.filter(school=school, year__in=[years.old, years.new])
        .order_by()
        .values_list("year", flat=True)
        .distinct()
    )
    return years.new if taught == {years.old.pk} else None


def coming(school: School) -> int:
    """How many pupils wait for a class in a school."""
    return PupilArrival.objects.filter(
        to_school=school, enrolment=None, turn__undone_at=None
    ).aggregate(count=Count("pk"))["count"]
