"""A funnel plot: places by size and rate, between the limits of what chance explains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.formatting import number

from ..dispersion import ALARM, WARNING, Dispersion
from .drawing import Scale, decimal, frame, tag, word, wrapped

WIDTH, HEIGHT = 620, 300
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 14, 44
# Of a limit's line; it bends most at the left.
STEPS = 60


@dataclass(frozen=True)
class FunnelPoint:
    """A place: name, pupils, rate 0..1, state of its judgement, address of its page."""

    name: str
    pupils: int
    value: float
    state: str
    url: str


def funnel(
    found: Dispersion, points: Sequence[FunnelPoint], *, title: str, description: str
) -> SafeString:
    """The `<svg>`; a press on a place leads to its page."""
    most = max(point.pupils for point in points)
    first = max(1.0, min(point.pupils for point in points) * 0.8)
    y = Scale.holding(
        [*(point.value for point in points), found.limits(first, WARNING)[0]],
        HEIGHT - BOTTOM,
        TOP,
    )

    def x(pupils: float) -> float:
        return LEFT + pupils / (most * 1.05) * (WIDTH - LEFT - RIGHT)

    parts = [*_grid(y), *_sizes(most, x)]
    sizes = [first + (most * 1.05 - first) * (step / STEPS) ** 2 for step in range(STEPS + 1)]
    for z, css in ((ALARM, "interval-unknown"), (WARNING, "target-line")):
        for side in (0, 1):
            ends = ((x(size), y(max(found.limits(size, z)[side], y.low))) for size in sizes)
            path = " L".join(f"{across:.1f} {up:.1f}" for across, up in ends)
            parts.append(tag("path", class_=css, d=f"M{path}"))
    centre = y(found.centre)
    parts.append(tag("line", class_="line-before", x1=LEFT, x2=WIDTH - RIGHT, y1=centre, y2=centre))
    for point in points:
        dot = tag(
            "circle", class_=f"point-{point.state}", cx=x(point.pupils), cy=y(point.value), r=5
        )
        said = _("%(name)s: %(rate)s %%, %(pupils)s pupils") % {
            "name": point.name,
            "rate": decimal(point.value),
            "pupils": number(point.pupils),
        }
        parts.append(wrapped("a", tag("title", said) + dot, href=point.url, aria_label=said))
    return frame(
        parts,
        WIDTH,
        HEIGHT,
        title=title,
        description=description,
        css="chart chart--wide",
        role="group",
    )


def _grid(y: Scale) -> Iterator[str]:
    for share in y.ticks:
        at = y(share)
        yield tag("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at)
        yield word(decimal(share, 0), LEFT - 6, at, anchor="end")


def _sizes(most: int, x: Callable[[float], float]) -> Iterator[str]:
    """Numbers of pupils below the axis: three or four round ones."""
    step = next(
        size * 10**power
        for power in range(7)
        for size in (1, 2, 5)
        if most / (size * 10**power) <= 4.5
    )
    for pupils in range(step, most + 1, step):
        yield word(number(pupils), x(pupils), HEIGHT - BOTTOM + 16, anchor="middle")
    yield word(
        _("pupils of the place"), WIDTH - RIGHT, HEIGHT - 8, css="axis axis--minor", anchor="end"
    )
