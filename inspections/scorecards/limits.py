"""The dated rules of scorecards; their values live in `core.Rule`."""

from django.utils.translation import gettext_lazy as _

from core import rules
from core.rule_units import PERCENT
from core.rules import RuleTable

from .cards import Grade

RECORD_DAYS = "scorecard.record_days"
_LEAST = {
    Grade.EXCELLENT: ("scorecard.excellent", _("Least share of points graded excellent"), 90),
    Grade.GOOD: ("scorecard.good", _("Least share of points graded good"), 75),
    Grade.DONE: ("scorecard.done", _("Least share of points graded fulfilled"), 50),
}


def declare_all() -> None:
    """Declare the rules; called once when the app is loaded."""
    rules.declare_theme("scorecard", _("Scorecards"), place=52)
    rules.declare(
        RECORD_DAYS,
        meaning=_("Days after a visit within which its record is in time"),
        unit=_("days"),
        first_value=5,
    )
    for key, meaning, first_value in _LEAST.values():
        rules.declare(key, meaning=meaning, unit=PERCENT, first_value=first_value)
    done, good, excellent = (_LEAST[each][0] for each in (Grade.DONE, Grade.GOOD, Grade.EXCELLENT))
    rules.declare_rising(done, good, excellent)


def least_of(table: RuleTable) -> dict[Grade, int]:
    """The least percent of each grade."""
    return {grade: int(table[key, ""]) for grade, (key, _meaning, _first) in _LEAST.items()}
