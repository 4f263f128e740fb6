"""What the card "Why absent" and the sentence under the headline show. No queries here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.formatting import number, percent
from core.months import Month
from core.rules import RuleTable

from ..rates import Measures, Rate, attendance_rate
from ..selectors.dashboards import Dashboard
from ..selectors.figures import Figures
from ..wording import unit_name
from . import wording
from .decomposition import Unit, decompose
from .findings import Limits, explanations
from .selectors import Analysis
from .sums import Absences


@dataclass(frozen=True)
class Line:
    """A part of the absences: its name, count and share 0..100."""

    name: str
    count: int
    share: float

    @property
    def text(self) -> str:
        return f"{number(self.count)} · {percent(self.share / 100, 0)}"


@dataclass(frozen=True)
class GroupRow:
    """A group of pupils with its own attendance rate."""

    name: str
    pupils: int
    absent: int
    rate: Rate


@dataclass(frozen=True)
class Groups:
    """The groups of one kind, lowest first; `untold` pupils are in groups too small to tell of."""

    title: str
    rows: Sequence[GroupRow]
    untold: int = 0


@dataclass(frozen=True)
class Why:
    """Why pupils of one place were absent; falsy without absences.

    `sentence` stands under the headline, the rest in a card.
    """

    total: Absences
    sentence: str
    kinds: Sequence[Line]
    reasons: Sequence[Line]
    pupils: Sequence[str]
    groups: Sequence[Groups]
    change: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.total.absent)


def why(board: Dashboard, found: Analysis, rules: RuleTable, compared: Month) -> Why:
    """The `Why` of a dashboard from its `Analysis`.

    Args:
        rules: of the month, as for the dashboard.
        compared: the month the dashboard is compared with.
    """
    total, limits = found.total, Limits.of(rules, board.level)
    units = [(row.name, row.figures) for row in board.places if row.figures.expected]
    best = explanations(found, limits, units if len(units) > 1 else ())
    return Why(
        total=total,
        sentence=wording.sentence(total, best),
        kinds=[
            _line(_("Excused"), total.excused, total),
            _line(_("Unexcused"), total.unexcused, total),
        ],
        reasons=_reasons(total, limits),
        pupils=wording.concentration(total) if total.pupils >= limits.pupils else [],
        groups=_groups(found, limits),
        change=_change(board, compared),
    )


def _line(name: str, count: int, total: Absences) -> Line:
    return Line(name, count, 100 * count / total.absent if total.absent else 0.0)


def _reasons(total: Absences, limits: Limits) -> list[Line]:
    """Reasons, most frequent first; rare ones together, so that no single pupil is told of."""
    told, rare = [], 0
    for reason, count in total.reasons.items():
        if count >= limits.pupils:
            told.append(_line(wording.reason_name(reason), count, total))
        else:
            rare += count
    return [*told, _line(_("Rarer reasons"), rare, total)] if rare and told else told


def _groups(found: Analysis, limits: Limits) -> list[Groups]:
    tables = []
    for kind, groups in found.by.items():
        rows = [
            GroupRow(
                wording.group_name(kind, code), sums.pupils, sums.absent, attendance_rate(sums)
            )
            for code, sums in groups.items()
            if sums.expected and sums.pupils >= limits.pupils
        ]
        # One group alone is the whole, told of above.
        if len(rows) < 2:
            continue
        rows.sort(key=lambda row: row.rate.known)
        untold = found.total.pupils - sum(row.pupils for row in rows)
        tables.append(Groups(wording.kind_title(kind), rows, untold))
    return tables


def _change(board: Dashboard, compared: Month) -> list[str]:
    """The change taken apart by the places of the table, and whatever is in none of them."""
    places = board.places
    if len(places) < 2:
        return []
    units = [Unit(row.name, row.figures, row.before) for row in places]
    rest = Unit(
        _("others"),
        _without(board.total_row.figures, [row.figures for row in places]),
        _without(board.total_row.before, [row.before for row in places]),
    )
    if rest.now.expected or rest.before.expected:
        units.append(rest)
    found = decompose(units)
    return [] if found is None else wording.change(found, compared, unit_name(board))


def _without(whole: Figures, parts: Sequence[Figures]) -> Measures:
    return Measures(
        expected=whole.expected - sum(part.expected for part in parts),
        absent=whole.absent - sum(part.absent for part in parts),
    )
