"""Charts as SVG, made on the server: text values, title and description, classes for style.

No style attribute and no script, so that the strict policy holds and the page prints. A
missing month is a gap, never a zero. The scale of a trend is chosen from its values, and
the axis always carries its numbers.
"""

from dataclasses import dataclass
from itertools import count

from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

_numbers = count(1)


@dataclass(frozen=True)
class TrendPoint:
    """One position of a trend: label on the axis, value now and one year before (0..1 or None)."""

    label: str
    value: float | None
    before: float | None = None
    state: str = "good"


@dataclass(frozen=True)
class RankRow:
    """One line of a ranking: name, rate with its interval, words at the end, state."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    text: str
    note: str
    state: str


def decimal(value, digits=1):
    """A share as a percentage number in the reader's language, without the sign."""
    text = f"{value * 100:.{digits}f}"
    return text.replace(".", ",") if (get_language() or "vi").startswith("vi") else text


def trend(points, *, title, description, target=None, band=None, width=620, height=230):
    """Line of twelve months, the year before in grey, the target dashed.

    Args:
        points: list of `TrendPoint`.
        target: share 0..1 or None.
        band: (first index, last index, word) of a shaded period, or None.
    Returns a safe `<svg>`; `title` and `description` are its text alternative.
    """
    left, right, top, bottom = 40, 58, 18, 34
    values = [v for p in points for v in (p.value, p.before) if v is not None]
    if target is not None:
        values.append(target)
    low, high = _scale(values)
    step = (width - left - right) / max(len(points) - 1, 1)

    def x(index):
        return left + index * step

    def y(value):
        return top + (high - value) / (high - low) * (height - top - bottom)

    parts = []
    if band is not None:
        first, last, word = band
        parts.append(
            f'<rect class="band" x="{x(first) - step / 2:.1f}" y="{top}" '
            f'width="{(last - first + 1) * step:.1f}" height="{height - top - bottom}"/>'
            f'<text class="axis" x="{(x(first) + x(last)) / 2:.1f}" y="{top - 5}" '
            f'text-anchor="middle">{escape(word)}</text>'
        )
    for mark in _ticks(low, high):
        parts.append(
            f'<line class="grid" x1="{left}" x2="{width - right}" y1="{y(mark):.1f}" '
            f'y2="{y(mark):.1f}"/><text class="axis" x="{left - 8}" y="{y(mark) + 4:.1f}" '
            f'text-anchor="end">{decimal(mark, 0)}</text>'
        )
    for index, point in enumerate(points):
        minor = "" if index % 2 == (len(points) - 1) % 2 else " axis--minor"
        parts.append(
            f'<text class="axis{minor}" x="{x(index):.1f}" y="{height - 10}" '
            f'text-anchor="middle">{escape(point.label)}</text>'
        )
    if target is not None:
        parts.append(
            f'<line class="target-line" x1="{left}" x2="{width - right}" y1="{y(target):.1f}" '
            f'y2="{y(target):.1f}"/>'
        )
    parts.append(_path([p.before for p in points], x, y, "line-before"))
    parts.append(_path([p.value for p in points], x, y, "line-now"))
    for index, point in enumerate(points):
        if point.value is not None and (point.state == "unknown" or index == len(points) - 1):
            parts.append(
                f'<circle class="point-{point.state}" cx="{x(index):.1f}" '
                f'cy="{y(point.value):.1f}" r="5"/>'
            )
    if points and points[-1].value is not None:
        last = points[-1]
        parts.append(
            f'<text class="label-now is-{last.state}" x="{x(len(points) - 1) + 10:.1f}" '
            f'y="{y(last.value) + 5:.1f}">{decimal(last.value)}</text>'
        )
    return _svg(parts, width, height, title, description, "chart chart--wide")


def ranking(rows, *, title, description, target=None, width=620):
    """Places with their 95 % intervals, worst first as given; a hollow point is not judged."""
    line, top, left, right = 30, 26, 150, 140
    height = top + line * len(rows) + 14
    ends = [v for row in rows for v in (row.low, row.high, row.value) if v is not None]
    if target is not None:
        ends.append(target)
    low, high = _scale(ends)

    def x(value):
        return left + (value - low) / (high - low) * (width - left - right)

    parts = []
    if target is not None:
        parts.append(
            f'<line class="target-line" x1="{x(target):.1f}" x2="{x(target):.1f}" y1="{top - 6}" '
            f'y2="{height - 12}"/><text class="axis" x="{x(target):.1f}" y="{top - 11}" '
            f'text-anchor="middle">{decimal(target, 0)}</text>'
        )
    for index, row in enumerate(rows):
        middle = top + line * index + line / 2
        parts.append(
            f'<text class="label" x="{left - 12}" y="{middle + 5:.1f}" text-anchor="end">'
            f"{escape(row.name)}</text>"
        )
        if row.value is not None:
            if row.low is not None and row.high is not None:
                parts.append(
                    f'<line class="interval-{row.state}" x1="{x(row.low):.1f}" '
                    f'x2="{x(row.high):.1f}" y1="{middle:.1f}" y2="{middle:.1f}"/>'
                )
            parts.append(
                f'<circle class="point-{row.state}" cx="{x(row.value):.1f}" '
                f'cy="{middle:.1f}" r="6"/>'
            )
        parts.append(
            f'<text class="label" x="{width - right + 14}" y="{middle + 5:.1f}">'
            f"{escape(row.text)}</text>"
            f'<text class="axis axis--minor" x="{width - 4}" y="{middle + 5:.1f}" '
            f'text-anchor="end">{escape(row.note)}</text>'
        )
    return _svg(parts, width, height, title, description, "chart chart--wide")


def _scale(values):
    """Lower and upper end, on whole fives, never narrower than ten points."""
    if not values:
        return 0.8, 1.0
    low = int(min(values) * 100 // 5 * 5)
    high = min(100, int(-(-max(values) * 100 // 5) * 5))
    if high - low < 10:
        low = max(0, high - 10)
    return low / 100, high / 100


def _ticks(low, high):
    first, last = round(low * 100), round(high * 100)
    step = 5 if last - first <= 30 else 10 if last - first <= 60 else 20
    return [mark / 100 for mark in range(first, last + 1, step)]


def _path(values, x, y, css):
    """Lines through consecutive values; a gap where one is missing."""
    commands, drawing = [], False
    for index, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        commands.append(f"{'L' if drawing else 'M'}{x(index):.1f} {y(value):.1f}")
        drawing = True
    return f'<path class="{css}" d="{" ".join(commands)}"/>' if commands else ""


def _svg(parts, width, height, title, description, css):
    number = next(_numbers)
    # Every text among the parts has been escaped above; the rest are numbers of ours.
    inner = mark_safe("".join(parts))
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-labelledby="chart-{}-t chart-{}-d">'
        '<title id="chart-{}-t">{}</title><desc id="chart-{}-d">{}</desc>{}</svg>',
        css,
        width,
        height,
        number,
        number,
        number,
        title,
        number,
        description,
        inner,
    )
