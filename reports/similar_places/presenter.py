"""What the page of a comparison shows, in words and charts. No queries here."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formatting import number, percent, points
from core.months import Month
from schools import ethnic_groups
from schools.models import AreaDesignation

from .. import charts, wording
from ..dashboard_presenter import RankedRow, page_row, ranked_row
from ..selectors.dashboards import Row
from .selectors import (
    BOARDING_SCHOOLS,
    BORDER,
    DIFFICULT,
    LOWER_SECONDARY,
    MAIN_GROUP,
    MINORITY,
    RANKED,
    ROLL,
    SEMI_BOARDERS,
    SITES,
    Comparison,
    Feature,
)


@dataclass(frozen=True)
class FeatureRow:
    """A feature in words: here, and from the least to the most of the places like it."""

    name: str
    own: str
    peers: str


@dataclass(frozen=True)
class SimilarPage:
    """A comparison as its page shows it; `rows` highest rate first, empty without peers.

    `unnamed` is how many of them the reader may not open, which so have no name.
    `alike` are the features that told no places apart.
    """

    finding: str
    notes: Sequence[str]
    rows: Sequence[RankedRow]
    features: Sequence[FeatureRow]
    alike: Sequence[str]
    unnamed: int
    targets_differ: bool
    is_too_small: bool


def page_of(
    found: Comparison,
    *,
    month: Month,
    level: str,
    is_school: bool,
    link: Callable[[Row], str],
    readable: Collection[int],
) -> SimilarPage:
    """Words and rows of a comparison.

    Args:
        link: function row -> address of a place's own comparison.
        readable: keys of places whose figures the reader may open; others are not named.
    """
    rows = _rows(found, is_school=is_school, link=link, readable=readable)
    return SimilarPage(
        finding=_finding(found, month, level),
        notes=[*_notes(found, is_school)],
        rows=rows,
        features=[
            FeatureRow(_feature(each.code, found), _own(each), _range(each))
            for each in found.features
            if each.tells
        ],
        alike=[_feature(each.code, found) for each in found.features if not each.tells],
        unnamed=sum(not row.url and not row.is_own for row in rows),
        targets_differ=len({each.target for each in (found.own, *found.peers)}) > 1,
        is_too_small=found.is_too_small,
    )


def _finding(found: Comparison, month: Month, level: str) -> str:
    start = _("%(month)s, %(level)s") % {
        "month": _("Month %(month)s") % {"month": month.label},
        "level": wording.level_name(level),
    }
    if not found.peers or found.median is None:
        return _("%(start)s: no similar place to compare with.") % {"start": start}
    said = {
        "start": start,
        "rate": percent(found.own.rate.value),
        "rank": found.rank,
        "places": len(found.peers) + 1,
        "peers": len(found.peers),
        "median": percent(found.median),
    }
    if found.rank is None:
        return (
            ngettext(
                "%(start)s: cannot be ranked; %(peers)s similar place has %(median)s.",
                "%(start)s: cannot be ranked; the median of %(peers)s similar places is "
                "%(median)s.",
                len(found.peers),
            )
            % said
        )
    said["gap"] = points(abs(found.own.rate.known - found.median)).lstrip("+")
    if found.own.rate.known < found.median:
        return (
            _(
                "%(start)s: attendance %(rate)s, place %(rank)s of %(places)s from the highest; "
                "%(gap)s points under the median of %(peers)s similar places, %(median)s."
            )
            % said
        )
    return (
        _(
            "%(start)s: attendance %(rate)s, place %(rank)s of %(places)s from the highest; "
            "%(gap)s points over the median of %(peers)s similar places, %(median)s."
        )
        % said
    )


def _notes(found: Comparison, is_school: bool) -> list[str]:
    """What limits the comparison, the gravest first."""
    said = []
    if found.beyond < 0:
        said.append(_("Lower than chance and the usual differences among them explain."))
    elif found.beyond > 0:
        said.append(_("Higher than chance and the usual differences among them explain."))
    elif found.rank is not None:
        said.append(
            _("Within what chance and the usual differences explain: the order says little.")
        )
    elif found.is_too_small:
        said.append(_("It has too few pupils to be compared."))
    elif found.own.judgement not in RANKED:
        said.append(
            _("Why it is not ranked: %(why)s.") % {"why": wording.word(found.own.judgement).lower()}
        )
    apart = [
        _feature(each.code, found)
        for each in found.features
        if each.tells and not each.low <= each.own <= each.high
    ]
    if apart:
        said.append(
            _("Even the most similar places are different in: %(features)s.")
            % {"features": "; ".join(apart)}
        )
    if len(found.peers) < found.wanted:
        said.append(
            ngettext(
                "Only %(count)s of %(wanted)s similar places could be found in the province.",
                "Only %(count)s of %(wanted)s similar places could be found in the province.",
                len(found.peers),
            )
            % {"count": number(len(found.peers)), "wanted": number(found.wanted)}
        )
    if found.passed_over:
        said.append(
            ngettext(
                "%(count)s place more alike has too few registers, pupils or days this month "
                "and is passed over.",
                "%(count)s places more alike have too few registers, pupils or days this month and "
                "are passed over.",
                found.passed_over,
            )
            % {"count": number(found.passed_over)}
        )
    if found.too_small:
        said.append(
            ngettext(
                "%(count)s place of the province is too small to be chosen.",
                "%(count)s places of the province are too small to be chosen.",
                found.too_small,
            )
            % {"count": number(found.too_small)}
        )
    return said


def _rows(
    found: Comparison,
    *,
    is_school: bool,
    link: Callable[[Row], str],
    readable: Collection[int],
) -> list[RankedRow]:
    if not found.peers:
        return []
    shown = [*found.peers, found.own] if found.own.rate.value is not None else [*found.peers]
    ordered = sorted(
        shown, key=lambda row: (found.rank is None and row is found.own, -row.rate.known)
    )
    strip = charts.Strip.for_rows(
        [row.rate for row in ordered], [*(row.target for row in ordered), found.median]
    )
    other = _("another school") if is_school else _("another commune")
    rows = []
    for row in ordered:
        is_own = row is found.own
        is_named = is_own or row.key in readable
        shown_row = page_row(
            row if is_named else replace(row, name=other),
            url=link(row) if is_named and not is_own else "",
        )
        rows.append(ranked_row(shown_row, strip, median=found.median, is_own=is_own))
    return rows


def _feature(code: str, found: Comparison) -> str:
    group = ethnic_groups.names().get(found.main_group, _("not known"))
    return {
        ROLL: _("Pupils on the roll"),
        LOWER_SECONDARY: _("Lower secondary pupils among all"),
        MINORITY: _("Ethnic minority pupils"),
        MAIN_GROUP: _("%(group)s pupils, the largest group here") % {"group": group},
        SEMI_BOARDERS: _("Semi-boarders"),
        BOARDING_SCHOOLS: _("Pupils in boarding and semi-boarding schools"),
        SITES: _("Satellite sites of a school"),
        DIFFICULT: str(AreaDesignation.Kind.ESPECIALLY_DIFFICULT.label),
        BORDER: str(AreaDesignation.Kind.BORDER.label),
    }[code]


def _own(feature: Feature) -> str:
    if not feature.few:
        return _value(feature, feature.own)
    said = (
        _("fewer than %(count)s pupils")
        if feature.own < 0.5
        else _("all but fewer than %(count)s pupils")
    )
    return said % {"count": number(feature.few)}


def _value(feature: Feature, value: float) -> str:
    if feature.code == ROLL:
        return number(int(value))
    if feature.code == SITES:
        return number(value, 0 if value == int(value) else 1)
    if feature.code in (DIFFICULT, BORDER):
        return _("yes") if value else _("no")
    return percent(value, 0)


def _range(feature: Feature) -> str:
    low, high = _value(feature, feature.low), _value(feature, feature.high)
    if low == high:
        return low
    if feature.code in (DIFFICULT, BORDER):
        return _("yes and no")
    return _("%(low)s to %(high)s") % {"low": low, "high": high}
