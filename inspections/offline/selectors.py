"""A visit as a device takes it along: questions, classes, households in numbers, what is written.

No name of a child or family is in it: classes are names of classes, households their form numbers.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from schools.models import School, SchoolClass

from ..models import ChecklistAnswer, FoundLine, HeadCount, HouseholdCheck, Visit
from ..selectors.findings import Question, checklist_of, counts_of
from ..selectors.households import Surveyed, checks_of, households_of, survey_of
from ..selectors.visits import schools_of

# A large commune has some 2,500 households; of more, those of the last villages stay at home.
MOST_HOUSEHOLDS = 3_000


@dataclass(frozen=True)
class Written:
    """What stands in one line: its value, who wrote it and when. `version` 0: nothing yet.

    `roll` and `registered` are those of a head count.
    """

    value: str = ""
    note: str = ""
    version: int = 0
    by: str = ""
    at: Any = None
    roll: int | None = None
    registered: int | None = None


NOTHING = Written()


def written(row: FoundLine | None) -> Written:
    """A row as a line tells it."""
    if row is None:
        return NOTHING
    if isinstance(row, ChecklistAnswer):
        by, at = row.answered_by, row.answered_at
        return Written(row.answer, row.note, row.version, by.full_name, at)
    if isinstance(row, HouseholdCheck):
        by, at = row.checked_by, row.checked_at
        return Written(row.result, row.note, row.version, by.full_name, at)
    by, at = row.counted_by, row.counted_at
    more = (row.roll, row.registered)
    return Written(str(row.counted), row.note, row.version, by.full_name, at, *more)


@dataclass(frozen=True)
class VillageTaken:
    """A village of the survey with its households, by form number."""

    key: str
    name: str
    households: list[Surveyed]


@dataclass(frozen=True)
class VisitTaken:
    """A visit with all that is written down on the spot; `left_out`: households not among it."""

    visit: Visit
    questions: list[Question]
    schools: list[tuple[School, list[SchoolClass]]]
    counts: list[HeadCount]
    villages: list[VillageTaken]
    checks: dict[int, HouseholdCheck]
    left_out: int


def visit_to_take(visit: Visit) -> VisitTaken:
    """A visit with everything a device needs for it; a fixed number of queries."""
    schools = list(schools_of(visit))
    classes = defaultdict(list)
    running = SchoolClass.objects.running_on(timezone.localdate()).filter(school__in=schools)
    for each in running.order_by("name_key", "pk"):
        classes[each.school_id].append(each)
    survey = survey_of(visit)
    surveyed = households_of(survey) if survey else []
    villages: dict[str, VillageTaken] = {}
    for row in surveyed[:MOST_HOUSEHOLDS]:
        key = row.household.village_key
        # One village may be written in two ways; its key is one.
        village = villages.setdefault(key, VillageTaken(key, row.household.village, []))
        village.households.append(row)
    return VisitTaken(
        visit=visit,
        questions=checklist_of(visit),
        schools=[(each, classes[each.pk]) for each in schools],
        counts=list(counts_of(visit)),
        villages=list(villages.values()),
        checks={row.household_id: row for row in checks_of(visit) if row.household_id is not None},
        left_out=max(0, len(surveyed) - MOST_HOUSEHOLDS),
    )
