"""Pieces of an SVG: escaped tags, scales, numbers as they are read here, the frame with its text.

No style attribute and no script, so that the strict policy holds and the page prints: the
stylesheet gives colour, and enlarges the text of a `chart--wide` on a narrow screen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2s
from math import floor
from typing import Self

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.formatting import number

FLOOR = 0.8  # where the axis of a rate begins unless something lies lower
PHONE = 480  # narrower charts are drawn for a phone


def tag(name: str, text: object | None = None, **attributes: object) -> str:
    """An element; every attribute and the text are escaped. `class_` gives class, x1 x1."""
    inside = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_shown(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{inside}/>" if text is None else f"<{name}{inside}>{escape(text)}</{name}>"


def wrapped(name: str, inside: str, **attributes: object) -> str:
    """An element around others that `tag` or `word` made."""
    return tag(name, "", **attributes).replace(f"></{name}>", f">{inside}</{name}>")


def _shown(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


def word(text: str, x: float, y: float, css: str = "axis", anchor: str | None = None) -> str:
    """A text whose middle line is at `y`, whatever size the stylesheet gives it."""
    return tag("text", text, class_=css, x=float(x), y=float(y), dy=".35em", text_anchor=anchor)


def decimal(share: float, digits: int = 1) -> str:
    """A share as a percentage number in the reader's language, without the sign."""
    return number(share * 100, digits)


def frame(
    parts: Iterable[str],
    width: int,
    height: int,
    *,
    title: str,
    description: str = "",
    css: str = "chart",
    role: str = "img",
) -> SafeString:
    """The `<svg>`: an image named by its title and description, or hidden when it has none.

    A drawing with links in it is a `group`: what is inside an image cannot be reached.

    Its ids come from its content: the same in every process, different for different charts.
    """
    # Made by `tag`, which escapes whatever it is given.
    drawing = "".join(parts)
    opening = f'<svg class="{css}" viewBox="0 0 {width} {height}"'
    if not title:
        return mark_safe(f'{opening} aria-hidden="true" focusable="false">{drawing}</svg>')
    digest = blake2s(f"{title}|{description}|{drawing}".encode(), digest_size=5).hexdigest()
    title_id, description_id = f"chart-{digest}-t", f"chart-{digest}-d"
    names = f"{title_id} {description_id}" if description else title_id
    said = tag("title", title, id=title_id)
    if description:
        said += tag("desc", description, id=description_id)
    return mark_safe(f'{opening} role="{role}" aria-labelledby="{names}">{said}{drawing}</svg>')


@dataclass(frozen=True)
class Scale:
    """Shares on a line from `start` to `end`, in units of the drawing."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def holding(cls, values: Iterable[float | None], start: float, end: float) -> Self:
        """The one scale of rates: from 80 %, or the next step of 20 that holds all, to 100 %.

        So a line of one page can be laid beside that of another, and no target of ours lies on
        the frame.
        """
        lowest = min((value for value in values if value is not None), default=1.0)
        low = min(FLOOR, floor(round(lowest * 5, 6)) / 5)
        return cls(max(low, 0.0), 1.0, start, end)

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """Shares to be marked on the axis."""
        first, last = round(self.low * 100), round(self.high * 100)
        step = 5 if last - first <= 30 else 10 if last - first <= 60 else 20
        return [mark / 100 for mark in range(first, last + 1, step)]
