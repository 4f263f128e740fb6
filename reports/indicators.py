"""The indicators: each with its name, numerator, denominator, variant and source, in one place.

Everything that shows a rate asks `INDICATORS[code].compute(figures)`; nothing else divides.
The same rows are printed in docs/indicators.md, and a test keeps the two alike.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.types import StrOrPromise
from mobilisation.rates.variants import VARIANTS, Variant

from . import rates
from .selectors.figures import Figures


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    Args:
        code: key used in targets, addresses and exports.
        name: short name on screen.
        definition: what it tells, in one or two plain sentences.
        numerator, denominator: what is counted above and below the line.
        unit: of what the two count.
        variant: which of several usages this is ("" when there is only one).
        source: document or usage the formula comes from.
        cumulated: whether it is computed from the school year so far
            (`selectors.figures.year_to_date`) instead of one month.
        higher_is_better: direction of the target.
        compute: `Figures` -> `rates.Rate`; the value is None when nothing is below the line.
        version: of the rule; another one when the same registers would be counted otherwise.
    """

    code: str
    name: StrOrPromise
    definition: StrOrPromise
    numerator: StrOrPromise
    denominator: StrOrPromise
    unit: StrOrPromise
    variant: StrOrPromise
    source: StrOrPromise
    cumulated: bool
    higher_is_better: bool
    compute: Callable[[Figures], rates.Rate]
    version: int = 1


def attendance(figures: Figures) -> rates.Rate:
    """Present over expected pupil-sessions, with the interval that takes pupils as clusters."""
    return rates.attendance_rate(figures)


def retention_a(figures: Figures) -> rates.Rate:
    """Pupils there now over those who should be: start of year + moved in − moved out.

    Pupils who finished the year count as there. Changes of class inside a school are moves
    for the class and cancel out from the school upwards.
    """
    there = figures.roll_end + figures.left_completed
    moved = figures.came_in + figures.came_class - figures.left_out - figures.left_class
    return rates.proportion(there, figures.came_start + moved)


def retention_b(figures: Figures) -> rates.Rate:
    """Start of year less dropouts, over start of year."""
    return rates.proportion(figures.came_start - figures.left_dropout, figures.came_start)


def dropout(figures: Figures) -> rates.Rate:
    """Dropouts of the school year so far over the start of year."""
    return rates.proportion(figures.left_dropout, figures.came_start)


def coverage(figures: Figures) -> rates.Rate:
    """Registers taken over registers due."""
    return rates.proportion(figures.taken, figures.due, counts_pupils=False)


def timeliness(figures: Figures) -> rates.Rate:
    """Registers first sent on their own day over registers taken."""
    return rates.proportion(figures.on_time, figures.taken, counts_pupils=False)


# What the flags judge so far; they name it, beside those of others to come.
JUDGED = "attendance"

INDICATORS = {
    indicator.code: indicator
    for indicator in [
        Indicator(
            code="attendance",
            name=_("Attendance rate"),
            definition=_(
                "Of all sessions that pupils should have attended, the share they attended. "
                "Only sessions whose register was taken count; excused and unexcused absences "
                "both lower it, a late pupil counts as present."
            ),
            numerator=_("pupil-sessions attended"),
            denominator=_("pupil-sessions expected in sessions with a register"),
            unit=_("pupil-sessions"),
            variant=_("by session"),
            source=_(
                "Session form used by education offices; ordered by letter 785/UBND-VX of "
                "5 June 2015, item 2g"
            ),
            cumulated=False,
            higher_is_better=True,
            compute=attendance,
        ),
        Indicator(
            code="retention_a",
            name=_("Retention rate (A)"),
            definition=_(
                "Of the pupils who should be on the roll after transfers, the share who are. "
                "Late starters and pupils who came back may lift it above 100 %."
            ),
            numerator=_("pupils on the roll at the end of the month, or who finished the year"),
            denominator=_("pupils at the start of the year + moved in − moved out"),
            unit=_("pupils"),
            variant=_("A: against the roll corrected for transfers"),
            source=_(
                "Usage of education offices; roll table of letter 6622/BGDĐT-KHTC of "
                "14 October 2010"
            ),
            cumulated=True,
            higher_is_better=True,
            compute=retention_a,
        ),
        Indicator(
            code="retention_b",
            name=_("Retention rate (B)"),
            definition=_(
                "Of the pupils at the start of the year, the share who have not dropped out. "
                "Transfers do not change it."
            ),
            numerator=_("pupils at the start of the year − dropouts since then"),
            denominator=_("pupils at the start of the year"),
            unit=_("pupils"),
            variant=_("B: against the start of the year"),
            source=_(
                "Usage of education offices; dropout as in letter 3144/BGDĐT-KHTC of 14 April 2009"
            ),
            cumulated=True,
            higher_is_better=True,
            compute=retention_b,
        ),
        Indicator(
            code="dropout",
            name=_("Dropout rate"),
            definition=_(
                "Pupils who dropped out since the start of the year, for every hundred at the "
                "start. Moving to another school is not dropping out; one who came back still "
                "counts."
            ),
            numerator=_("pupils who dropped out since the start of the year"),
            denominator=_("pupils at the start of the year"),
            unit=_("pupils"),
            variant=_("cumulated over the school year"),
            source=_("Letters 3144/BGDĐT-KHTC of 14 April 2009 and 3237/BGDĐT-KHTC of 8 June 2010"),
            cumulated=True,
            higher_is_better=False,
            compute=dropout,
        ),
        Indicator(
            code="coverage",
            name=_("Registers sent"),
            definition=_(
                "Of the registers that should exist by the calendar, the share that were taken. "
                "A session that was not held, with a reason, is not due. No register never "
                "means that all were present."
            ),
            numerator=_("registers taken"),
            denominator=_("sessions by the calendar − sessions not held"),
            unit=_("registers"),
            variant="",
            source=_("Rule of this system: an attendance rate is only shown with its coverage"),
            cumulated=False,
            higher_is_better=True,
            compute=coverage,
        ),
        Indicator(
            code="timeliness",
            name=_("Sent on the day"),
            definition=_("Of the registers taken, the share first sent on the day itself."),
            numerator=_("registers first sent on their own day"),
            denominator=_("registers taken"),
            unit=_("registers"),
            variant="",
            source=_("Rule of this system"),
            cumulated=False,
            higher_is_better=True,
            compute=timeliness,
        ),
    ]
}


# Everything that can have a target: the indicators on month facts, and the mobilisation rates,
# which are counted from survey and rolls (`reports.selectors.mobilisation`).
NAMED: dict[str, Indicator | Variant] = {**INDICATORS, **VARIANTS}


def place_of(code: str) -> int:
    """Place of an indicator in the order in which people meet them; one not known here is last."""
    return list(NAMED).index(code) if code in NAMED else len(NAMED)
