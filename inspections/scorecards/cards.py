"""Points and totals of a card: pure arithmetic on what each criterion looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Self

from django.utils.translation import pgettext_lazy

from core.types import StrOrPromise

_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Item:
    """One thing a criterion looked at: a commune in a month, a visit, a recommendation.

    `said` has its figures in words; `month` is "2026-11" or empty, `level` a code or empty, `rate`
    the code of a mobilisation rate or empty.
    """

    name: str
    reached: bool
    said: str
    commune_id: int | None = None
    month: str = ""
    level: str = ""
    visit_id: int | None = None
    rate: str = ""


@dataclass(frozen=True)
class Adjusted:
    """Points a person gave instead of those worked out."""

    points: Decimal
    reason: str
    by_name: str


@dataclass(frozen=True)
class Score:
    """A criterion on a card. `most` are the points it gives at best."""

    code: str
    short_name: str
    name: str
    most: int
    items: Sequence[Item]
    adjusted: Adjusted | None = None

    @property
    def reached(self) -> int:
        """How many of the items reached what is asked."""
        return sum(item.reached for item in self.items)

    @property
    def computed(self) -> Decimal | None:
        """Points in proportion to what was reached, to a tenth; None with nothing to judge."""
        if not self.items:
            return None
        exact = Fraction(self.most * self.reached, len(self.items))
        return (Decimal(exact.numerator) / exact.denominator).quantize(_TENTH, ROUND_HALF_UP)

    @property
    def points(self) -> Decimal | None:
        """What counts: the points a person gave, else those worked out."""
        return self.computed if self.adjusted is None else self.adjusted.points

    def as_json(self) -> dict[str, Any]:
        """What is kept of a confirmed card; `of_json` reads it."""
        kept = None
        if self.adjusted is not None:
            kept = [str(self.adjusted.points), self.adjusted.reason, self.adjusted.by_name]
        return {
            "code": self.code,
            "short_name": self.short_name,
            "name": self.name,
            "most": self.most,
            "items": [list(astuple(item)) for item in self.items],
            "adjusted": kept,
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Self:
        """The score that `as_json` wrote."""
        adjusted = kept["adjusted"]
        return cls(
            code=kept["code"],
            short_name=kept["short_name"],
            name=kept["name"],
            most=kept["most"],
            items=[Item(*values) for values in kept["items"]],
            adjusted=adjusted and Adjusted(Decimal(adjusted[0]), adjusted[1], adjusted[2]),
        )


class Grade(StrEnum):
    """What a total is called, as offices grade a year's work."""

    EXCELLENT = "excellent"
    GOOD = "good"
    DONE = "done"
    NOT_DONE = "not_done"
    UNKNOWN = "unknown"

    @property
    def label(self) -> StrOrPromise:
        """The grade as it is said."""
        return _GRADES[self]


_GRADES: dict[Grade, StrOrPromise] = {
    Grade.EXCELLENT: pgettext_lazy("grade", "Excellent"),
    Grade.GOOD: pgettext_lazy("grade", "Good"),
    Grade.DONE: pgettext_lazy("grade", "Fulfilled"),
    Grade.NOT_DONE: pgettext_lazy("grade", "Not fulfilled"),
    Grade.UNKNOWN: pgettext_lazy("grade", "Nothing to judge"),
}


@dataclass(frozen=True)
class Card:
    """The scores of one member, sector or commune.

    `out_of` are the most points of the criteria that could be judged: what nobody can know
    neither gives points nor takes them.
    """

    scores: Sequence[Score]

    @property
    def total(self) -> Decimal:
        """Points of all criteria that have some."""
        return sum((score.points or Decimal(0) for score in self.scores), Decimal(0))

    @property
    def out_of(self) -> int:
        """Most points of the criteria that could be judged."""
        return sum(score.most for score in self.scores if score.points is not None)

    @property
    def share(self) -> Fraction | None:
        """Total over `out_of`; None when nothing could be judged."""
        return Fraction(self.total) / self.out_of if self.out_of else None

    def grade(self, limits: Mapping[Grade, int]) -> Grade:
        """The grade by the least percent of each (EXCELLENT, GOOD, DONE)."""
        share = self.share
        if share is None:
            return Grade.UNKNOWN
        for grade in (Grade.EXCELLENT, Grade.GOOD, Grade.DONE):
            if share * 100 >= limits[grade]:
                return grade
        return Grade.NOT_DONE
