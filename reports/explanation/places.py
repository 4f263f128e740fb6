"""What a figure is of: an area, a school or a class in a month, and what it is summed from."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from core.levels import EducationLevel
from core.months import Month
from schools.areas.selectors.tree import AreaTree, schools_in
from schools.enums import AreaLevel
from schools.models import Area, School, SchoolClass

from .. import rates
from ..indicators import INDICATORS, JUDGED
from ..selectors.dashboards import (
    classes_of_school,
    levels_taught,
    map_date_for,
    schools_by_id,
)
from ..selectors.figures import Figures, figures
from .selectors import Counted


@dataclass(frozen=True)
class Part:
    """A place whose figure is a part of another's: an area, a school or a class."""

    pk: int
    name: str
    figures: Figures

    @property
    def rate(self) -> rates.Rate:
        """Its attendance."""
        return INDICATORS[JUDGED].compute(self.figures)


@dataclass(frozen=True)
class Place:
    """A place in a month and at a level, with what its figure is summed from.

    Attributes:
        parts: the places next below; their numerators and denominators add up to its own.
        kind: of the parts: "area", "school", "class", or "" for none.
        is_listed: whether its registers are listed. Of more than a commune they are not: each
            commune has its own.
    """

    found: Area | School | SchoolClass
    month: Month
    level: str
    levels: list[EducationLevel]
    total: Figures
    parts: list[Part] = field(default_factory=list)
    kind: str = ""
    is_listed: bool = True
    school_ids: Collection[int] = ()
    class_ids: Collection[int] | None = None

    @property
    def rate(self) -> rates.Rate:
        """The attendance that is explained."""
        return INDICATORS[JUDGED].compute(self.total)

    def counted(self) -> Counted:
        """The registers and pupil-sessions behind it."""
        return Counted(
            self.month,
            school_ids=self.school_ids,
            class_ids=self.class_ids,
            level=self.level,
        )


def area_place(area: Area, month: Month, level: str) -> Place:
    """An area on the map of the month; its parts are the areas below, of a commune its schools."""
    tree = AreaTree.on(map_date_for(area, month))
    commune_of = schools_in(tree.below(area.pk), on=tree.date)
    found = figures(months=[month], by="school", level=level, school_ids=list(commune_of))
    of_school = {pk: values for (pk, _month), values in found.items()}
    schools = list(schools_by_id(commune_of))
    is_commune = area.level == AreaLevel.COMMUNE
    if is_commune:
        parts = _parts(((each.pk, each.name, [each.pk]) for each in schools), of_school)
    else:
        below = ((each, tree.below(each.pk)) for each in tree.children(area.pk))
        parts = _parts(
            (
                (each.pk, each.title, [pk for pk, at in commune_of.items() if at in inside])
                for each, inside in below
            ),
            of_school,
        )
    return Place(
        found=area,
        month=month,
        level=level,
        levels=levels_taught(schools),
        total=sum(of_school.values(), Figures()),
        parts=parts,
        kind="school" if is_commune else "area",
        is_listed=is_commune,
        school_ids=list(commune_of),
    )


def school_place(school: School, month: Month, level: str) -> Place:
    """A school; its parts are its classes."""
    found = figures(months=[month], by="class", level=level, school_ids=[school.pk])
    of_class = {pk: values for (pk, _month), values in found.items()}
    classes = classes_of_school(school, month, level)
    return Place(
        found=school,
        month=month,
        level=level,
        levels=levels_taught([school]),
        total=sum(of_class.values(), Figures()),
        parts=_parts(((each.pk, each.name, [each.pk]) for each in classes), of_class),
        kind="class",
        school_ids=[school.pk],
    )


def class_place(school_class: SchoolClass, month: Month) -> Place:
    """A class; it is of one level and has no parts but its registers."""
    found = figures(months=[month], class_ids=[school_class.pk])
    return Place(
        found=school_class,
        month=month,
        level=school_class.level,
        levels=[],
        total=sum(found.values(), Figures()),
        school_ids=[school_class.school_id],
        class_ids=[school_class.pk],
    )


def _parts(
    named: Iterable[tuple[int, str, Collection[int]]], of: Mapping[int, Figures]
) -> list[Part]:
    """Parts with figures; each is named and summed over the keys given."""
    parts = [
        Part(pk, name, sum((of[key] for key in keys if key in of), Figures()))
        for pk, name, keys in named
    ]
    return [part for part in parts if part.figures]
