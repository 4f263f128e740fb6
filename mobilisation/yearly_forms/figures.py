"""What the cells of the yearly forms hold, of one commune or of several together.

Forms: TH-02, THCS-2.1, THCS-M1 and XMC-3 as offices filled them in 2025 for decree 20/2014/NĐ-CP
(docs/mobilisation.md says where a column is our reading). Ages are those of the heads of the forms.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Self

from schools.enums import Grade
from schools.models import Area

from ..standards.counting import Tally
from ..standards.judging import Verdict
from ..standards.rule_sets import Kind, Measure

LOWER_AGES = range(11, 19)
LOWER_GRADES = (Grade.G6, Grade.G7, Grade.G8, Grade.G9)
ADULT_AGES = range(15, 61)
SIX, ELEVEN, TO_FOURTEEN, GRADUATED, GOING_ON, INTO_SIX = (
    *("six", "eleven", "to_fourteen", "graduated", "going_on", "into_six"),
)
# What stands below and above the line of a column; INTO_SIX is a mobilisation rate of its own.
MEASURES: Mapping[str, Measure] = {
    SIX: Measure(Kind.ENROLLED, (6, 6), grades=(Grade.G1, Grade.G12)),
    ELEVEN: Measure(Kind.FINISHED, (11, 11), grade=Grade.G5),
    TO_FOURTEEN: Measure(Kind.FINISHED, (11, 14), grade=Grade.G5),
    GRADUATED: Measure(Kind.FINISHED, (15, 18), grade=Grade.G9),
    GOING_ON: Measure(
        Kind.ENROLLED,
        (15, 18),
        grades=(Grade.G10, Grade.G12),
        or_finished=Grade.G12,
        unseen_after=Grade.G9,
    ),
}
HERE, ELSEWHERE, ARRIVING = "here", "elsewhere", "arriving"


@dataclass
class LowerSecondary:
    """THCS-M1: children of 11 to 18, each {age: children}.

    Attributes:
        in_grade: by grade 6 to 9, place and age. HERE, ELSEWHERE: who lives here, by where the
            school is; ARRIVING: pupils at the schools here who live elsewhere.
        graduated: certainly finished grade 9, of those who are to be educated.
        going_on: of these on a roll of grades 10 to 12.
        dropped_out: of these told to have dropped out, and on no roll.
    """

    in_grade: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    graduated: Counter[int] = field(default_factory=Counter)
    going_on: Counter[int] = field(default_factory=Counter)
    dropped_out: Counter[int] = field(default_factory=Counter)

    def learning(self, grade: int, where: str, age: int) -> int:
        """Children of an age in a grade."""
        return self.in_grade[grade, where, age]

    def of(self, where: str) -> int:
        """All children of one of the three kinds."""
        return sum(count for key, count in self.in_grade.items() if key[1] == where)

    def add(self, other: "LowerSecondary") -> None:
        """Add the children of another commune."""
        for each in fields(self):
            getattr(self, each.name).update(getattr(other, each.name))


@dataclass
class Adults:
    """XMC-3: people of one age. `level_1`, `level_2`: certainly literate at that level."""

    people: int = 0
    to_educate: int = 0
    level_1: int = 0
    level_2: int = 0

    def add(self, other: "Adults") -> None:
        """Add the people of another commune."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass
class CommuneForms:
    """The cells of the forms of a commune; of a larger area, the sums of its communes.

    Attributes:
        survey_years: years of the surveys counted; empty without a survey.
        shares: {SIX, ELEVEN, …: who stands below the line and above it}.
        primary_schools: schools in the commune that teach primary classes.
        pupils: children of 6 to 14 to be educated who are on a roll.
        disabled_pupils: of these, disabled.
        disabled: disabled children of 6 to 14 who live here; `disabled_able` of these able to
            learn.
        reached: code of the highest standard of primary school that is met; "" when none is
            certainly met, with `verdict` of the first one.
        unplaced: pupils of grades 6 to 9 at the schools here of whom nobody knows where they live:
            matched with nobody of a survey and not on record as living in another commune.
        contradicting: on a roll of grades 6 to 9 and told to have finished grade 9 or to have
            dropped out.
        not_asked: people whose family was not asked this year.
        totals: {(first age, last age): people} entered as literacy totals.
    """

    area: Area | None = None
    survey_years: list[int] = field(default_factory=list)
    shares: dict[str, Tally] = field(default_factory=dict)
    primary_schools: int = 0
    pupils: int = 0
    disabled_pupils: int = 0
    disabled: int = 0
    disabled_able: int = 0
    reached: str = ""
    verdict: Verdict = Verdict.NOT_KNOWN
    lower: LowerSecondary = field(default_factory=LowerSecondary)
    adults: dict[int, Adults] = field(default_factory=lambda: {age: Adults() for age in ADULT_AGES})
    unplaced: int = 0
    contradicting: int = 0
    not_asked: int = 0
    totals: dict[tuple[int, int], int] = field(default_factory=dict)

    @classmethod
    def together(cls, area: Area, communes: Iterable[Self]) -> Self:
        """The sums of some communes. Standards and survey years are of communes alone."""
        total = cls(area=area, shares=dict.fromkeys([*MEASURES, INTO_SIX], Tally()))
        for each in communes:
            for name in ADDED:
                setattr(total, name, getattr(total, name) + getattr(each, name))
            for code, tally in each.shares.items():
                total.shares[code] += tally
            total.lower.add(each.lower)
            for age, people in each.adults.items():
                total.adults[age].add(people)
        return total

    def adults_between(self, first: int, last: int) -> Adults:
        """People of these ages, both included."""
        total = Adults()
        for age in range(first, last + 1):
            total.add(self.adults[age])
        return total


ADDED = (
    *("primary_schools", "pupils", "disabled_pupils", "disabled", "disabled_able"),
    *("unplaced", "contradicting", "not_asked"),
)


def share_of(tally: Tally) -> float | None:
    """Those certainly above the line over those below it, 0 to 1; None for an empty line."""
    return tally.certain / tally.total if tally.total else None
