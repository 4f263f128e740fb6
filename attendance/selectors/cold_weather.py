"""Which levels stay at home when it is cold: the dated rule of the province, read for a place."""

from dataclasses import dataclass

from core import rules
from core.levels import EducationLevel
from schools.enums import SchoolKind
from schools.models import Area, Placement, School, SchoolStatus
from schools.selectors.areas import AreaTree

from ..apps import COLD_LIMIT, COLD_LIMIT_BOARDERS, COLD_SOURCE

BOARDING = (SchoolKind.SEMI_BOARDING, SchoolKind.BOARDING)


@dataclass(frozen=True)
class LevelInCold:
    """One level: closed when the lowest temperature of the day is at or under the limit, °C."""

    level: EducationLevel
    limit: object
    is_closed: bool


@dataclass(frozen=True)
class ColdProposal:
    """What the rule proposes; a person decides.

    `staying` are the boarding schools of an area that hold school although their level is
    closed, for their limit is a lower one.
    """

    temperature: object
    levels: list
    boarders_limit: object
    staying: list
    source: str = COLD_SOURCE

    @property
    def closed(self):
        """Codes of the levels proposed to be closed."""
        return [each.level.value for each in self.levels if each.is_closed]

    @property
    def closed_names(self):
        """The same levels as they are called."""
        return ", ".join(str(each.level.label) for each in self.levels if each.is_closed)


def cold_proposal(place, date, temperature, taught=EducationLevel.values):
    """`ColdProposal` for an area, school or site on a day; four queries at most.

    `taught`: codes of the levels there are in an area; a school has its own.
    """
    table = rules.table(on=date)
    boarders_limit = table[COLD_LIMIT_BOARDERS, ""]
    school = (
        None if isinstance(place, Area) else place if isinstance(place, School) else place.school
    )
    boards = school is not None and _boarding_on(date).filter(school=school).exists()
    levels = []
    for level in school.education_levels if school else map(EducationLevel, taught):
        limit = boarders_limit if boards else table[COLD_LIMIT, level]
        levels.append(LevelInCold(level, limit, temperature <= limit))
    staying = []
    if school is None and temperature > boarders_limit:
        closed = {each.level for each in levels if each.is_closed}
        staying = [
            found
            for found in boarding_schools_in(place, date)
            if closed & set(found.education_levels)
        ]
    return ColdProposal(temperature, levels, boarders_limit, staying)


def _school_of(place):
    if isinstance(place, Area):
        return None
    return place if isinstance(place, School) else place.school


def boarding_schools_in(area, date):
    """Schools with boarders that lie in an area on a day, by name."""
    communes = AreaTree.on(date).below(area.pk)
    return School.objects.filter(
        pk__in=_boarding_on(date).values("school"),
        placements__in=Placement.objects.on(date).filter(commune__in=communes),
    ).order_by("name_key", "pk")


def _boarding_on(date):
    return SchoolStatus.objects.on(date).filter(kind__in=BOARDING)
