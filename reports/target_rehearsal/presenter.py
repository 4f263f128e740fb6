"""What the page of a rehearsal shows: a sentence, the months, the communes. No queries here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formatting import format_target, number
from core.months import Month

from .. import wording
from ..dashboard_presenter import short_name
from ..rates import Judgement
from .rehearsal import MonthRehearsed

# Communes shown before the rest is folded.
SHOWN_AT_ONCE = 10


@dataclass(frozen=True)
class Cell:
    """What a month would have said of a commune: a mark, its colour and its word."""

    mark: str
    css: str
    word: str


@dataclass(frozen=True)
class Place:
    """A commune under the target in some month, with the page of its figures; months as above."""

    name: str
    url: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class MonthRow:
    """One month: how it is told, and whether visits would have sufficed (None: not asked)."""

    month: Month
    outcome: MonthRehearsed
    by_chance: str
    is_too_many: bool | None


@dataclass(frozen=True)
class RehearsalPage:
    """A rehearsal as its page shows it; `months` newest first, communes most often low first."""

    finding: str
    chance: str
    capacity: str
    months: Sequence[MonthRow]
    first: Sequence[Place]
    rest: Sequence[Place]


def page_of(
    outcomes: Sequence[MonthRehearsed],
    *,
    target: float,
    visits: int | None,
    names: Mapping[int, str],
    query: str,
) -> RehearsalPage:
    """Words and rows of a rehearsal.

    Args:
        outcomes: months of `rehearsal.rehearse`.
        target: a share 0..1.
        visits: visits possible in a month, or None.
        names: of the communes, by id.
        query: what links to their figures carry, with its question mark.
    """
    judged = [each for each in outcomes if each.judged][::-1]
    rows = [
        MonthRow(
            month=each.month,
            outcome=each,
            by_chance=number(each.by_chance, 1),
            is_too_many=None if visits is None else len(each.certain) > visits,
        )
        for each in judged
    ]
    certain = Counter(pk for each in judged for pk in each.certain)
    watch = Counter(pk for each in judged for pk in each.watch)
    low = sorted(certain | watch, key=lambda pk: (-certain[pk], -watch[pk], names[pk]))
    places = [
        Place(
            short_name(names[pk]),
            reverse("reports:area", args=[pk]) + query,
            [_cell(pk, each) for each in judged],
        )
        for pk in low
    ]
    return RehearsalPage(
        finding=_finding(judged, target),
        chance=_chance(judged),
        capacity=_capacity(rows, visits),
        months=rows,
        first=places[:SHOWN_AT_ONCE],
        rest=places[SHOWN_AT_ONCE:],
    )


def _cell(commune_id: int, outcome: MonthRehearsed) -> Cell:
    if commune_id in outcome.certain:
        return Cell("▼", "h1", wording.word(Judgement.CERTAINLY_LOW))
    if commune_id in outcome.watch:
        return Cell("▽", "h3", wording.word(Judgement.WATCH))
    if commune_id in outcome.good:
        return Cell("✓", "h5", wording.word(Judgement.GOOD))
    return Cell("—", "h-none", wording.word(Judgement.CANNOT_BE_JUDGED))


def _finding(judged: Sequence[MonthRehearsed], target: float) -> str:
    if not judged:
        return _("No month of the last twelve can be judged: too few registers, days or pupils.")
    mean = sum(len(each.certain) for each in judged) / len(judged)
    now = sum(each.now for each in judged) / len(judged)
    return ngettext(
        "With a target of %(target)s, %(mean)s communes would have been certainly low in the month "
        "that could be judged; by the targets in force it was %(now)s.",
        "With a target of %(target)s, %(mean)s communes a month would have been certainly low, in "
        "%(count)s months that could be judged; by the targets in force it was %(now)s.",
        len(judged),
    ) % {
        "target": format_target(target),
        "count": number(len(judged)),
        "mean": number(mean, 1),
        "now": number(now, 1),
    }


def _chance(judged: Sequence[MonthRehearsed]) -> str:
    if not judged:
        return ""
    mean = sum(each.by_chance for each in judged) / len(judged)
    beyond = sum(each.is_more_than_chance for each in judged)
    return ngettext(
        "If every commune truly reached this target, chance alone would flag %(mean)s a month. In "
        "%(beyond)s of %(count)s month more were flagged than chance explains.",
        "If every commune truly reached this target, chance alone would flag %(mean)s a month. In "
        "%(beyond)s of %(count)s months more were flagged than chance explains.",
        len(judged),
    ) % {"mean": number(mean, 1), "beyond": number(beyond), "count": number(len(judged))}


def _capacity(rows: Sequence[MonthRow], visits: int | None) -> str:
    if visits is None or not rows:
        return ""
    over = sum(row.is_too_many is True for row in rows)
    return ngettext(
        "With %(visits)s visit a month, in %(over)s of %(count)s months there would be more "
        "communes to visit than visits.",
        "With %(visits)s visits a month, in %(over)s of %(count)s months there would be more "
        "communes to visit than visits.",
        visits,
    ) % {"visits": number(visits), "over": number(over), "count": number(len(rows))}
