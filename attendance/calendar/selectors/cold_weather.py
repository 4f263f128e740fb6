"""Which levels stay at home when it is cold: the dated rule of the province, read for a place."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from core import rules
from core.levels import EducationLevel
from schools.areas.selectors.tree import AreaTree
from schools.enums import SchoolKind
from schools.models import Area, Placement, School, SchoolStatus

from ...apps import COLD_LIMIT, COLD_LIMIT_BOARDERS
from ...models.calendar import Place

BOARDING = (SchoolKind.SEMI_BOARDING, SchoolKind.BOARDING)


@dataclass(frozen=True)
class LevelInCold:
    """One level: closed when the lowest temperature of the day is at or under the limit, °C."""

    level: EducationLevel
    limit: Decimal
    is_closed: bool


@dataclass(frozen=True)
class ColdProposal:
    """What the rule proposes; a person decides.

    `staying` are the boarding schools of an area that hold school although their level is
    closed, for their limit is a lower one.
    """

    temperature: Decimal
    levels: list[LevelInCold]
    boarders_limit: Decimal
    staying: list[School]
    source: str

    @property
    def closed(self) -> list[str]:
        """Codes of the levels proposed to be closed."""
        return [each.level.value for each in self.levels if each.is_closed]

    @property
    def closed_names(self) -> str:
        """The same levels as they are called."""
        return ", ".join(str(each.level.label) for each in self.levels if each.is_closed)


def cold_proposal(
    place: Place,
    date: datetime.date,
    temperature: Decimal,
    taught: Iterable[str] = EducationLevel.values,
) -> ColdProposal:
    """`ColdProposal` for an area, school or site on a day; four queries at most.

    `taught`: codes of the levels there are in an area; a school has its own.
    """
    table = rules.table(on=date)
    boarders_limit = table[COLD_LIMIT_BOARDERS, ""]
    school = _school_of(place)
    boards = school is not None and _boarding_on(date).filter(school=school).exists()
    levels = []
    for level in school.education_levels if school else map(EducationLevel, taught):
        limit = boarders_limit if boards else table[COLD_LIMIT, level]
        levels.append(LevelInCold(level, limit, temperature <= limit))
    staying = []
    if isinstance(place, Area) and temperature > boarders_limit:
        closed = {each.level for each in levels if each.is_closed}
        staying = [
            found
            for found in boarding_schools_in(place, date)
            if closed & set(found.education_levels)
        ]
    return ColdProposal(temperature, levels, boarders_limit, staying, table.source(COLD_LIMIT))


def _school_of(place: Place) -> School | None:
    if isinstance(place, Area):
        return None
    return place if isinstance(place, School) else place.school


def boarding_schools_in(area: Area, date: datetime.date) -> QuerySet[School]:
    """Schools with boarders that lie in an area on a day, by name."""
    communes = AreaTree.on(date).below(area.pk)
    return School.objects.filter(
        pk__in=_boarding_on(date).values("school"),
        placements__in=Placement.objects.on(date).filter(commune__in=communes),
    ).order_by("name_key", "pk")


def _boarding_on(date: datetime.date) -> QuerySet[SchoolStatus]:
    return SchoolStatus.objects.on(date).filter(kind__in=BOARDING)
