"""The criteria of a school year: dated rows, begun from a file."""

import tomllib
from pathlib import Path
from typing import Any

from schools.models import SchoolYear

from ..models import ScoringCriterion

FIRST = Path(__file__).parent.parent / "data" / "scoring.toml"


def write_first_criteria(sender: Any = None, **_options: Any) -> None:
    """Write the criteria of the file while there are none (after migrating)."""
    if ScoringCriterion.objects.exists():
        return
    with FIRST.open("rb") as file:
        told = tomllib.load(file)
    ScoringCriterion.objects.bulk_create(
        ScoringCriterion(
            code=code,
            short_name=short_name,
            name=name,
            measure=measure,
            points=points,
            place=place,
            source=told["source"],
            valid_from=told["valid_from"],
        )
        for place, (code, short_name, name, measure, points) in enumerate(told["criteria"], start=1)
    )


def criteria_of(year: SchoolYear) -> list[ScoringCriterion]:
    """The criteria by which a school year is scored, those of its last day; one query."""
    return list(ScoringCriterion.objects.on(year.last_day))
