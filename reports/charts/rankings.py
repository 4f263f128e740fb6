"""Places beside each other: rates with their intervals on one scale, and plain bars."""

from dataclasses import dataclass

from .drawing import PHONE, Scale, decimal, frame, tag, word


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


@dataclass(frozen=True)
class RankRow:
    """One line of a ranking: name, rate with its interval (0..1 or None), words, state.

    `text` is the value as it is read, `note` what travels with it, such as its coverage.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    text: str
    note: str
    state: str


def ranking(rows, *, title, description=None, target=None, width=620):
    """A whole ranking as one picture, for papers: on pages a table of `Strip`s has links.

    Args:
        rows: list of `RankRow` in the order shown; a row without a value has no point.
        width: 620, or 328 for a phone, where the name stands above its line.

    Returns a safe `<svg>`; by default its description says every name and value.
    """
    wide = width >= PHONE
    line, top = (32, 28) if wide else (54, 28)
    left, right = (170, width - 170) if wide else (8, width - 8)
    height = top + line * len(rows) + 8
    x = _scale(rows, target, left, right)
    parts = []
    if target is not None:
        parts.append(word(decimal(target, 0), x(target), top - 16, anchor="middle"))
    for index, row in enumerate(rows):
        start = top + line * index
        words, plot = (start + line / 2,) * 2 if wide else (start + 14, start + 36)
        name = (left - 12, words, "label", "end") if wide else (left, words, "label")
        value = (right + 12, words, "label") if wide else (right - 90, words, "label", "end")
        parts += [word(row.name, *name), word(row.text, *value)]
        parts.append(word(row.note, width - (2 if wide else 8), words, "axis", "end"))
        if target is not None:
            # On a phone the line leaves out the words above each interval.
            up, down = (plot - line / 2, plot + line / 2) if wide else (plot - 10, plot + 10)
            at = x(target)
            parts.append(tag("line", class_="target-line", x1=at, x2=at, y1=up, y2=down))
        parts += _interval(row, row.state, x, plot)
    if description is None:
        description = "; ".join(f"{row.name}: {row.text} ({row.note})" for row in rows)
    return frame(parts, width, height, title=title, description=description)


@dataclass(frozen=True)
class Bar:
    """One bar: label, a number from 0 upwards or None, the number as it is read, its colour."""

    label: str
    value: float | None
    text: str
    part: int = 1


def bars(rows, *, title, description=None, width=620):
    """Lying bars from zero, each with its label and its number.

    Args:
        rows: list of `Bar`; `part` 1..4 chooses the class `bar-part-…`.

    Returns a safe `<svg>`; by default its description says every label and number.
    """
    wide = width >= PHONE
    line, room = (30, 90) if wide else (48, 70)
    left = 170 if wide else 0
    longest = max((row.value or 0 for row in rows), default=0) or 1
    parts = []
    for index, row in enumerate(rows):
        start = line * index
        words, bar = (start + 15, start + 5) if wide else (start + 12, start + 24)
        length = (row.value or 0) / longest * (width - left - room)
        if wide:
            parts.append(word(row.label, left - 12, words, "label", "end"))
        else:
            parts.append(word(row.label, 0, words, "label"))
        if row.value:
            css = f"bar-part-{row.part}"
            parts.append(tag("rect", class_=css, x=left, y=bar, width=float(length), height=20))
        parts.append(word(row.text, left + length + 8, bar + 10, "label"))
    if description is None:
        description = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return frame(parts, width, line * len(rows), title=title, description=description)


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
