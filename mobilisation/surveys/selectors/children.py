"""Children of a round by single age, by village, by commune; and their names in one village.

Age = year of the survey − year of birth. PPC (phải phổ cập) = total − not able to learn − moved
away − deceased; who moved here is in the total, and a child who is both gone and unable is taken
off once. Source: conventions of the forms for decree 20/2014/NĐ-CP (docs/mobilisation.md).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet

from schools.models import Area

from ...enums import GONE, Presence
from ...models import SurveyEntry, SurveyRound

OLDEST_CHILD = 18
AGES = range(OLDEST_CHILD + 1)
# The groups that offices speak of; the first and last age of each.
GROUPS = ((0, 2), (3, 5), (6, 10), (11, 14), (15, OLDEST_CHILD))


@dataclass
class Tally:
    """Children counted: all told of, and those who are taken off."""

    total: int = 0
    unable: int = 0
    left: int = 0
    died: int = 0

    @property
    def to_educate(self) -> int:
        """PPC."""
        return self.total - self.unable - self.left - self.died

    def add(self, other: "Tally") -> None:
        """Add another count to this one."""
        self.total += other.total
        self.unable += other.unable
        self.left += other.left
        self.died += other.died


@dataclass
class Children:
    """The children of a place by single age."""

    name: str = ""
    key: str = ""
    area: Area | None = None
    survey_round: SurveyRound | None = None
    by_age: dict[int, Tally] = field(default_factory=lambda: {age: Tally() for age in AGES})
    # Children whose family was not asked yet this year.
    not_asked: int = 0

    @property
    def rows(self) -> list[tuple[int, Tally]]:
        """(age, count) from the youngest up."""
        return list(self.by_age.items())

    @property
    def all(self) -> Tally:
        """All ages together."""
        return self.between(0, OLDEST_CHILD)

    @property
    def groups(self) -> list[int]:
        """PPC of each of `GROUPS`."""
        return [self.between(first, last).to_educate for first, last in GROUPS]

    def between(self, first: int, last: int) -> Tally:
        """Children of these ages, both included."""
        total = Tally()
        for age in range(first, last + 1):
            total.add(self.by_age[age])
        return total


def children_of(survey_round: SurveyRound, *, village: str | None = None) -> Children:
    """Children of a round, or of one of its villages by key. One query."""
    found = Children(survey_round=survey_round)
    entries = _children(survey_round.year).filter(survey_round=survey_round)
    if village is not None:
        entries = entries.filter(household__village_key=village)
    for row in _counted(entries, "person__birth_year"):
        _add(found, row, survey_round.year)
    return found


def villages_of(survey_round: SurveyRound) -> list[Children]:
    """Children of each village of a round, by the name of the village. One query."""
    villages: dict[str, Children] = {}
    entries = _children(survey_round.year).filter(survey_round=survey_round)
    rows = _counted(
        entries,
        "household__village_sort",
        "household__village_key",
        "household__village",
        "person__birth_year",
    )
    for row in rows.order_by("household__village_sort", "household__village_key"):
        key = row["household__village_key"]
        village = villages.setdefault(
            key, Children(name=row["household__village"], key=key, survey_round=survey_round)
        )
        _add(village, row, survey_round.year)
    return list(villages.values())


def communes_of(communes: Collection[Area], year: int) -> list[Children]:
    """Children of each commune in a year, in the order given; one without a round has none.
    Two queries."""
    found = {each.pk: Children(name=each.title, area=each) for each in communes}
    rounds = {
        each.pk: each for each in SurveyRound.objects.filter(commune__in=list(found), year=year)
    }
    for each in rounds.values():
        found[each.commune_id].survey_round = each
    entries = _children(year).filter(survey_round__in=list(rounds))
    for row in _counted(entries, "survey_round", "person__birth_year"):
        _add(found[rounds[row["survey_round"]].commune_id], row, year)
    return list(found.values())


def total_of(places: Collection[Children]) -> Children:
    """All places together."""
    total = Children()
    for place in places:
        for age, count in place.by_age.items():
            total.by_age[age].add(count)
        total.not_asked += place.not_asked
    return total


def years_of(communes: Collection[int]) -> list[int]:
    """Years for which one of some communes has a round, the latest first."""
    rounds = SurveyRound.objects.filter(commune__in=communes).order_by("-year")
    return list(dict.fromkeys(rounds.values_list("year", flat=True)))


def children_by_name(survey_round: SurveyRound, village: str) -> QuerySet[SurveyEntry]:
    """Entries of the children of a village, the youngest first, with person and household."""
    return (
        _children(survey_round.year)
        .filter(survey_round=survey_round, household__village_key=village)
        .select_related("person__match__pupil", "household")
        .order_by("-person__birth_year", "person__name_key", "person_id")
    )


def names_in(entries: Collection[SurveyEntry]) -> int:
    """How many names a list shows of people beside the heads of their households."""
    heads = {each.household_id for each in entries if each.household.head_name}
    return sum(each.person.is_named for each in entries) + len(heads)


def _children(year: int) -> QuerySet[SurveyEntry]:
    return SurveyEntry.objects.filter(
        person__birth_year__gte=year - OLDEST_CHILD, person__birth_year__lte=year
    )


def _counted(entries: QuerySet[SurveyEntry], *by: str) -> QuerySet[SurveyEntry, dict[str, Any]]:
    return (
        entries.order_by()
        .values(*by)
        .annotate(
            total=Count("pk"),
            unable=Count("pk", filter=Q(can_learn=False) & ~Q(presence__in=GONE)),
            left=Count("pk", filter=Q(presence=Presence.LEFT)),
            died=Count("pk", filter=Q(presence=Presence.DIED)),
            not_asked=Count("pk", filter=Q(is_carried=True)),
        )
    )


def _add(children: Children, row: dict[str, Any], year: int) -> None:
    count = Tally(row["total"], row["unable"], row["left"], row["died"])
    children.by_age[year - row["person__birth_year"]].add(count)
    children.not_asked += row["not_asked"]
