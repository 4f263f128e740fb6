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


def decimal(value, digits=1):
    """A share as a percentage number in the reader's language, without the sign."""
    text = f"{value * 100:.{digits}f}"
    return text.replace(".", ",") if (get_language() or "vi").startswith("vi") else text


def trend(points, *, title, description, target=None, width=620, height=230):
    """Line of the months, the year before in grey, the target dashed.

    Args:
        points: list of `TrendPoint`.
        target: share 0..1 or None.
    Returns a safe `<svg>`; `title` and `description` are its text alternative.
    """
    plot = _Plot.for_points(points, target, width, height)
    parts = [*plot.grid(), *plot.months()]
    if target is not None:
        parts.append(plot.level(target, "target-line"))
    parts.append(plot.path([point.before for point in points], "line-before"))
    parts.append(plot.path([point.value for point in points], "line-now"))
    parts.extend(plot.marks())
    return _svg(parts, width, height, title, description, "chart chart--wide")


@dataclass(frozen=True)
class _Plot:
    """Scales of a trend and the pieces drawn on them."""

    points: list
    low: float
    high: float
    width: int
    height: int
    left: int = 40
    right: int = 58
    top: int = 18
    bottom: int = 34

    @classmethod
    def for_points(cls, points, target, width, height):
        values = [v for p in points for v in (p.value, p.before) if v is not None]
        return cls(
            points, *_scale([*values, target] if target is not None else values), width, height
        )

    def x(self, index):
        steps = max(len(self.points) - 1, 1)
        return self.left + index * (self.width - self.left - self.right) / steps

    def y(self, value):
        share = (self.high - value) / (self.high - self.low)
        return self.top + share * (self.height - self.top - self.bottom)

    def level(self, value, css):
        at = f"{self.y(value):.1f}"
        return (
            f'<line class="{css}" x1="{self.left}" x2="{self.width - self.right}" '
            f'y1="{at}" y2="{at}"/>'
        )

    def grid(self):
        for mark in _ticks(self.low, self.high):
            yield self.level(mark, "grid")
            yield (
                f'<text class="axis" x="{self.left - 8}" y="{self.y(mark) + 4:.1f}" '
                f'text-anchor="end">{decimal(mark, 0)}</text>'
            )

    def months(self):
        last = len(self.points) - 1
        for index, point in enumerate(self.points):
            # Every other label may go on a narrow screen, never the last one.
            minor = "" if index % 2 == last % 2 else " axis--minor"
            yield (
                f'<text class="axis{minor}" x="{self.x(index):.1f}" y="{self.height - 10}" '
                f'text-anchor="middle">{escape(point.label)}</text>'
            )

    def path(self, values, css):
        """Lines through consecutive values; a gap where one is missing."""
        commands, drawing = [], False
        for index, value in enumerate(values):
            if value is not None:
                letter = "L" if drawing else "M"
                commands.append(f"{letter}{self.x(index):.1f} {self.y(value):.1f}")
            drawing = value is not None
        return f'<path class="{css}" d="{" ".join(commands)}"/>' if commands else ""

    def marks(self):
        """A point where a month cannot be judged and at the end, where the value stands too."""
        last = len(self.points) - 1
        for index, point in enumerate(self.points):
            if point.value is None or (index != last and point.state != "unknown"):
                continue
            x, y = self.x(index), self.y(point.value)
            yield f'<circle class="point-{point.state}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
            if index == last:
                yield (
                    f'<text class="label-now is-{point.state}" x="{x + 10:.1f}" '
                    f'y="{y + 5:.1f}">{decimal(point.value)}</text>'
                )


@dataclass(frozen=True)
class Strip:
    """The drawing of one line of a ranking, on a scale all its lines share."""

    low: float
    high: float
    target: float | None
    width: int = 240
    height: int = 30

    @classmethod
    def for_rows(cls, rows, target):
        """A scale that holds every interval of `rows` (things with value, low, high)."""
        ends = [v for row in rows for v in (row.low, row.high, row.value) if v is not None]
        return cls(*_scale([*ends, target] if target is not None else ends), target)

    def x(self, value):
        """Position of a share, a little inside both edges."""
        return 8 + (value - self.low) / (self.high - self.low) * (self.width - 16)

    def draw(self, rate, state, *, title, description):
        """The point with its 95 % interval and the target line; hollow when not judged."""
        middle = self.height / 2
        parts = []
        if self.target is not None:
            at = f"{self.x(self.target):.1f}"
            parts.append(
                f'<line class="target-line" x1="{at}" x2="{at}" y1="0" y2="{self.height}"/>'
            )
        if rate.low is not None and rate.high is not None:
            parts.append(
                f'<line class="interval-{state}" x1="{self.x(rate.low):.1f}" '
                f'x2="{self.x(rate.high):.1f}" y1="{middle}" y2="{middle}"/>'
            )
        parts.append(
            f'<circle class="point-{state}" cx="{self.x(rate.value):.1f}" cy="{middle}" r="6"/>'
        )
        return _svg(parts, self.width, self.height, title, description, "chart")


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
