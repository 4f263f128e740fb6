"""Presenter: what the page of a dashboard shows, in words, charts and links. No queries here.

The selectors' rows stay as they are; a page reads the frozen `DashboardPage` made from them.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.formatting import hundredths, percent
from core.levels import EducationLevel
from core.lunar_new_year import months_of_tet
from core.months import Month
from schools.areas.map_choice import MapChoice
from schools.areas.selectors.boundaries import Boundaries
from schools.areas.selectors.tree import NOWHERE
from schools.enums import AreaLevel
from schools.models import Area, School, SchoolClass
from schools.school_years.periods import Period, Versus

from . import charts, wording
from .dispersion import dispersion
from .rates import Judgement, Rate
from .selectors.dashboards import Dashboard, Point, Row
from .selectors.figures import Figures

# Rates that enough registers and pupils stand behind.
COMPARED = {
    Judgement.CERTAINLY_LOW,
    Judgement.WATCH,
    Judgement.GOOD,
    Judgement.NO_TARGET,
}
SHOWN_AT_ONCE = 8
SHOWN_WHEN_ALL_ARE_GOOD = 3


@dataclass(frozen=True)
class HeatCell:
    css: str
    text: str


@dataclass(frozen=True)
class MonthLink:
    """A month of a chart and the address of the same page in it; "" when it is the one shown."""

    month: Month
    url: str


@dataclass(frozen=True)
class HeatRow:
    name: str
    url: str
    cells: Sequence[HeatCell]


@dataclass(frozen=True)
class Heat:
    """The heat map of a page; without rows it is not shown."""

    title: str = ""
    months: Sequence["MonthLink"] = ()
    rows: Sequence[HeatRow] = ()
    key: Sequence[wording.HeatKey] = ()


@dataclass(frozen=True)
class PageRow:
    """A place in a table: its figures, the badge of its judgement and where it leads.

    `url` and `note` are "" when there is none.
    """

    key: int
    name: str
    figures: Figures
    rate: Rate
    coverage: Rate
    on_day: Rate
    retention: Rate
    target: float | None
    change: float | None
    dropouts: int
    judgement: Judgement
    state: str
    word: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class RankedRow:
    """A place of a ranking with its interval drawn.

    `url` is "" where it leads nowhere; `is_own` of the place that the page is about.
    """

    name: str
    url: str
    rate: Rate
    coverage: Rate
    state: str
    word: str
    strip: SafeString
    is_own: bool = False


@dataclass(frozen=True)
class Ranking:
    """Places lowest first: those shown at once and the rest; `unranked` are too small for it.

    Shown at once are those that want somebody's attention; `rest_is_good` when all others
    reach the target.
    """

    title: str = ""
    first: Sequence[RankedRow] = ()
    rest: Sequence[RankedRow] = ()
    rest_is_good: bool = False
    unranked: int = 0
    targets_differ: bool = False


@dataclass(frozen=True)
class Tile:
    """A unit of a map that has no outlines."""

    name: str
    url: str
    css: str
    text: str


@dataclass(frozen=True)
class TileGroup:
    """Tiles of one cluster or district; `name` is "" when the units lie in none."""

    name: str
    tiles: Sequence[Tile]


@dataclass(frozen=True)
class AreaMap:
    """The communes of a place where they lie; as tiles when the outline of one is not known.

    Without `chart` and `groups` it is not shown.
    """

    chart: SafeString | None = None
    groups: Sequence[TileGroup] = ()
    sources: Sequence[str] = ()
    key: Sequence[wording.HeatKey] = ()


@dataclass(frozen=True)
class Funnel:
    """Places beyond what chance and the usual differences explain; not shown without a chart."""

    chart: SafeString | None = None
    below: Sequence[PageRow] = ()
    above: Sequence[PageRow] = ()


@dataclass(frozen=True)
class DashboardPage:
    """A dashboard as its page shows it."""

    month: Month
    compared: Month
    level: str
    levels: Sequence[EducationLevel]
    map_day: datetime.date | None
    # A day asked for on which the unit was not there.
    absent_on: datetime.date | None
    maps: Sequence[MapChoice]
    area: Area | None
    school: School | None
    school_class: SchoolClass | None
    finding: str
    total_row: PageRow
    children: Sequence[PageRow]
    districts: Sequence[PageRow]
    has_clusters: bool
    trend_rows: Sequence[tuple[Point, MonthLink]]
    has_previous: bool
    has_unjudged: bool
    has_tet: bool
    trend_chart: SafeString
    ranking: Ranking
    heat: Heat
    map: AreaMap
    funnel: Funnel

    @property
    def total(self) -> Figures:
        return self.total_row.figures

    @property
    def rate(self) -> Rate:
        return self.total_row.rate

    @property
    def coverage(self) -> Rate:
        return self.total_row.coverage

    @property
    def target(self) -> float | None:
        return self.total_row.target


def page_of(
    dashboard: Dashboard,
    *,
    period: Period,
    month_url: Callable[[Month], str],
    link: Callable[[Row], str] | None = None,
    notes: Mapping[int, str] | None = None,
    boundaries: Boundaries | None = None,
    maps: Sequence[MapChoice] = (),
    absent_on: datetime.date | None = None,
) -> DashboardPage:
    """Build the page of a dashboard.

    Args:
        period: the period shown; its month is the dashboard's.
        month_url: function month -> address of the same page in another month.
        link: function row -> address of the row's own page, or None.
        notes: key of a row -> what is said below its name.
        boundaries: outlines of the communes shown; None for a page without a map.
        maps: those on which the place can be shown; absent_on: a day it was not on.
    """
    query = f"?month={dashboard.month}" + (f"&level={dashboard.level}" if dashboard.level else "")
    if period.versus != Versus.MONTH:
        query += f"&versus={period.versus}"
    if dashboard.map_day is not None:
        query += f"&map={dashboard.map_day.isoformat()}"
    children = [
        page_row(
            row, url=_with(link(row), query) if link else "", note=(notes or {}).get(row.key, "")
        )
        for row in dashboard.children
    ]
    districts = [
        page_row(row, url=reverse("reports:area", args=[row.key]) + query)
        for row in dashboard.districts
    ]
    shown = _held(dashboard.trend)
    # Schools that lie in no unit are no place to compare others with.
    places = [row for row in children if row.key != NOWHERE]
    return DashboardPage(
        month=dashboard.month,
        compared=period.compared(),
        level=dashboard.level,
        levels=dashboard.levels,
        map_day=dashboard.map_day,
        absent_on=absent_on,
        maps=maps,
        area=dashboard.area,
        school=dashboard.school,
        school_class=dashboard.school_class,
        finding=wording.finding(dashboard),
        total_row=page_row(dashboard.total_row),
        children=children,
        districts=districts,
        has_clusters=dashboard.tree is not None
        and any(dashboard.tree[row.key].kind == "cum" for row in dashboard.districts),
        trend_rows=[(point, _month_link(dashboard, point.month, month_url)) for point in shown],
        has_previous=dashboard.has_previous,
        has_unjudged=any(wording.STATES[point.judgement] == "unknown" for point in shown),
        has_tet=any(point.month in months_of_tet() for point in shown),
        trend_chart=_trend(dashboard, shown, month_url),
        ranking=Ranking() if dashboard.area is None else _ranking(places, dashboard.area),
        heat=_heat(dashboard, children, month_url),
        map=AreaMap() if boundaries is None else _map(dashboard, places, boundaries),
        funnel=Funnel() if dashboard.area is None else _funnel(places),
    )


def _with(url: str, query: str) -> str:
    return url + query if url else ""


def _held(trend: Sequence[Point]) -> list[Point]:
    """The months of a trend in which anything was due; the summer has no school."""
    return [point for point in trend if point.coverage.denominator]


def page_row(row: Row, *, url: str = "", note: str = "") -> PageRow:
    """A place with the badge of its judgement, as tables and rankings show it."""
    state, word = wording.badge(row)
    return PageRow(
        key=row.key,
        name=row.name,
        figures=row.figures,
        rate=row.rate,
        coverage=row.coverage,
        on_day=row.on_day,
        retention=row.retention,
        target=row.target,
        change=row.change,
        dropouts=row.dropouts,
        judgement=row.judgement,
        state=state,
        word=word,
        url=url,
        note=note,
    )


def _trend(
    dashboard: Dashboard, held: Sequence[Point], month_url: Callable[[Month], str]
) -> SafeString:
    points: list[charts.TrendPoint] = []
    tet: list[int] = []
    for place, point in enumerate(held):
        if place and held[place - 1].month.plus(1) != point.month:
            # One empty place for the whole summer: May and September are not joined.
            points.append(charts.TrendPoint(label=_("summer"), value=None))
        if point.month in months_of_tet():
            tet.append(len(points))
        points.append(
            charts.TrendPoint(
                label=f"T{point.month.number}",
                value=point.rate.value,
                before=point.before.value,
                state=wording.STATES[point.judgement],
                low=point.rate.low,
                high=point.rate.high,
                url="" if point.month == dashboard.month else month_url(point.month),
                link=_("Month %(month)s: %(rate)s")
                % {"month": point.month.label, "rate": percent(point.rate.value)},
            )
        )
    said = [
        f"{point.month.label}: {percent(point.rate.value)}"
        for point in held
        if point.rate.value is not None
    ]
    return charts.trend(
        points,
        title=_("Attendance rate by month"),
        description="; ".join(said) or _("No figures."),
        target=dashboard.target,
        bands=[(tet[0], tet[-1], _("Tết"))] if tet else [],
    )


def _ranking(children: Sequence[PageRow], area: Area) -> Ranking:
    silent = [row for row in children if row.judgement == Judgement.NOTHING_SENT]
    judged = [
        row
        for row in children
        if row.rate.value is not None and row.judgement != Judgement.TOO_SMALL
    ]
    unranked = sum(row.judgement == Judgement.TOO_SMALL for row in children)
    # Who sent nothing is asked first; what cannot be judged comes after what is low for certain.
    judged.sort(
        key=lambda row: (
            row.state == "good",
            row.judgement == Judgement.CANNOT_BE_JUDGED,
            row.rate.known,
        )
    )
    rows = silent + judged
    # One place alone has nothing to stand beside.
    if not rows or len(children) == 1:
        return Ranking(unranked=unranked)
    attention = sum(row.state != "good" for row in rows)
    at_once = min(attention, SHOWN_AT_ONCE) or SHOWN_WHEN_ALL_ARE_GOOD
    targets = {row.target for row in rows}
    strip = charts.Strip.for_rows([row.rate for row in rows], targets)
    ranked = [ranked_row(row, strip) for row in rows]
    return Ranking(
        title=_("Schools, lowest first")
        if area.level == AreaLevel.COMMUNE
        else _("Communes, lowest first"),
        first=ranked[:at_once],
        rest=ranked[at_once:],
        rest_is_good=attention <= at_once,
        unranked=unranked,
        targets_differ=len(targets) > 1,
    )


def ranked_row(
    row: PageRow, strip: charts.Strip, *, median: float | None = None, is_own: bool = False
) -> RankedRow:
    """A place as a ranking shows it; `median` as `charts.Strip.draw` takes it."""
    return RankedRow(
        name=row.name,
        url=row.url,
        rate=row.rate,
        coverage=row.coverage,
        state=row.state,
        word=row.word,
        strip=strip.draw(
            row.rate,
            row.state,
            target=row.target,
            median=median,
            title=row.name,
            description=_described(row),
        ),
        is_own=is_own,
    )


def _funnel(children: Sequence[PageRow]) -> Funnel:
    """The places that a ranking names, each by its size; a rate not judged is not compared."""
    rows = {row.key: row for row in children if row.judgement in COMPARED}
    found = dispersion([(row.key, row.figures) for row in rows.values()])
    if found is None:
        return Funnel()
    below = [rows[place.key] for place in found.below]
    above = [rows[place.key] for place in found.above]
    points = [
        charts.FunnelPoint(
            name=rows[place.key].name,
            pupils=place.pupils,
            value=place.value,
            state=rows[place.key].state,
            url=rows[place.key].url,
        )
        for place in found.places
    ]
    chart = charts.funnel(
        found,
        points,
        title=_("Places by size, between the limits of chance"),
        description=_("Far below: %(below)s. Far above: %(above)s.")
        % {
            "below": ", ".join(row.name for row in below) or _("none"),
            "above": ", ".join(row.name for row in above) or _("none"),
        },
    )
    return Funnel(chart, below, above)


def _described(row: PageRow) -> str:
    if row.judgement == Judgement.NOTHING_SENT:
        return row.word
    return _("%(rate)s, between %(low)s and %(high)s") % {
        "rate": percent(row.rate.value),
        "low": percent(row.rate.low),
        "high": percent(row.rate.high),
    }


def short_name(name: str) -> str:
    """A unit's name without its kind, for the margin of a chart."""
    for kind in ("Xã ", "Phường ", "Thị trấn ", "Cụm ", "Huyện "):
        if name.startswith(kind):
            return name[len(kind) :]
    return name if len(name) <= 22 else name[:21] + "…"


def _heat(
    dashboard: Dashboard, children: Sequence[PageRow], month_url: Callable[[Month], str]
) -> Heat:
    rows = [
        (row, shown) for row, shown in zip(dashboard.children, children, strict=True) if row.history
    ]
    if not rows:
        return Heat()
    held = {month for row, _shown in rows for month, values, _j in row.history if values.due}
    months = [month for month, _values, _j in rows[0][0].history if month in held]
    return Heat(
        _heat_title(dashboard),
        [_month_link(dashboard, month, month_url) for month in months],
        [
            HeatRow(
                short_name(shown.name),
                shown.url,
                [
                    _cell(values, judgement, row.target)
                    for month, values, judgement in row.history
                    if month in held
                ],
            )
            for row, shown in rows
        ],
        wording.heat_key(dashboard.target),
    )


def _map(dashboard: Dashboard, children: Sequence[PageRow], boundaries: Boundaries) -> AreaMap:
    """The communes of a place, if there are several; tiles unless every outline is known."""
    if len(children) < 2:
        return AreaMap()
    key = wording.heat_key(dashboard.target)
    tiles = {row.key: _tile(row) for row in children}
    if tiles.keys() <= boundaries.rings.keys():
        regions = [
            charts.Region(boundaries.rings[row.key], row.name, tile.text or "—", tile.css, tile.url)
            for row, tile in zip(children, tiles.values(), strict=True)
        ]
        chart = charts.area_map(
            regions,
            title=_("Communes on the map"),
            description=_("Attendance rate of each commune, %; the tables below say the same."),
        )
        return AreaMap(chart=chart, sources=boundaries.sources, key=key)
    groups: dict[str, list[Tile]] = {}
    for pk, tile in tiles.items():
        groups.setdefault(_group(dashboard, pk), []).append(tile)
    found = [TileGroup(name, groups[name]) for name in groups]
    return AreaMap(groups=found, key=key)


def _group(dashboard: Dashboard, commune_id: int) -> str:
    """The cluster or district of a commune, on the page of what holds several."""
    between = {row.key: row.name for row in dashboard.districts}
    above = dashboard.tree.parent(commune_id) if dashboard.tree else None
    return "" if above is None else between.get(above.pk, "")


def _tile(row: PageRow) -> Tile:
    unjudged = row.judgement in (Judgement.CANNOT_BE_JUDGED, Judgement.NOTHING_SENT)
    if row.rate.value is None or unjudged:
        return Tile(short_name(row.name), row.url, "h-none", "")
    css = wording.heat_class(row.rate.value, row.target)
    return Tile(short_name(row.name), row.url, css, hundredths(row.rate.value, 0))


def _month_link(dashboard: Dashboard, month: Month, month_url: Callable[[Month], str]) -> MonthLink:
    return MonthLink(month, "" if month == dashboard.month else month_url(month))


def _heat_title(dashboard: Dashboard) -> str:
    if dashboard.school is not None:
        return _("Classes × months")
    if dashboard.area is not None and dashboard.area.level == AreaLevel.COMMUNE:
        return _("Schools × months")
    return _("Communes × months")


def _cell(values: Figures, judgement: Judgement, target: float | None) -> HeatCell:
    if not values or not values.expected or judgement == Judgement.CANNOT_BE_JUDGED:
        return HeatCell("h-none", "")
    share = values.present / values.expected
    return HeatCell(wording.heat_class(share, target), hundredths(share, 0))
