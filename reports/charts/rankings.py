"""Places beside each other: rates with their intervals on one scale."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from django.utils.safestring import SafeString

from ..rates import Rate
from .drawing import Scale, frame, tag


@dataclass(frozen=True)
class Strip:
    """The drawing of one line of a ranking, on a scale all its lines share."""

    x: Scale
    width: int = 240
    height: int = 30

    @classmethod
    def for_rows(cls, rates: Sequence[Rate], targets: Iterable[float | None]) -> Self:
        """A scale that holds every interval of `rates` and every target that is set."""
        values = [value for rate in rates for value in (rate.low, rate.high, rate.value)]
        return cls(Scale.holding([*values, *targets], 8, cls.width - 8))

    def draw(
        self,
        rate: Rate,
        state: str,
        *,
        target: float | None,
        title: str,
        description: str,
        median: float | None = None,
    ) -> SafeString:
        """The point with its 95 % interval and the place's own target; hollow when not judged.

        `median` of the places of the ranking, a share, is a line of its own.
        """
        parts = []
        if median is not None:
            at = self.x(median)
            parts.append(tag("line", class_="line-before", x1=at, x2=at, y1=0, y2=self.height))
        if target is not None:
            at = self.x(target)
            parts.append(tag("line", class_="target-line", x1=at, x2=at, y1=0, y2=self.height))
        parts += _interval(rate, state, self.x, self.height / 2)
        return frame(parts, self.width, self.height, title=title, description=description)


def _interval(rate: Rate, state: str, x: Scale, y: float) -> Iterator[str]:
    """The 95 % interval as a line and the rate as a point on it; nothing without a value."""
    if rate.value is None:
        return
    if rate.low is not None and rate.high is not None:
        low, high = x(rate.low), x(rate.high)
        yield tag("line", class_=f"interval-{state}", x1=low, x2=high, y1=float(y), y2=float(y))
    yield tag("circle", class_=f"point-{state}", cx=x(rate.value), cy=float(y), r=6)
