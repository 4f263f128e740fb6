"""What was assigned to communes and schools of a year."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.scope import AreaTree, Places
from schools.areas.selectors.tree import schools_in
from schools.models import Area, School

from ..models import AssignedNumber

Numbers = Mapping[str, AssignedNumber]


@dataclass(frozen=True)
class Unit:
    """A commune or a school that numbers can be assigned to, with those it has by rate."""

    area: Area
    school: School | None
    numbers: Numbers

    @property
    def code(self) -> str:
        """By which the file knows it."""
        return self.area.code if self.school is None else self.school.code

    @property
    def name(self) -> str:
        """As the page calls it."""
        return self.area.title if self.school is None else self.school.name

    @property
    def decision(self) -> AssignedNumber | None:
        """A row that says by which decision; the latest."""
        return max(self.numbers.values(), key=lambda each: each.decided_on, default=None)


def units_of(places: Places, tree: AreaTree, year: int) -> list[Unit]:
    """The communes inside the places on the day of the map, each with its schools below it.
    A fixed number of queries."""
    communes = [area for area in tree.communes() if area.pk in places.areas]
    lies_in = schools_in({each.pk for each in communes}, on=tree.date) if communes else {}
    schools: dict[int, list[School]] = {each.pk: [] for each in communes}
    for school in School.objects.on(tree.date).filter(pk__in=list(lies_in)).order_by("name_key"):
        schools[lies_in[school.pk]].append(school)
    of_communes = numbers_of_communes(list(schools), year)
    of_schools = numbers_of_schools(list(lies_in), year)
    units = []
    for area in communes:
        units.append(Unit(area, None, of_communes.get(area.pk, {})))
        units += [Unit(area, each, of_schools.get(each.pk, {})) for each in schools[area.pk]]
    return units


def numbers_of_communes(
    communes: Collection[int], year: int
) -> dict[int, dict[str, AssignedNumber]]:
    """{commune id: {code of the rate: number}}. One query."""
    found: dict[int, dict[str, AssignedNumber]] = {}
    for row in AssignedNumber.objects.filter(commune__in=list(communes), year=year):
        if row.commune_id is not None:
            found.setdefault(row.commune_id, {})[row.variant] = row
    return found


def numbers_of_schools(schools: Collection[int], year: int) -> dict[int, dict[str, AssignedNumber]]:
    """{school id: {code of the rate: number}}. One query."""
    found: dict[int, dict[str, AssignedNumber]] = {}
    for row in AssignedNumber.objects.filter(school__in=list(schools), year=year):
        if row.school_id is not None:
            found.setdefault(row.school_id, {})[row.variant] = row
    return found
