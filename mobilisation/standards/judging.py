"""Verdicts on the standards: of a commune by its conditions, of what lies above by shares.

Three-valued throughout: met, not met, not known. What is missing is never guessed.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from core.types import StrOrPromise

from .counting import Facts, Tally
from .rule_sets import Among, Condition, Kind, Measure, Share, Standard


class Verdict(StrEnum):
    """Whether a condition or a standard is met."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_KNOWN = "not_known"


class Unknown(StrEnum):
    """Why a condition is not known."""

    NO_SURVEY = "no_survey"
    OLD_SURVEY = "old_survey"
    NO_ADULTS = "no_adults"
    NOBODY = "nobody"
    NOT_MATCHED = "not_matched"
    DESIGNATION = "designation"


REASONS: Mapping[Unknown, StrOrPromise] = {
    Unknown.NO_SURVEY: _("no survey has been saved"),
    Unknown.OLD_SURVEY: _("there is no survey of this year; the figures are of an earlier one"),
    Unknown.NO_ADULTS: _("the survey lacks adults of some ages; enter the totals"),
    Unknown.NOBODY: _("the survey has nobody of these ages"),
    Unknown.NOT_MATCHED: _("it depends on those told by families and not found on a roll"),
    Unknown.DESIGNATION: _("which communes are especially difficult on this day is not on record"),
}


@dataclass(frozen=True)
class Outcome:
    """A condition in a commune.

    Attributes:
        least: percent asked for here.
        total, certain, possible: see `counting.Tally`.
        from_totals: counted by the commune, not from its survey.
        followed: of those missing, people with an open case who would meet it by coming to class.
    """

    condition: Condition
    measure: Measure
    least: Fraction
    total: int
    certain: int
    possible: int
    verdict: Verdict
    unknown: Unknown | None = None
    from_totals: bool = False
    followed: int = 0

    @property
    def missing(self) -> int:
        """People below the line and not certainly above it."""
        return self.total - self.certain

    @property
    def lacking(self) -> int:
        """How many more must certainly be above the line for the condition to be met."""
        return max(0, math.ceil(self.least * self.total / 100) - self.certain)


@dataclass(frozen=True)
class CommuneResult:
    """A standard in a commune. `if_they_came`: the verdict if every child asked to be on a roll
    were on one, `if_followed_came`: if those were of whom a case is open; what is to be finished
    or learnt stays as it is."""

    standard: Standard
    outcomes: Sequence[Outcome]
    needs: Mapping[str, Verdict]
    verdict: Verdict
    if_they_came: Verdict
    if_followed_came: Verdict

    @property
    def followed(self) -> int:
        """People with an open case whom its own conditions lack."""
        return sum(each.followed for each in self.outcomes)

    @property
    def lacking(self) -> int:
        """People who lack in its own conditions."""
        return sum(each.lacking for each in self.outcomes if each.verdict != Verdict.MET)


@dataclass(frozen=True)
class ShareOutcome:
    """Of `total` units a share must meet a standard."""

    share: Share
    total: int
    met: int
    not_known: int
    verdict: Verdict

    @property
    def lacking(self) -> int:
        """How many more units must meet it."""
        return max(0, math.ceil(self.share.least * self.total / 100) - self.met)


@dataclass(frozen=True)
class AreaResult:
    """A standard in a district, cluster or province: how many communes meet it, and the verdict
    where the rules have one; None where they say nothing (a cluster is no unit of the law)."""

    standard: Standard
    communes: Mapping[Verdict, int]
    if_they_came: int
    if_followed_came: int
    shares: Sequence[ShareOutcome] = field(default_factory=tuple)
    verdict: Verdict | None = None


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Met when all are, not met when one is not."""
    found = set(verdicts)
    for each in (Verdict.NOT_MET, Verdict.NOT_KNOWN):
        if each in found:
            return each
    return Verdict.MET


def judge_commune(
    commune: int, standards: Iterable[Standard], facts: Facts
) -> dict[str, CommuneResult]:
    """{code of the standard: result}, in the order of the rules."""
    found: dict[str, CommuneResult] = {}
    for standard in standards:
        outcomes = [_outcome(commune, each, facts) for each in standard.conditions]
        needs = {code: found[code].verdict for code in standard.needs}
        came = [
            Verdict.MET if each.measure.kind == Kind.ENROLLED and each.total else each.verdict
            for each in outcomes
            if each.unknown not in (Unknown.NO_SURVEY, Unknown.OLD_SURVEY)
        ]
        known = len(came) == len(outcomes)
        back = [_outcome(commune, each, facts, back=True) for each in standard.conditions]
        found[standard.code] = CommuneResult(
            standard=standard,
            outcomes=outcomes,
            needs=needs,
            verdict=all_of([*needs.values(), *(each.verdict for each in outcomes)]),
            if_they_came=all_of(
                [
                    *(found[code].if_they_came for code in standard.needs),
                    *came,
                    *([] if known else [Verdict.NOT_KNOWN]),
                ]
            ),
            if_followed_came=all_of(
                [
                    *(found[code].if_followed_came for code in standard.needs),
                    *(each.verdict for each in back),
                ]
            ),
        )
    return found


def judge_shares(
    shares: Collection[Share],
    communes: Mapping[int, Verdict],
    facts: Facts,
    districts: Sequence[Verdict] | None,
) -> tuple[list[ShareOutcome], Verdict]:
    """Shares of a district or province and what they come to; all of them must hold.

    Args:
        communes: {commune id: its verdict}.
        districts: verdicts of the districts of a province; None where there are none.
    """
    outcomes = []
    for share in shares:
        if share.among == Among.DISTRICTS:
            units = list(districts or ())
        elif share.among == Among.COMMUNES:
            units = list(communes.values())
        else:
            wanted = share.among == Among.DIFFICULT
            units = [
                each if facts.designated else Verdict.NOT_KNOWN
                for pk, each in communes.items()
                if (pk in facts.difficult) == wanted or not facts.designated
            ]
        outcomes.append(_share(share, units))
    return outcomes, all_of(each.verdict for each in outcomes) if outcomes else Verdict.NOT_KNOWN


def _share(share: Share, units: Sequence[Verdict]) -> ShareOutcome:
    met, not_known = units.count(Verdict.MET), units.count(Verdict.NOT_KNOWN)
    # Of no unit of its sort every share is met, of no district at all nothing is known.
    if not units and share.among in (Among.DISTRICTS, Among.COMMUNES):
        verdict = Verdict.NOT_KNOWN
    else:
        verdict = _between(met, met + not_known, len(units), share.least)
    return ShareOutcome(share, len(units), met, not_known, verdict)


def _between(least_number: int, most_number: int, total: int, percent: Fraction) -> Verdict:
    if least_number * 100 >= percent * total:
        return Verdict.MET
    return Verdict.NOT_MET if most_number * 100 < percent * total else Verdict.NOT_KNOWN


def _outcome(commune: int, condition: Condition, facts: Facts, *, back: bool = False) -> Outcome:
    """A condition as it is; with `back`, as if those whose case is open came to class."""
    difficult = commune in facts.difficult
    found = _asked(commune, condition, facts, difficult=difficult, back=back)
    if facts.designated:
        return found
    # Nobody is on record as especially difficult: a verdict holds only if it would either way.
    other = _asked(commune, condition, facts, difficult=True, back=back)
    if other.verdict == found.verdict:
        return found
    return Outcome(
        *(condition, found.measure, found.least, found.total, found.certain, found.possible),
        verdict=Verdict.NOT_KNOWN,
        unknown=Unknown.DESIGNATION,
        from_totals=found.from_totals,
        followed=found.followed,
    )


def _asked(
    commune: int, condition: Condition, facts: Facts, *, difficult: bool, back: bool
) -> Outcome:
    measure, least = condition.asks(difficult=difficult)
    entered = facts.totals.get((commune, *measure.ages)) if measure.kind == Kind.LITERATE else None
    if entered is not None:
        certain = entered.level_1 if measure.level == 1 else entered.level_2
        tally = Tally(total=entered.people, certain=certain)
    else:
        tally = facts.tallies[commune][measure]
    followed = tally.back - tally.certain if measure.kind == Kind.ENROLLED else 0
    if back and measure.kind == Kind.ENROLLED:
        tally = replace(tally, certain=tally.back, possible=tally.back_possible)
    verdict, unknown = _verdict(commune, measure, least, tally, facts, entered=entered is not None)
    return Outcome(
        *(condition, measure, least, tally.total, tally.certain, tally.possible),
        verdict=verdict,
        unknown=unknown,
        from_totals=entered is not None,
        followed=followed,
    )


def _verdict(
    commune: int, measure: Measure, least: Fraction, tally: Tally, facts: Facts, *, entered: bool
) -> tuple[Verdict, Unknown | None]:
    if not entered:
        unknown = None
        years = facts.surveyed.get(commune)
        ages = measure.ages[1] - measure.ages[0] + 1
        if not years:
            unknown = Unknown.NO_SURVEY
        elif years != [facts.year]:
            unknown = Unknown.OLD_SURVEY
        elif measure.kind == Kind.LITERATE and tally.ages < ages:
            unknown = Unknown.NO_ADULTS
        if unknown is not None:
            return Verdict.NOT_KNOWN, unknown
    if not tally.total and measure.not_finished is None:
        return Verdict.NOT_KNOWN, Unknown.NOBODY
    verdict = _between(tally.certain, tally.certain + tally.possible, tally.total, least)
    return verdict, Unknown.NOT_MATCHED if verdict == Verdict.NOT_KNOWN else None
