"""When the terms of a school year begin: the calendar above knows it, and is asked."""

import datetime
from collections.abc import Callable, Mapping

from core import rules
from core.hooks import Hook
from core.levels import EducationLevel

from ..models import SchoolYear
from .workbook.statuses import Terms

# Receives a school year; returns the `Terms` of each level of which a frame says them.
terms_of_year: "Hook[Callable[[SchoolYear], Mapping[str, Terms]]]" = Hook("terms of a year")

SECOND_TERM = "schools.second_term_day"
JANUARY = 1


def terms_by_level(year: SchoolYear) -> dict[str, Terms]:
    """The `Terms` of every level in a year: of its frame, else by the dated rule.

    Whoever is on the roll from the year's very first day, or off it with its last, moved in the
    summer, whatever a frame says.
    """
    told: dict[str, Terms] = {}
    for answer in terms_of_year:
        told |= answer(year)
    return {level.value: told.get(level.value) or _usual(year) for level in EducationLevel}


def _usual(year: SchoolYear) -> Terms:
    assert year.valid_to is not None, "a school year has an end"
    first = datetime.date(year.valid_to.year, JANUARY, 1)
    days = int(rules.value(SECOND_TERM, on=year.valid_from)) - 1
    return Terms(
        year.valid_from + datetime.timedelta(days=1),
        first + datetime.timedelta(days=days),
        year.valid_to,
    )
