"""The ledger of a class, school, commune, cluster, district or province over a period.

The schools of an area are those that lie in it on the last day: a reorganisation of units moves no
pupil, and the sums of the old map and the new one are the same. The number of queries depends
neither on how many schools there are nor on how long the period is.
"""

import datetime
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.scope import Places
from core.types import StrOrPromise
from core.validity import valid_on

from .. import ethnic_groups
from ..areas.selectors.tree import (
    NOWHERE,
    NOWHERE_NAME,
    AreaTree,
    schools_in,
    schools_of_province,
)
from ..directory.selectors.years import year_for
from ..enums import AreaLevel, DropoutCause, EntryReason, ExitReason, Grade, Sex
from ..models import Area, Enrolment, School, SchoolClass, SchoolYear
from .counting import Cell, Counted, Line, Movement, total

LEVEL, GRADE, SEX, ETHNIC = "level", "grade", "sex", "ethnic"
DIVISIONS: Mapping[str, StrOrPromise] = {
    LEVEL: _("Education level"),
    GRADE: _("Grade"),
    SEX: _("Sex"),
    ETHNIC: _("Ethnic group"),
}
# The day on which letter 6622/BGDĐT-KHTC counts those of the opening day again, of any year.
COUNT_DAY = datetime.date(2010, 10, 15)
# The column of a spell by which each divides.
_COLUMN = {LEVEL: "grade", GRADE: "grade", SEX: "sex", ETHNIC: "ethnic_group"}


@dataclass(frozen=True)
class Row:
    """A line of a place or a group, with what it is called.

    `kind`: area, school, class, nowhere, or the division of a group; `key`: the id, or the code of
    a group.
    """

    kind: str
    key: int | str
    code: str
    name: str
    line: Line


@dataclass(frozen=True)
class Ledger:
    """The ledger of a place: all of it, by what lies in it, and by group when it is divided.

    `inside`: which times in class it counts.
    """

    first: datetime.date
    last: datetime.date
    total: Line
    places: list[Row]
    groups: list[Row]
    inside: Q

    @property
    def balanced(self) -> bool:
        """Whether it balances, and every part of it."""
        parts = (*self.places, *self.groups)
        return self.total.balanced and all(row.line.balanced for row in parts)


def area_ledger(
    area: Area,
    *,
    first: datetime.date,
    last: datetime.date,
    by: str = "",
    map_day: datetime.date | None = None,
) -> Ledger:
    """`Ledger` of an area on the map of `last`; of a commune by school, else by what is below.

    `first` and `last`: the days whose rolls are compared; what began or ended on a day after
    `first` up to `last` is a movement. `map_day`: another map to put it on. A province counts
    on any map every school that ever lay in it; those that lie in no unit of that map have a
    row of their own.
    """
    tree = AreaTree.on(map_day or last)
    place_of: dict[int, int | None]
    if area.level == AreaLevel.PROVINCE:
        inside, nowhere = schools_of_province(area, tree.below(area.pk), on=tree.date)
        place_of = {pk: inside.get(pk) for pk in sorted([*inside, *nowhere])}
    else:
        place_of = {**schools_in(tree.below(area.pk), on=tree.date)}
    schools = Q(school__in=list(place_of))
    counted = _count(schools, "school_id", first, last, by)
    if area.level == AreaLevel.COMMUNE:
        rows = _school_rows(counted, list(place_of))
    else:
        rows = _area_rows(counted, place_of, tree, area)
    return _ledger(counted, schools, place_of, rows, first, last, by)


def school_ledger(
    school: School, *, first: datetime.date, last: datetime.date, by: str = ""
) -> Ledger:
    """`Ledger` of a school, by class."""
    inside = Q(school=school)
    counted = _count(inside, "school_class_id", first, last, by)
    lines = counted.lines(lambda cell: cell.place)
    classes = SchoolClass.objects.filter(pk__in=list(lines)).select_related("year")
    rows = [
        Row("class", each.pk, "", f"{each.name} · {each.year.code}", lines[each.pk])
        for each in sorted(
            classes, key=lambda each: (each.year.valid_from, each.grade_list, each.name_key)
        )
    ]
    return _ledger(counted, inside, [row.key for row in rows], rows, first, last, by)


def class_ledger(
    school_class: SchoolClass, *, first: datetime.date, last: datetime.date, by: str = ""
) -> Ledger:
    """`Ledger` of one class."""
    inside = Q(school_class=school_class)
    counted = _count(inside, "school_class_id", first, last, by)
    return _ledger(counted, inside, [school_class.pk], [], first, last, by)


def unexplained(
    inside: Q, *, first: datetime.date, last: datetime.date, readable: Places
) -> tuple[list[Enrolment], int]:
    """(times in class that keep a ledger from balancing, how many more the reader may not see).

    Those that ended or began by a change of class without its other half. Two queries.
    """
    loose = Q(valid_to__gt=first, valid_to__lte=last, exit_reason=ExitReason.CLASS_CHANGE)
    loose &= Q(next_class=None)
    came = Q(valid_from__gt=first, valid_from__lte=last, entry_reason=EntryReason.CLASS_CHANGE)
    came &= Q(former_class=None)
    found = (
        Enrolment.objects.filter(inside)
        .annotate(
            next_class=Subquery(_next().values("school_class")),
            former_class=Subquery(_former().values("school_class")),
        )
        .filter(loose | came)
    )
    seen = found.filter(pk__in=Enrolment.objects.within(readable).values("pk"))
    shown = list(
        seen.select_related("pupil", "school_class__school").order_by("pupil__name_key", "pk")
    )
    return shown, found.count() - len(shown)


@dataclass(frozen=True)
class CauseCount:
    """Dropouts that have a cause, as the main one or a further one, so a pupil may count twice.

    `parts`: of "other", those it opens up into.
    """

    cause: DropoutCause
    pupils: int
    parts: Sequence[tuple[DropoutCause, int]]


def causes_of_dropouts(inside: Q, *, first: datetime.date, last: datetime.date) -> list[CauseCount]:
    """How many dropouts of a period have each cause of letter 3237/BGDĐT-KHTC, the most frequent
    first. One query."""
    rows = (
        Enrolment.objects.filter(
            inside, valid_to__gt=first, valid_to__lte=last, exit_reason=ExitReason.DROPOUT
        )
        .order_by()
        .values_list("dropout_cause", "further_causes")
        .annotate(Count("pk"))
    )
    official: Counter[DropoutCause] = Counter()
    single: Counter[DropoutCause] = Counter()
    for main, further, pupils in rows:
        causes = {DropoutCause(code) for code in (main, *further.split(",")) if code}
        for cause in causes:
            single[cause] += pupils
        for cause in {each.official for each in causes}:
            official[cause] += pupils
    return [
        CauseCount(
            cause,
            pupils,
            [
                (each, single[each])
                for each in DropoutCause
                if single[each] and each.official == cause != each
            ],
        )
        for cause, pupils in official.most_common()
    ]


@dataclass(frozen=True)
class Cohort:
    """What became of the pupils of a first day by a last one, as letter 6622/BGDĐT-KHTC asks:

        opening = stayed + dropped_out + left_otherwise

    Each pupil counts once, by the last thing that happened: who dropped out and came back stayed.
    `came`: on the roll on the last day and not on the first; the letter's second column with them
    would hide as many who left, so they stand beside it.
    """

    opening: int
    stayed: int
    dropped_out: int
    left_otherwise: int
    came: int

    @property
    def balanced(self) -> bool:
        """Whether every pupil of the first day is accounted for."""
        return self.opening == self.stayed + self.dropped_out + self.left_otherwise


def cohort_of(ledger: Ledger) -> Cohort:
    """The `Cohort` of a ledger's place and days. One query.

    Who left without a reason that is known counts nowhere, so that it does not balance.
    """
    inside = Enrolment.objects.filter(ledger.inside, pupil=OuterRef("pupil")).order_by()
    latest = inside.filter(valid_from__lte=ledger.last).order_by("-valid_from")
    rows = (
        Enrolment.objects.filter(ledger.inside)
        .filter(valid_on(ledger.first))
        .order_by()
        .annotate(
            is_there=Exists(inside.filter(valid_on(ledger.last))),
            last_reason=Subquery(latest.values("exit_reason")[:1]),
        )
        .values_list("is_there", "last_reason")
        .annotate(Count("pk"))
    )
    found: Counter[str] = Counter()
    for is_there, reason, pupils in rows:
        found["stayed" if is_there else reason or ""] += pupils
    return Cohort(
        opening=ledger.total["start"],
        stayed=found["stayed"],
        dropped_out=found[ExitReason.DROPOUT],
        left_otherwise=sum(found[each] for each in ExitReason.values if each != ExitReason.DROPOUT),
        came=ledger.total["end"] - found["stayed"],
    )


def days_of_letter(year: SchoolYear, *, on: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The opening day of a school year and the day on which its pupils are counted again, today
    when that is still to come. Source: letter 6622/BGDĐT-KHTC of 14 October 2010."""
    counted = COUNT_DAY.replace(year=year.valid_from.year)
    return year.valid_from, max(min(on, counted), year.valid_from)


def begins_a_year(day: datetime.date) -> bool:
    """Whether a school year opens on a day; of other days there is no `Cohort`."""
    year = year_for(day)
    return year is not None and year.valid_from == day


def _ledger(
    counted: Counted,
    inside: Q,
    places: Any,
    rows: list[Row],
    first: datetime.date,
    last: datetime.date,
    by: str,
) -> Ledger:
    groups = _group_rows(counted, set(places), by) if by else []
    return Ledger(first, last, total(counted, places), rows, groups, inside)


def _count(inside: Q, place: str, first: datetime.date, last: datetime.date, by: str) -> Counted:
    """Four queries: both ends, what began and what ended."""
    spells = Enrolment.objects.filter(inside).order_by()
    return Counted(
        start=_on_roll(spells, place, first, by),
        end=_on_roll(spells, place, last, by),
        movements=[
            *_movements(
                spells.filter(valid_from__gt=first, valid_from__lte=last), place, by, entries=True
            ),
            *_movements(
                spells.filter(valid_to__gt=first, valid_to__lte=last), place, by, entries=False
            ),
        ],
    )


def _on_roll(
    spells: QuerySet[Enrolment], place: str, day: datetime.date, by: str
) -> dict[Cell, int]:
    columns = [place, *_columns(by)]
    found: dict[Cell, int] = {}
    rows = spells.filter(valid_on(day)).values_list(*columns).annotate(Count("pk"))
    for *values, pupils in rows:
        cell = _cell(values, by)
        found[cell] = found.get(cell, 0) + pupils
    return found


def _movements(
    spells: QuerySet[Enrolment], place: str, by: str, *, entries: bool
) -> list[Movement]:
    other = _former() if entries else _next()
    columns = [place, *_columns(by)]
    rows = (
        spells.annotate(
            reason=F("entry_reason" if entries else "exit_reason"),
            **{f"other_{column}": Subquery(other.values(column)) for column in columns},
        )
        .values_list("reason", *columns, *(f"other_{column}" for column in columns))
        .annotate(Count("pk"))
    )
    found = []
    for reason, *values, pupils in rows:
        own, others = values[: len(columns)], values[len(columns) :]
        change = None if others[0] is None else _cell(others, by)
        found.append(Movement(_cell(own, by), entries, reason, change, pupils))
    return found


def _next() -> QuerySet[Enrolment]:
    """The other half of a change of class that ends a time in class: the one it goes on as."""
    return Enrolment.objects.filter(
        pupil=OuterRef("pupil"),
        valid_from=OuterRef("valid_to"),
        entry_reason=EntryReason.CLASS_CHANGE,
    ).order_by()[:1]


def _former() -> QuerySet[Enrolment]:
    """The other half of a change of class that begins a time in class."""
    return Enrolment.objects.filter(
        pupil=OuterRef("pupil"),
        valid_to=OuterRef("valid_from"),
        exit_reason=ExitReason.CLASS_CHANGE,
    ).order_by()[:1]


def _columns(by: str) -> list[str]:
    return [_COLUMN[by]] if by else []


def _cell(values: Sequence[Any], by: str) -> Cell:
    place, *rest = values
    if not rest:
        return Cell(place, None)
    (group,) = rest
    return Cell(place, str(Grade(group).education_level) if by == LEVEL else group)


def _area_rows(
    counted: Counted, place_of: Mapping[int, int | None], tree: AreaTree, area: Area
) -> list[Row]:
    """By what lies directly below the area on the map."""
    below = {
        commune: child.pk for child in tree.children(area.pk) for commune in tree.below(child.pk)
    }

    def line_of(cell: Cell) -> Hashable | None:
        if cell.place not in place_of:
            return None
        commune = place_of[cell.place]
        return NOWHERE if commune is None else below.get(commune)

    lines = counted.lines(line_of)
    rows = [
        Row("area", child.pk, child.code, child.title, lines[child.pk])
        for child in tree.children(area.pk)
        if child.pk in lines
    ]
    if NOWHERE in lines:
        rows.append(Row("nowhere", NOWHERE, "", str(NOWHERE_NAME), lines[NOWHERE]))
    return rows


def _school_rows(counted: Counted, schools: Sequence[int]) -> list[Row]:
    lines = counted.lines(lambda cell: cell.place)
    found = School.objects.filter(pk__in=[pk for pk in schools if pk in lines])
    return [
        Row("school", each.pk, each.code, each.name, lines[each.pk])
        for each in found.order_by("name_key", "pk")
    ]


def _group_rows(counted: Counted, places: set[int], by: str) -> list[Row]:
    lines = counted.lines(lambda cell: cell.group if cell.place in places else None)
    names = _GROUPS[by]()
    return [
        Row(by, str(code), str(code), str(names[code]), lines[code])
        for code in names
        if code in lines
    ]


_GROUPS: Mapping[str, Callable[[], Mapping[Any, StrOrPromise]]] = {
    LEVEL: lambda: dict(EducationLevel.choices),
    GRADE: lambda: dict(Grade.choices),
    SEX: lambda: dict(Sex.choices),
    ETHNIC: lambda: ethnic_groups.names(),
}
