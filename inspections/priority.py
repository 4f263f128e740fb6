"""How pressing a visit is, in points: each part from numbers that can be looked up. Pure.

The first weights keep the order of official letter 785/UBND-VX (items 1a, 2d, 2f): a step of
gravity weighs more than everything else together. A province that wants otherwise dates other
weights; they are rules, see `PointRules`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import rules
from core.formatting import percent
from core.levels import EducationLevel
from core.rule_units import PERCENT, POINTS, Unit
from core.rules import RuleTable
from core.types import StrOrPromise

# As it is kept with a visit: code, points, and the figures they come from.
Part: TypeAlias = dict[str, Any]
GRAVITY, LOWER_SECONDARY, PUPILS = "gravity", "lower_secondary", "pupils"
MONTHS, DOUBTFUL, MISSING = "months", "doubtful", "missing"

FIRST = {
    "gravity": (gettext_lazy("Points of a visit for each step of gravity of its flags"), 100),
    "lower_secondary": (gettext_lazy("Points of a visit whose gravest flags are of THCS"), 25),
    "pupils": (gettext_lazy("Points of a visit for 100 pupils of levels below their target"), 10),
    "pupils_most": (gettext_lazy("Most points of a visit for its pupils"), 30),
    "months": (gettext_lazy("Points of a visit for each month since the last one"), 2),
    "months_most": (gettext_lazy("Months since the last visit that count, at most"), 12),
    "doubtful": (
        gettext_lazy("Points of a visit for each class without one absence all month"),
        2,
    ),
    "doubtful_most": (gettext_lazy("Classes without one absence that count, at most"), 5),
    "missing": (gettext_lazy("Points of a visit for each percent counted below the registers"), 2),
    "missing_most": (gettext_lazy("Percents below the registers that count, at most"), 5),
}
_UNITS: dict[str, Unit | StrOrPromise] = {
    "months_most": gettext_lazy("months"),
    "doubtful_most": gettext_lazy("classes"),
    "missing_most": PERCENT,
}


@dataclass(frozen=True)
class PointRules:
    """The weights of a day, see `FIRST`."""

    gravity: int
    lower_secondary: int
    pupils: int
    pupils_most: int
    months: int
    months_most: int
    doubtful: int
    doubtful_most: int
    missing: int
    missing_most: int

    @classmethod
    def of(cls, table: RuleTable) -> Self:
        """The weights of the table's day."""
        return cls(**{name: int(table[f"visit_points.{name}", ""]) for name in FIRST})


def declare_all() -> None:
    """Declare the rules; called once when the app is loaded."""
    rules.declare_theme("visit_points", gettext_lazy("Order of communes to be visited"), place=42)
    for name, (meaning, first_value) in FIRST.items():
        rules.declare(
            f"visit_points.{name}",
            meaning=meaning,
            unit=_UNITS.get(name, POINTS),
            first_value=first_value,
            least=0,
        )


@dataclass(frozen=True)
class Circumstances:
    """What is known of a commune beside its flags.

    Attributes:
        month: the month of the pupils and of the doubtful classes, "2026-09".
        pupils: level -> pupils with lessons that month.
        last_on: day of the last visit made, None when there was none.
        months: months from it to the month of the visit.
        doubtful: classes that had no absence in a whole month, by the limits of
            `reports.plausibility`.
        counted, registered: pupils counted by visits, and present by the registers of then.
    """

    month: str = ""
    pupils: Mapping[str, int] = field(default_factory=dict)
    last_on: datetime.date | None = None
    months: int | None = None
    doubtful: int = 0
    counted: int = 0
    registered: int = 0


@dataclass(frozen=True)
class Known:
    """What the ranking knows: `Circumstances` by commune, and what each number weighs."""

    circumstances: Mapping[int, Circumstances]
    weights: PointRules

    def of(self, commune_id: int) -> Circumstances:
        """Of a commune; the empty one when nothing is known."""
        return self.circumstances.get(commune_id, Circumstances())


def parts_of(
    known: Circumstances,
    weights: PointRules,
    *,
    gravity: int | None,
    steps: int,
    level: str,
    below: Iterable[str],
) -> list[Part]:
    """The parts of a commune's points, those of nothing left out.

    Args:
        gravity: place of its gravest flags among the `steps`, 0 the gravest; None without flags.
        level: level of its gravest flags.
        below: levels with a flag that are below their target.
    """
    parts: list[Part] = []

    def add(code: str, points: int, **figures: Any) -> None:
        if points > 0:
            parts.append({"code": code, "points": points, **figures})

    if gravity is not None:
        points = weights.gravity * (steps - 1 - gravity)
        parts.append({"code": GRAVITY, "points": points, "step": gravity + 1, "steps": steps})
    if gravity is not None and level == EducationLevel.LOWER_SECONDARY:
        add(LOWER_SECONDARY, weights.lower_secondary)
    of_levels = {each: known.pupils[each] for each in sorted(set(below)) if known.pupils.get(each)}
    pupils = sum(of_levels.values())
    if pupils:
        parts.append(
            {
                "code": PUPILS,
                "points": min(weights.pupils_most, weights.pupils * pupils // 100),
                "pupils": pupils,
                "levels": of_levels,
                "month": known.month,
            }
        )
    months = weights.months_most if known.months is None else known.months
    add(
        MONTHS,
        weights.months * min(months, weights.months_most),
        months=known.months,
        last_on=known.last_on.isoformat() if known.last_on else None,
    )
    add(
        DOUBTFUL,
        weights.doubtful * min(known.doubtful, weights.doubtful_most),
        classes=known.doubtful,
        month=known.month,
    )
    if known.registered > known.counted:
        missing = round(100 * (1 - known.counted / known.registered))
        add(
            MISSING,
            weights.missing * min(missing, weights.missing_most),
            counted=known.counted,
            registered=known.registered,
        )
    return parts


def total_of(parts: Iterable[Part]) -> int:
    """All points together."""
    return sum(each["points"] for each in parts)


def pupils_below(parts: Iterable[Part]) -> int:
    """Pupils of levels below their target, as the parts tell; 0 when none counted."""
    return next((each["pupils"] for each in parts if each["code"] == PUPILS), 0)


@dataclass(frozen=True)
class Row:
    """A part in words: what counts, the figures, the points."""

    label: str
    figures: str
    points: int


@dataclass(frozen=True)
class Points:
    """The points of a visit for a page: `rows` add up to `total`."""

    total: int
    rows: Sequence[Row]


def told(parts: Sequence[Part] | None) -> Points | None:
    """What a page shows of the parts kept with a visit; None for a visit that has none."""
    if not parts:
        return None
    rows = [Row(_LABELS[each["code"]](), _figures(each), each["points"]) for each in parts]
    return Points(total_of(parts), rows)


_LABELS = {
    GRAVITY: lambda: _("How grave the flags are"),
    LOWER_SECONDARY: lambda: _("Lower secondary first"),
    PUPILS: lambda: _("Pupils of levels below their target"),
    MONTHS: lambda: _("Time since the last visit"),
    DOUBTFUL: lambda: _("Classes without one absence all month"),
    MISSING: lambda: _("Pupils counted against the registers"),
}


def _figures(part: Part) -> str:
    code = part["code"]
    if code == GRAVITY:
        return _("step %(step)s of %(steps)s") % {"step": part["step"], "steps": part["steps"]}
    if code == PUPILS:
        levels = ", ".join(f"{level} {count}" for level, count in part["levels"].items())
        return _("%(pupils)s pupils in %(month)s (%(levels)s)") % {
            "pupils": part["pupils"],
            "month": _month(part["month"]),
            "levels": levels,
        }
    if code == MONTHS:
        return _since(part)
    if code == DOUBTFUL:
        return ngettext(
            "%(count)s class in %(month)s", "%(count)s classes in %(month)s", part["classes"]
        ) % {"count": part["classes"], "month": _month(part["month"])}
    if code == MISSING:
        return _("%(counted)s counted, %(registered)s present by the registers (%(share)s)") % {
            "counted": part["counted"],
            "registered": part["registered"],
            "share": percent(part["counted"] / part["registered"]),
        }
    return ""


def _since(part: Part) -> str:
    if part["last_on"] is None:
        return _("never visited")
    return ngettext(
        "%(count)s month, since %(day)s", "%(count)s months, since %(day)s", part["months"]
    ) % {
        "count": part["months"],
        "day": datetime.date.fromisoformat(part["last_on"]).strftime("%d/%m/%Y"),
    }


def _month(text: str) -> str:
    year, _dash, number = text.partition("-")
    return f"{number}/{year}"
