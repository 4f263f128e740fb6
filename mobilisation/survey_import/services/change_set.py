"""What a whole survey would change: shown as preview and written by the save.

Check and save make the same change set from the same file and the database of their moment.
Its digest tells whether they agree: when somebody changed something in between, it differs and
nothing is written.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.levels import EducationLevel
from core.services.workbook_imports import CHANGED, NEW, REFUSED, UNCHANGED
from core.vietnamese import format_date, ordinary_case, sort_key
from schools import ethnic_groups
from schools.enums import Grade
from schools.models import Area

from ...enums import Presence, Residence
from ...models import Household, SurveyPerson
from . import records as on_record
from .reading import SurveyLine, SurveySource
from .records import HouseKey, Records, house_of

# Of the person and the household: an empty cell changes nothing.
PERSON = {
    "full_name": "given_name",
    "sex": "female",
    "birth_year": "year",
    "birth_date": "day",
    "ethnic_group": "ethnic_group",
    "citizen_id": "citizen_id",
}
_PERSON_VALUES = {"sex": "female", "birth_year": "year"}
HOUSEHOLD = ("head_name", "address", "phone", "residence")
# What the family tells each year: the row says it all, in the columns that the file has.
TOLD = (
    "presence",
    "grade",
    "class_name",
    "school_name",
    "school_code",
    "finished_level",
    "finished_year",
    "completed_grade",
    "completed_year",
    "dropped_grade",
    "dropped_year",
    "literacy_class",
    "literacy_done",
    "illiterate_again",
    "has_disability",
    "can_learn",
)
PROGRESS_EVERY = 500
ROWS_NAMED = 10
_SEX_WORDS = {"M": "Nam", "F": "Nữ"}


@dataclass
class Outcome:
    """What becomes of one row.

    Attributes:
        changes: (column key, old text, new text) of a changed row.
        told: values of `TOLD` for the entry of the year.
        must_write: whether the entry of the year is new, changed, or confirms one carried on.
    """

    line: SurveyLine
    kind: str = UNCHANGED
    person: SurveyPerson | None = None
    person_changed: bool = False
    household: Household | None = None
    told: dict[str, Any] = field(default_factory=dict)
    must_write: bool = True
    changes: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def refusals(self) -> list[tuple[str, str, dict[str, str]]]:
        """(column key, code, params) of a refused row."""
        return self.line.refusals


@dataclass
class ChangeSet:
    """All outcomes in the order of the file, and what is needed to write them."""

    source: SurveySource
    outcomes: list[Outcome]
    commune: Area
    year: int
    is_open: bool
    # Households that are new or changed, by key.
    households: dict[HouseKey, Household]
    # On record of the round, and not in the file.
    not_in_file: int

    def of_kind(self, kind: str) -> list[Outcome]:
        """The outcomes of one kind."""
        return [outcome for outcome in self.outcomes if outcome.kind == kind]

    @property
    def counts(self) -> Counter[str]:
        """Outcomes by kind."""
        return Counter(outcome.kind for outcome in self.outcomes)

    @property
    def writes(self) -> int:
        """Rows that leave something written, the confirmed ones included."""
        return sum(outcome.must_write for outcome in self.outcomes)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that would be written and refused."""
        digest = hashlib.sha256(json.dumps([self.is_open, self.not_in_file]).encode())
        for outcome in self.outcomes:
            person = outcome.person
            row = [
                outcome.line.sheet,
                outcome.line.number,
                outcome.kind,
                person.pk if person else None,
                outcome.must_write,
                [str(getattr(person, name)) for name in PERSON] if person else None,
                outcome.household.pk if outcome.household else None,
                list(house_of(outcome.line)) if outcome.household else None,
                outcome.told,
                outcome.changes,
                outcome.refusals,
            ]
            digest.update(json.dumps(row, default=str).encode())
        return digest.hexdigest()


def make_change_set(
    source: SurveySource,
    *,
    commune: Area,
    year: int,
    lock: bool = False,
    progress: Callable[[int], object] | None = None,
) -> ChangeSet:
    """Judge every row of a survey.

    Args:
        lock: hold the entries on record, for a save in the same transaction.
        progress: called with the number of rows judged, every few hundred.
    """
    records = on_record.load(commune, year, lock=lock)
    judge = Judge(
        records, commune, {name: set(table.places) for name, table in source.tables.items()}
    )
    outcomes = [Outcome(line) for line in source.lines]
    for number, outcome in enumerate(outcomes, 1):
        judge.judge(outcome)
        if progress and not number % PROGRESS_EVERY:
            progress(number)
    _refuse_repeats(outcomes)
    _refuse_numbers_twice(outcomes)
    for outcome in outcomes:
        _conclude(outcome)
    found = {each.person.pk for each in outcomes if each.person is not None and each.person.pk}
    return ChangeSet(
        source,
        outcomes,
        commune,
        year,
        records.is_open,
        judge.households,
        len(records.entries.keys() - found),
    )


class Judge:
    """Finds who a row means, and what changes of person, household and entry.

    Args:
        columns: keys of the columns that there are, by sheet.
        empties: whether an empty cell empties what is on record of person and household: in a
            form it was seen and emptied, in a file it may never have been filled in.
    """

    def __init__(
        self,
        records: Records,
        commune: Area,
        columns: Mapping[str, Collection[Any]],
        *,
        empties: bool = False,
    ) -> None:
        self._records = records
        self._commune = commune
        self._columns = columns
        self._empties = empties
        self.households: dict[HouseKey, Household] = {}

    def judge(self, outcome: Outcome) -> None:
        """Set person, household and what was told of a row; a refused one is left alone."""
        line = outcome.line
        if line.refusals:
            return
        found = self._records.find(line)
        if len(found) > 1:
            line.refuse("given_name", "survey_namesakes", count=len(found))
            return
        if found and not self._is_same(found[0], line):
            line.refuse("citizen_id", "number_of_another", name=found[0].full_name)
            return
        self.judge_as(outcome, found[0] if found else None)

    def judge_as(self, outcome: Outcome, person: SurveyPerson | None) -> None:
        """As `judge`, for a row of whom is known who it means; None: nobody on record."""
        if person is not None:
            self._use(outcome, person)
        else:
            self._make(outcome)
        self._live_in(outcome)
        self._tell(outcome)

    def _is_same(self, person: SurveyPerson, line: SurveyLine) -> bool:
        """A number whose name and birth both differ was mistyped."""
        same_name = sort_key(line.values["full_name"]) == person.name_key
        return same_name or line.values["year"] == person.birth_year

    def _use(self, outcome: Outcome, person: SurveyPerson) -> None:
        outcome.person = person
        values = outcome.line.values
        for name, key in PERSON.items():
            value, old = values[_PERSON_VALUES.get(name, name)], getattr(person, name)
            if value == old or (value in (None, "") and not self._empties):
                continue
            if name == "full_name" and self._is_as_good(value, person):
                continue
            outcome.changes.append((key, _shown(name, old), _shown(name, value)))
            setattr(person, name, value)
            outcome.person_changed = True
        if outcome.person_changed:
            if person.birth_date and person.birth_date.year != person.birth_year:
                person.birth_date = None
            person.set_keys()

    def _is_as_good(self, name: str, person: SurveyPerson) -> bool:
        """Whether a file has but another way of writing a name: its tone mark elsewhere.

        What somebody typed was meant, and a name on record in capitals only, or in none, was not.
        """
        is_same = sort_key(name) == person.name_key
        kept = person.full_name
        return is_same and not self._empties and ordinary_case(kept) == kept

    def _make(self, outcome: Outcome) -> None:
        values = outcome.line.values
        person = SurveyPerson(**{name: values[_PERSON_VALUES.get(name, name)] for name in PERSON})
        person.set_keys()
        outcome.person, outcome.kind = person, NEW

    def _live_in(self, outcome: Outcome) -> None:
        values, key = outcome.line.values, house_of(outcome.line)
        assert outcome.person is not None
        household = self._records.households.get(key)
        if household is None:
            household = Household(
                commune=self._commune, village=values["village"], form_number=values["form_number"]
            )
            household.set_keys()
            self._records.households[key] = self.households[key] = household
        for name in HOUSEHOLD:
            value = values[name]
            if value != getattr(household, name) and (value or self._empties):
                if household.pk and outcome.kind != NEW:
                    column = "head_given_name" if name == "head_name" else name
                    old = getattr(household, name)
                    outcome.changes.append((column, _shown(name, old), _shown(name, value)))
                setattr(household, name, value)
                self.households[key] = household
        outcome.household = household
        before = self._records.entries.get(outcome.person.pk)
        if before is not None and on_record.key_of(before.household) != key:
            outcome.changes.append(("form_number", str(before.household), str(household)))

    def _tell(self, outcome: Outcome) -> None:
        assert outcome.person is not None
        before = self._records.entries.get(outcome.person.pk)
        columns = self._columns[outcome.line.sheet]
        for name in TOLD:
            is_in_file = name in columns or (
                name == "has_disability" and any(str(key).startswith("dis_") for key in columns)
            )
            old = getattr(before, name) if before is not None else None
            if before is not None and not self._records.is_open and name == "presence":
                old = Presence.LIVES.value  # who moved here last year lives here now
            value = outcome.line.values[name]
            if before is not None and not is_in_file:
                value = old
            outcome.told[name] = value
            if before is not None and value != old:
                key = "dis_other" if name == "has_disability" else name
                outcome.changes.append((key, _shown(name, old), _shown(name, value)))
        if before is not None and self._records.is_open:
            outcome.must_write = before.is_carried or bool(outcome.changes)


def _refuse_repeats(outcomes: list[Outcome]) -> None:
    """One person stands once in a survey."""
    rows: dict[object, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        person = outcome.person
        if person is None:
            continue
        new = (person.name_key, person.birth_year, person.birth_date, person.citizen_id)
        rows[person.pk or (new, house_of(outcome.line))].append(outcome)
    _refuse_same(rows, "given_name", "survey_listed_twice")


def _refuse_numbers_twice(outcomes: list[Outcome]) -> None:
    rows: dict[object, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        number = outcome.line.values.get("citizen_id")
        if number and not outcome.refusals:
            rows[number].append(outcome)
    _refuse_same(rows, "citizen_id", "number_twice")


def _refuse_same(rows: dict[object, list[Outcome]], key: str, code: str) -> None:
    for same in rows.values():
        if len(same) > 1:
            numbers = ", ".join(str(each.line.number) for each in same[:ROWS_NAMED])
            for outcome in same:
                outcome.line.refuse(key, code, rows=numbers)


def first_values(outcome: Outcome) -> list[tuple[str, str, str]]:
    """What is written of a new person, in the form of `Outcome.changes`."""
    person = outcome.person
    written = [(key, _shown(name, getattr(person, name))) for name, key in PERSON.items()]
    told = [
        ("dis_other" if name == "has_disability" else name, _shown(name, value))
        for name, value in outcome.told.items()
    ]
    return [(key, "", text) for key, text in [*written, *told] if text]


def _conclude(outcome: Outcome) -> None:
    if outcome.refusals:
        outcome.kind, outcome.must_write = REFUSED, False
    elif outcome.kind != NEW and outcome.changes:
        outcome.kind = CHANGED


def _shown(name: str, value: Any) -> str:
    """A value as a reader of the list knows it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Có" if value else "Không"
    if name == "birth_date":
        return format_date(value)
    words: dict[str, Callable[[Any], object]] = {
        "sex": lambda value: _SEX_WORDS[value],
        "ethnic_group": lambda value: ethnic_groups.names().get(value, value),
        "presence": lambda value: Presence(value).label,
        "residence": lambda value: Residence(value).label,
        "finished_level": lambda value: EducationLevel(value).label,
        "grade": lambda value: Grade(value).label,
        "completed_grade": lambda value: Grade(value).label,
        "dropped_grade": lambda value: Grade(value).label,
    }
    return str(words[name](value)) if name in words else str(value)
