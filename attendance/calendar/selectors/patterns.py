"""Reading weekly patterns: those a reader sees, and whether a school year has a lesson at all."""

import datetime

from django.db.models import Q, QuerySet

from core.levels import EducationLevel
from core.scope import Places, Scope
from schools.enums import AreaLevel
from schools.models import School, SchoolClass, SchoolYear

from ...models import CalendarRule, YearFrame
from .closures import PERMISSION, areas_above, inside
from .due_sessions import due_bits_between


def patterns_seen(scope: Scope, year: SchoolYear) -> list[CalendarRule]:
    """Patterns that hold in a school year inside the reader's places and of the areas above.

    Farthest first; of one place and level the one that decides first. `is_own` says that the
    reader may change it: not one of an area above, or of no place, which holds everywhere.
    """
    own, above = scope.places(PERMISSION), areas_above(scope)
    everywhere = Q(area=None, school=None, site=None)
    found = list(
        _with_places(
            CalendarRule.objects.during(year.valid_from, year.valid_to).filter(
                inside(scope.places_to_read(PERMISSION)) | Q(area__in=above) | everywhere
            )
        )
    )
    for pattern in found:
        pattern.is_own = pattern.place is not None and (
            pattern.area_id is None or pattern.area_id in own.areas
        )
    return sorted(
        found,
        key=lambda row: (
            _farness(row),
            EducationLevel.values.index(row.level) if row.level else -1,
            -row.pk,
        ),
    )


def pattern_in(places: Places, pattern_id: int) -> CalendarRule | None:
    """A pattern of a place inside the places, or None."""
    return _with_places(CalendarRule.objects.filter(inside(places), pk=pattern_id)).first()


def holds_some_day(year: SchoolYear, *, since: datetime.date) -> bool:
    """Whether some pattern has a lesson on a weekday of what is left of a year."""
    patterns = CalendarRule.objects.during(max(since, year.valid_from), year.valid_to)
    return patterns.filter(Q(morning__contains="1") | Q(afternoon__contains="1")).exists()


def levels_without_frame(year: SchoolYear) -> list[EducationLevel]:
    """The levels taught for which the province has written down no frame of a year.

    Before there are schools every level counts as taught. Two queries.
    """
    of_province = Q(area__level=AreaLevel.PROVINCE) | Q(area=None, school=None, site=None)
    frames = YearFrame.objects.filter(of_province, year=year).order_by()
    written = set(frames.values_list("level", flat=True))
    if "" in written:
        return []
    schools = School.objects.during(year.valid_from, year.valid_to).order_by()
    taught = {
        code for levels in schools.values_list("levels", flat=True) for code in levels.split(",")
    }
    return [
        each for each in EducationLevel if each not in written and (each in taught or not taught)
    ]


def classes_without_lessons(
    classes: QuerySet[SchoolClass], year: SchoolYear
) -> list[tuple[int, int]]:
    """[(class id, school id)] of the classes for which no lesson is due on any day of the year.

    A fixed number of queries, whatever the number of classes.
    """
    found = list(classes.filter(year=year).select_related("year"))
    if not found:
        return []
    due = due_bits_between(found, year.valid_from, year.valid_to)
    return [(each.pk, each.school_id) for each in found if not any(due[each.pk].values())]


def _farness(row: CalendarRule) -> tuple[int, int, str]:
    if row.area:
        return (1, row.area.level, row.area.name_key)
    return (2, row.school_id or 0, row.place_name) if row.place else (0, 0, "")


def _with_places(rows: QuerySet[CalendarRule]) -> QuerySet[CalendarRule]:
    return rows.select_related("area", "school", "site__school")
