"""Places beside each other: rates with their intervals on one scale."""

from dataclasses import dataclass

from .drawing import Scale, frame, tag


@dataclass(frozen=True)
class Strip:
    """The drawing of one line of a ranking, on a scale all its lines share."""

    x: Scale
    target: float | None
    width: int = 240
    height: int = 30

    @classmethod
    def for_rows(cls, rows, target):
        """A scale that holds every interval of `rows` (things with value, low, high)."""
        return cls(_scale(rows, target, 8, cls.width - 8), target)

    def draw(self, rate, state, *, title, description):
        """The point with its 95 % interval and the target line; hollow when not judged."""
        parts = []
        if self.target is not None:
            at = self.x(self.target)
            parts.append(tag("line", class_="target-line", x1=at, x2=at, y1=0, y2=self.height))
        parts += _interval(rate, state, self.x, self.height / 2)
        return frame(parts, self.width, self.height, title=title, description=description)


def _scale(rows, target, start, end):
    values = [value for row in rows for value in (row.low, row.high, row.value)]
    return Scale.holding([*values, target], start, end)


def _interval(rate, state, x, y):
    """The 95 % interval as a line and the rate as a point on it; nothing without a value."""
    if rate.value is None:
        return
    if rate.low is not None and rate.high is not None:
        low, high = x(rate.low), x(rate.high)
        yield tag("line", class_=f"interval-{state}", x1=low, x2=high, y1=float(y), y2=float(y))
    yield tag("circle", class_=f"point-{state}", cx=x(rate.value), cy=float(y), r=6)
