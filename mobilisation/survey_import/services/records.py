"""What is on record of the people of a commune, loaded in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Q

from core.vietnamese import fold, sort_key
from schools.models import Area

from ...models import Household, SurveyEntry, SurveyPerson
from ...models.surveys import village_key
from ...surveys.selectors.rounds import entries_to_start_from, round_of
from .reading import SurveyLine

HouseKey = tuple[str, str]


@dataclass
class Records:
    """People of the round of a year, or of the one it is carried on from."""

    # Whether the year's round is open already.
    is_open: bool = False
    entries: dict[int, SurveyEntry] = field(default_factory=dict)
    by_number: dict[str, list[SurveyPerson]] = field(default_factory=lambda: defaultdict(list))
    # Sort key of the name (its tones count) and year of birth.
    by_name: dict[tuple[str, int], list[SurveyPerson]] = field(
        default_factory=lambda: defaultdict(list)
    )
    by_house: dict[HouseKey, list[SurveyPerson]] = field(default_factory=lambda: defaultdict(list))
    households: dict[HouseKey, Household] = field(default_factory=dict)

    def find(self, line: SurveyLine) -> list[SurveyPerson]:
        """Persons on record whom a row may mean; one is meant, several are namesakes.

        By personal number; else by name and birth; else, in the household of the row, by the
        name without accents, so that a corrected spelling or birth date finds its person.
        """
        values = line.values
        if values["citizen_id"] and (known := self.by_number.get(values["citizen_id"])):
            return known
        house = house_of(line)
        named = [
            person
            for person in self.by_name.get((sort_key(values["full_name"]), values["year"]), ())
            if _may_be(person, values["birth_date"], values["citizen_id"])
        ]
        if len(named) > 1:
            named = [p for p in named if self.house_key(p) == house] or named
        if len(named) > 1:
            named = [p for p in named if p.birth_date == values["birth_date"]] or named
        if named:
            return named
        key = fold(values["full_name"])
        at_home = [
            person
            for person in self.by_house.get(house, ())
            if person.search_key == key
            and person.sex == values["female"]
            and _numbers_agree(person, values["citizen_id"])
        ]
        return at_home if len(at_home) == 1 else []

    def house_key(self, person: SurveyPerson) -> HouseKey:
        """Where a person on record lives."""
        return key_of(self.entries[person.pk].household)


def key_of(household: Household) -> HouseKey:
    """How households are told apart in a commune."""
    return household.village_key, household.form_number.casefold()


def house_of(line: SurveyLine) -> HouseKey:
    """The household a row names."""
    return village_key(line.values["village"]), line.values["form_number"].casefold()


def _may_mean(line: SurveyLine) -> Q:
    values = line.values
    named = Q(person__name_key=sort_key(values["full_name"]), person__birth_year=values["year"])
    return named | Q(person__citizen_id=values["citizen_id"]) if values["citizen_id"] else named


def _may_be(person: SurveyPerson, born: object, number: str) -> bool:
    same_day = born is None or person.birth_date is None or born == person.birth_date
    return same_day and _numbers_agree(person, number)


def _numbers_agree(person: SurveyPerson, number: str) -> bool:
    return not (number and person.citizen_id and number != person.citizen_id)


def load(
    commune: Area, year: int, *, lock: bool, line: SurveyLine | None = None, person_id: int = 0
) -> Records:
    """`Records` of a commune.

    Args:
        lock: hold the entries, for a save in the same transaction.
        line, person_id: only whom this row may mean, beside one known by id.
    """
    records = Records(is_open=round_of(commune, year) is not None)
    entries = entries_to_start_from(commune, year).order_by("pk")
    households = Household.objects.filter(commune=commune)
    if line is not None:
        key = house_of(line)
        households = households.filter(village_key=key[0])
        near = [each.pk for each in households if key_of(each) == key]
        entries = entries.filter(Q(person=person_id) | _may_mean(line) | Q(household__in=near))
    if lock:
        entries = entries.select_for_update(of=("self", "person", "household"))
    for entry in entries:
        person = entry.person
        records.entries[person.pk] = entry
        if person.citizen_id:
            records.by_number[person.citizen_id].append(person)
        records.by_name[person.name_key, person.birth_year].append(person)
        records.by_house[key_of(entry.household)].append(person)
        # Also one of a unit that went into the commune since.
        records.households[key_of(entry.household)] = entry.household
    for household in households:
        records.households[key_of(household)] = household
    return records
