"""Whether a school is one for semi-boarders by a set of rules: pure, on whole numbers of pupils.

Every share is "at least": exactly the threshold is enough.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.types import StrOrPromise

from .rule_sets import RuleSet

PRIMARY, LOWER = EducationLevel.PRIMARY, EducationLevel.LOWER_SECONDARY
COVERED = (PRIMARY, LOWER)


@dataclass(frozen=True)
class Counts:
    """Pupils, of whom of ethnic minorities, of whom semi-boarders."""

    pupils: int = 0
    minority: int = 0
    semi_boarders: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.pupils + other.pupils,
            self.minority + other.minority,
            self.semi_boarders + other.semi_boarders,
        )


# By level, PRIMARY and LOWER only.
ByLevel = Mapping[EducationLevel, Counts]
NOBODY = Counts()


class Verdict(StrEnum):
    """How a school stands to the rules of a day."""

    MET = "met"
    NOT_MET = "not_met"
    NOBODY = "nobody"
    NO_RULES = "no_rules"


class Of(StrEnum):
    """What a condition counts."""

    MINORITY = "minority"
    PRIMARY = "primary"
    LOWER_SECONDARY = "lower_secondary"
    BOTH = "both"


WORDS: Mapping[Of, StrOrPromise] = {
    Of.MINORITY: _("Pupils of ethnic minorities"),
    Of.PRIMARY: _("Semi-boarders of primary school"),
    Of.LOWER_SECONDARY: _("Semi-boarders of lower secondary school"),
    Of.BOTH: _("Semi-boarders of the whole school"),
}


@dataclass(frozen=True)
class Condition:
    """One share: `count` of `total` pupils, of which `least` percent are asked for."""

    of: Of
    count: int
    total: int
    least: Fraction

    @property
    def needed(self) -> int:
        """The least number of pupils that meets it, of as many as there are."""
        return math.ceil(self.least * self.total / 100)

    @property
    def lacking(self) -> int:
        """How many more of the pupils who are there would have to be counted."""
        return max(0, self.needed - self.count)

    @property
    def spare(self) -> int:
        """How many of those counted could be lost before it fails, with as many pupils."""
        return max(0, self.count - self.needed)

    @property
    def is_met(self) -> bool:
        """Whether the share is reached; never by nobody."""
        return self.total > 0 and self.count * 100 >= self.least * self.total

    @property
    def rate(self) -> float | None:
        """The share, 0 to 1; None for nobody."""
        return self.count / self.total if self.total else None

    @property
    def words(self) -> StrOrPromise:
        """What is counted, in words."""
        return WORDS[self.of]


@dataclass(frozen=True)
class Judgement:
    """A school by the rules.

    Attributes:
        minority: asked of every school; None without rules or pupils.
        ways: one of these is enough, and of one every condition must hold; a school with one
            level has a single way with a single condition.
    """

    verdict: Verdict
    minority: Condition | None = None
    ways: Sequence[Sequence[Condition]] = ()

    @property
    def way(self) -> Sequence[Condition]:
        """The way that is met, or of which the fewest pupils are lacking; empty for none.

        A way by levels of which one has no pupils comes last: more pupils do not meet it.
        """
        return min(self.ways, key=lambda way: (_has_nobody(way), _lacking(way)), default=())

    @property
    def conditions(self) -> list[Condition]:
        """Every condition, of all ways, in order."""
        first = [self.minority] if self.minority is not None else []
        return [*first, *(each for way in self.ways for each in way)]

    @property
    def lacking(self) -> int:
        """Pupils lacking for the whole: of ethnic minorities or semi-boarders, the larger gap.

        One pupil may fill both gaps.
        """
        minority = self.minority.lacking if self.minority is not None else 0
        return max(minority, _lacking(self.way))


def _lacking(way: Sequence[Condition]) -> int:
    return sum(each.lacking for each in way)


def _has_nobody(way: Sequence[Condition]) -> bool:
    return any(not each.total for each in way)


def judge(levels: Sequence[EducationLevel], counts: ByLevel, rules: RuleSet | None) -> Judgement:
    """A school that teaches some levels, by a set of rules.

    Args:
        levels: those taught; others than primary and lower secondary school are left out.
    Circular 03/2023/TT-BGDĐT, art. 3 (earlier: 24/2010, 30/2015): a share of ethnic minorities of
    all pupils, and one of semi-boarders, by level or of a school with both as a whole.
    """
    if rules is None:
        return Judgement(Verdict.NO_RULES)
    taught = [level for level in COVERED if level in levels]
    by_level = {level: counts.get(level, NOBODY) for level in taught}
    whole = sum(by_level.values(), NOBODY)
    if not whole.pupils:
        return Judgement(Verdict.NOBODY)
    least = {
        PRIMARY: (Of.PRIMARY, rules.primary),
        LOWER: (Of.LOWER_SECONDARY, rules.lower_secondary),
    }
    ways = [
        [
            Condition(least[level][0], own.semi_boarders, own.pupils, least[level][1])
            for level, own in by_level.items()
        ]
    ]
    if len(taught) > 1 and rules.both is not None:
        ways.insert(0, [Condition(Of.BOTH, whole.semi_boarders, whole.pupils, rules.both)])
    minority = Condition(Of.MINORITY, whole.minority, whole.pupils, rules.minority)
    is_met = minority.is_met and any(all(each.is_met for each in way) for way in ways)
    return Judgement(Verdict.MET if is_met else Verdict.NOT_MET, minority, ways)
