"""Lines over time: the months of a rate, and a small line without axes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formatting import format_target, percent

from .drawing import PHONE, Scale, decimal, frame, tag, word, wrapped

LETTER = 9  # units one letter of a label takes


@dataclass(frozen=True)
class TrendPoint:
    """One month: label on the axis, the rate, the rate one year before, the 95 % interval.

    Shares are 0..1 or None; `state` is low, watch, good, or unknown when it cannot be judged.
    `url`: where a press on the month leads, named by `link`; "" for nowhere.
    """

    label: str
    value: float | None
    before: float | None = None
    state: str = "good"
    low: float | None = None
    high: float | None = None
    url: str = ""
    link: str = ""


def trend(
    points: Sequence[TrendPoint],
    *,
    title: str,
    description: str | None = None,
    target: float | None = None,
    bands: Iterable[tuple[int, int, str]] = (),
    width: int = 620,
    height: int | None = None,
) -> SafeString:
    """Line of the months, the year before in grey, the target dotted.

    A missing month is a gap, never a zero. A month that cannot be judged is a hollow point on
    a dashed interval. The scale is chosen from the values, and the axis carries its numbers.

    Args:
        points: list of `TrendPoint`.
        target: share 0..1 or None.
        bands: (first index, last index, word) of shaded periods such as Tết.
        width: units; 620 for pages of every width, 328 for a phone alone.

    Returns a safe `<svg>`; `title` and `description` (by default `describe_trend`) are its
    text alternative.
    """
    height = height or (270 if width >= PHONE else 210)
    plot = _Plot(points, target, width, height)
    parts = [plot.band(*band) for band in bands]
    parts += [*plot.grid(), *plot.labels()]
    if target is not None:
        parts.append(plot.level(target, "target-line"))
    parts.append(_path([point.before for point in points], plot.x, plot.y, "line-before"))
    parts.append(_path([point.value for point in points], plot.x, plot.y, "line-now"))
    parts += plot.marks()
    links = list(plot.links())
    if description is None:
        description = describe_trend(points, target=target)
    css = "chart chart--wide" if width >= PHONE else "chart"
    return frame(
        [*parts, *links],
        width,
        height,
        title=title,
        description=description,
        css=css,
        role="group" if links else "img",
    )


def describe_trend(points: Sequence[TrendPoint], *, target: float | None = None) -> str:
    """What a trend shows, in sentences: from where to where, lowest, highest, the target."""
    known = [(point, point.value) for point in points if point.value is not None]
    if not known:
        return _("No figures.")
    (first, start), (last, end) = known[0], known[-1]
    lowest, low = min(known, key=lambda each: each[1])
    highest, high = max(known, key=lambda each: each[1])
    said = [
        _("From %(first)s in %(start)s to %(last)s in %(end)s.")
        % {
            "first": percent(start),
            "start": first.label,
            "last": percent(end),
            "end": last.label,
        },
        _("Lowest %(low)s in %(month)s, highest %(high)s in %(other)s.")
        % {
            "low": percent(low),
            "month": lowest.label,
            "high": percent(high),
            "other": highest.label,
        },
    ]
    if last.before is not None:
        said.append(_("One year before: %(rate)s.") % {"rate": percent(last.before)})
    if target is not None:
        said.append(_("Target: %(target)s.") % {"target": format_target(target)})
    unjudged = sum(point.state == "unknown" for point, _value in known)
    if unjudged:
        said.append(
            ngettext(
                "%(count)d month cannot be judged.", "%(count)d months cannot be judged.", unjudged
            )
            % {"count": unjudged}
        )
    return " ".join(said)


class _Plot:
    """Scales of a trend and the pieces drawn on them."""

    def __init__(
        self, points: Sequence[TrendPoint], target: float | None, width: int, height: int
    ) -> None:
        self.points, self.width, self.height = points, width, height
        wide = width >= PHONE
        # Room for "100" on the left and "91,8" on the right as large as a phone shows them.
        sides = (54, 76, 16, 50) if wide else (32, 44, 12, 30)
        self.left, self.right, self.top, self.bottom = sides
        shown = [value for point in points for value in (point.value, point.before)]
        shown += [end for point in points for end in _whisker(point) or ()]
        self.y = Scale.holding([*shown, target], height - self.bottom, self.top)
        self.step = (width - self.left - self.right) / max(len(points) - 1, 1)

    def x(self, index: int) -> float:
        return self.left + index * self.step

    def level(self, value: float, css: str) -> str:
        at = self.y(value)
        return tag("line", class_=css, x1=self.left, x2=self.width - self.right, y1=at, y2=at)

    def band(self, first: int, last: int, text: str) -> str:
        left = max(self.x(first) - self.step / 2, self.left)
        right = min(self.x(last) + self.step / 2, self.width - self.right)
        shade = tag(
            "rect",
            class_="band",
            x=left,
            y=self.top,
            width=right - left,
            height=self.height - self.top - self.bottom,
        )
        return shade + word(text, (left + right) / 2, self.top + 10, anchor="middle")

    def grid(self) -> Iterator[str]:
        for mark in self.y.ticks:
            yield self.level(mark, "grid")
            yield word(decimal(mark, 0), self.left - 8, self.y(mark), anchor="end")

    def labels(self) -> Iterator[str]:
        """The months: as many as have room, always the last; every second may go on a phone."""
        last = len(self.points) - 1
        widest = max((len(point.label) for point in self.points), default=0) * LETTER + 6
        every = max(1, -(-widest // max(int(self.step), 1)))
        for place, index in enumerate(range(last, -1, -every)):
            css = "axis axis--minor" if place % 2 and self.width >= PHONE else "axis"
            text = self.points[index].label
            yield word(text, self.x(index), self.height - self.bottom * 0.4, css, "middle")

    def links(self) -> Iterator[str]:
        """Over the whole height of a month that leads somewhere: a place for a finger."""
        for index, point in enumerate(self.points):
            if not point.url:
                continue
            left = max(self.x(index) - self.step / 2, 0)
            right = min(self.x(index) + self.step / 2, self.width)
            place = tag("rect", class_="hit", x=left, y=0, width=right - left, height=self.height)
            yield wrapped("a", place, href=point.url, aria_label=point.link or point.label)

    def marks(self) -> Iterator[str]:
        """A point where a month cannot be judged and at the end, where the value stands too."""
        last = len(self.points) - 1
        for index, point in enumerate(self.points):
            if point.value is None or (index != last and point.state != "unknown"):
                continue
            x, y = self.x(index), self.y(point.value)
            if whisker := _whisker(point):
                low, high = map(self.y, whisker)
                yield tag("line", class_=f"interval-{point.state}", x1=x, x2=x, y1=low, y2=high)
            yield tag("circle", class_=f"point-{point.state}", cx=x, cy=y, r=5)
            if index == last:
                yield word(decimal(point.value), x + 10, y, f"label-now is-{point.state}")


def _whisker(point: TrendPoint) -> tuple[float, float] | None:
    """The ends of the interval, drawn only where a month cannot be judged."""
    if point.state != "unknown" or point.value is None or point.low is None or point.high is None:
        return None
    return point.low, point.high


def _path(
    values: Sequence[float | None], x: Callable[[int], float], y: Callable[[float], float], css: str
) -> str:
    """Lines through consecutive values: a gap where one is missing, a dot where one is alone."""
    commands, drawing = [], False
    for index, value in enumerate(values):
        if value is not None:
            commands.append(f"{'L' if drawing else 'M'}{x(index):.1f} {y(value):.1f}")
            alone = not drawing and (index + 1 == len(values) or values[index + 1] is None)
            commands += ["h.01"] if alone else []
        drawing = value is not None
    return tag("path", class_=css, d="".join(commands)) if commands else ""
