"""Dress a dashboard for the page: sentence, charts, heat map, addresses. No queries here."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _

from core.formatting import percent

from . import charts, wording
from .rates import Judgement

SHOWN_AT_ONCE = 12


@dataclass
class Heat:
    """The heat map of a page."""

    title: str
    months: list
    rows: list
    key: list


@dataclass
class HeatRow:
    name: str
    url: str
    cells: list


@dataclass
class Page:
    """A dashboard with its words and pictures; unknown names are looked up on the dashboard."""

    dashboard: object
    finding: str
    trend_chart: str
    ranking: list = field(default_factory=list)
    ranking_rest: list = field(default_factory=list)
    ranking_title: str = ""
    unranked: int = 0
    targets_differ: bool = False
    has_clusters: bool = False
    heat: Heat = field(default_factory=lambda: Heat("", [], [], []))
    pupils: list | None = None

    def __getattr__(self, name):
        return getattr(self.dashboard, name)


def dress(dashboard, *, link=None):
    """Build the `Page` of a dashboard.

    Args:
        link: function row -> address of the row's own page, or None.
    """
    query = f"?month={dashboard.month}" + (f"&level={dashboard.level}" if dashboard.level else "")
    for row in [*dashboard.children, *dashboard.districts, dashboard.total_row]:
        row.state, row.word = wording.badge(row)
    for row in dashboard.children:
        row.url = link(row) + query if link else ""
    for row in dashboard.districts:
        row.url = reverse("reports:area", args=[row.key]) + query
    page = Page(
        dashboard=dashboard, finding=wording.finding(dashboard), trend_chart=_trend(dashboard)
    )
    if dashboard.area is not None:
        _add_ranking(page)
        page.has_clusters = any(
            dashboard.tree.get(row.key).kind == "cum" for row in dashboard.districts
        )
    page.heat = _heat(dashboard)
    return page


def _trend(dashboard):
    # The summer has no school: its months would only be a hole in the line.
    held = [point for point in dashboard.trend if point.coverage.denominator]
    points = [
        charts.TrendPoint(
            label=f"T{point.month.number}",
            value=point.rate.value,
            before=point.before.value,
            state=wording.STATES[point.judgement],
            low=point.rate.low,
            high=point.rate.high,
        )
        for point in held
    ]
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
    )


def _add_ranking(page):
    silent = [row for row in page.children if row.judgement == Judgement.NOTHING_SENT]
    judged = [
        row
        for row in page.children
        if row.rate.value is not None and row.judgement != Judgement.TOO_SMALL
    ]
    page.unranked = sum(row.judgement == Judgement.TOO_SMALL for row in page.children)
    # Who sent nothing is asked first; places that cannot be judged stand at the end.
    ranked = silent + sorted(
        judged, key=lambda row: (row.judgement == Judgement.CANNOT_BE_JUDGED, row.rate.value)
    )
    if not ranked:
        return
    page.ranking_title = (
        _("Schools, lowest first") if page.area.level == 3 else _("Communes, lowest first")
    )
    targets = {row.target for row in ranked}
    page.targets_differ = len(targets) > 1
    strip = charts.Strip.for_rows([row.rate for row in ranked], targets)
    for row in ranked:
        row.strip = strip.draw(
            row.rate,
            row.state,
            target=row.target,
            title=row.name,
            description=_described(row),
        )
    page.ranking, page.ranking_rest = ranked[:SHOWN_AT_ONCE], ranked[SHOWN_AT_ONCE:]


def _described(row):
    if row.judgement == Judgement.NOTHING_SENT:
        return row.word
    return _("%(rate)s, between %(low)s and %(high)s") % {
        "rate": percent(row.rate.value),
        "low": percent(row.rate.low),
        "high": percent(row.rate.high),
    }


def short_name(name):
    """A unit's name without its kind, for the margin of a chart."""
    for kind in ("Xã ", "Phường ", "Thị trấn ", "Cụm ", "Huyện "):
        if name.startswith(kind):
            return name[len(kind) :]
    return name if len(name) <= 22 else name[:21] + "…"


def _heat(dashboard):
    rows = [row for row in dashboard.children if row.history]
    if not rows:
        return Heat("", [], [], [])
    held = {month for row in rows for month, values, _judgement in row.history if values.due}
    months = [month for month, _values, _judgement in rows[0].history if month in held]
    title = {
        "classes": _("Classes × months"),
        "schools": _("Schools × months"),
        "communes": _("Communes × months"),
    }[_kind(dashboard)]
    return Heat(
        title,
        months,
        [
            HeatRow(
                short_name(row.name),
                row.url,
                [
                    _cell(values, judgement, row.target)
                    for month, values, judgement in row.history
                    if month in held
                ],
            )
            for row in rows
        ],
        wording.heat_key(dashboard.target),
    )


def _kind(dashboard):
    if dashboard.school is not None:
        return "classes"
    return "schools" if dashboard.area.level == 3 else "communes"


def _cell(values, judgement, target):
    if not values or not values.expected or judgement == Judgement.CANNOT_BE_JUDGED:
        return {"css": "h-none", "text": ""}
    share = values.present / values.expected
    return {"css": wording.heat_class(share, target), "text": percent(share, 0)[:-1]}
