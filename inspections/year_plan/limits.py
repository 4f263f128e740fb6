"""The dated rules of proposals over several months; their values live in `core.Rule`."""

from django.utils.translation import gettext_lazy as _

from core import rules
from core.rule_units import MONTH_OF_YEAR, Unit
from core.rules import RuleTable
from core.types import StrOrPromise

from .proposal import Capacity

_DAYS = _("days")
FIRST: dict[str, tuple[StrOrPromise, Unit | StrOrPromise, int]] = {
    "member_days": (_("Days a month that one member is sent out, at most"), _DAYS, 6),
    "road_days": (_("Days on the road there and back of one trip"), _DAYS, 1),
    "trip_visits": (_("Communes visited on one trip, at most"), _("communes"), 4),
    "spacing": (_("Months from one visit of a commune to the next, at least"), _("months"), 3),
    "first_places": (
        _("Communes at the head of the list visited before others are taken along"),
        _("communes"),
        5,
    ),
    "closed_from": (_("First month in which remote communes are not reached"), MONTH_OF_YEAR, 0),
    "closed_to": (_("Last month in which remote communes are not reached"), MONTH_OF_YEAR, 0),
}
MAY_BE_NONE = ("road_days", "spacing", "first_places", "closed_from", "closed_to")


def declare_all() -> None:
    """Declare the rules; called once when the app is loaded."""
    rules.declare_theme("visit_plan", _("Visits of several months"), place=44)
    for name, (meaning, unit, first_value) in FIRST.items():
        rules.declare(
            f"visit_plan.{name}",
            meaning=meaning,
            unit=unit,
            first_value=first_value,
            least=0 if name in MAY_BE_NONE else None,
        )


def capacity_of(table: RuleTable, *, visits: int, days: int) -> Capacity:
    """What is possible: what the officer says, and the rules of a day."""
    own = {name: int(table[f"visit_plan.{name}", ""]) for name in FIRST}
    closed = closed_months(own.pop("closed_from"), own.pop("closed_to"))
    return Capacity(visits=visits, days=days, closed=closed, **own)


def closed_months(first: int, last: int) -> frozenset[int]:
    """Numbers of the months from one to another, over the turn of the year if need be."""
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return frozenset()
    return frozenset((first - 1 + each) % 12 + 1 for each in range((last - first) % 12 + 1))
