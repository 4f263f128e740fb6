"""Values of rules in words."""

from decimal import Decimal

from django.utils.translation import gettext as _

from core.formatting import number
from core.levels import EducationLevel
from core.rule_units import HOUR_OF_DAY, Unit
from core.types import StrOrPromise


def say(unit: Unit, value: Decimal) -> str:
    """A value with its unit: "5 days", an hour as "13:30"; of a switch "yes" or "no"."""
    if unit.words is HOUR_OF_DAY.words:
        hours, minutes = divmod(round(value * 60), 60)
        return f"{hours}:{minutes:02}"
    return say_alone(unit, value) if unit.is_switch else f"{say_alone(unit, value)} {unit}"


def say_alone(unit: Unit, value: Decimal) -> str:
    """A value without its unit, with no more digits than it has."""
    if unit.is_switch:
        return _("yes") if value else _("no")
    exponent = value.normalize().as_tuple().exponent
    return number(value, max(0, -exponent) if isinstance(exponent, int) else 0)


def level_name(level: str) -> StrOrPromise:
    """The name of a level; "" are those without a value of their own."""
    return EducationLevel(level).label if level else _("All levels")
