"""Which sessions are due, for one class or for a whole province, in a fixed number of queries."""

import bisect
import datetime

from schools.enums import Session
from schools.models import Placement, SchoolClass
from schools.selectors.areas import AreaTree, map_changes

from ..calendar import Calendar, Where
from ..models import CalendarRule, Closure

ONE_DAY = datetime.timedelta(days=1)


def due_sessions(classes, start, end):
    """Dict class id -> set of (date, `Session`) due in [start, end).

    Args:
        classes: `SchoolClass` objects with `year` loaded.
    Queries: rules, closures, placements, two for the days on which the map changed and two
    per map in the period. Classes that share site, level and school year are resolved once.
    """
    classes = list(classes)
    calendar = Calendar(CalendarRule.objects.during(start, end), Closure.objects.during(start, end))
    chains = _Chains({school_class.school_id for school_class in classes}, start, end)
    held, due = {}, {}
    for school_class in classes:
        key = (school_class.site_id, school_class.level, school_class.year_id)
        if key not in held:
            held[key] = _held(calendar, chains, school_class, start, end)
        studied = set(school_class.session_list)
        due[school_class.pk] = {pair for pair in held[key] if pair[1] in studied}
    return due


def is_due(school_class, date, session):
    """Whether one session of a class is due."""
    return (date, Session(session)) in due_sessions([school_class], date, date + ONE_DAY)[
        school_class.pk
    ]


def why_closed(school_class, date, session):
    """The exception that closes a session, or None when the pattern or the year does."""
    calendar = Calendar(
        CalendarRule.objects.on(date), Closure.objects.on(date).select_related("area", "school")
    )
    chains = _Chains({school_class.school_id}, date, date + ONE_DAY)
    exception = calendar.exception(chains.where(school_class, date), date, session)
    return exception if exception is not None and not exception.is_held else None


def why_closed_for_places(places, date, *, school_id=None):
    """The exception that closes a day for the first class inside the places, or None."""
    classes = SchoolClass.objects.within(places).running_on(date)
    if school_id is not None:
        classes = classes.filter(school_id=school_id)
    first = classes.select_related("year").order_by("pk").first()
    return why_closed(first, date, first.session_list[0]) if first else None


def _held(calendar, chains, school_class, start, end):
    year = school_class.year
    found = set()
    day = max(start, year.valid_from)
    last = min(end, year.valid_to)
    while day < last:
        where = chains.where(school_class, day)
        found.update((day, session) for session in calendar.sessions(where, day))
        day += ONE_DAY
    return found


class _Chains:
    """The areas above each school on each day of a period."""

    def __init__(self, school_ids, start, end):
        self._placements = {}
        placements = Placement.objects.during(start, end).filter(school_id__in=school_ids)
        for placement in placements:
            self._placements.setdefault(placement.school_id, []).append(placement)
        self._maps = [start, *map_changes(start, end)]
        self._trees = {}
        self._areas = {}

    def where(self, school_class, date):
        """A class's places on a day, nearest first."""
        areas = ()
        for placement in self._placements.get(school_class.school_id, ()):
            if placement.is_valid_on(date):
                areas = self._above(placement.commune_id, date)
        return Where(
            (("site", school_class.site_id), ("school", school_class.school_id), *areas, None),
            school_class.level,
        )

    def _above(self, commune_id, date):
        drawn_on = self._maps[bisect.bisect_right(self._maps, date) - 1]
        if (commune_id, drawn_on) not in self._areas:
            if drawn_on not in self._trees:
                self._trees[drawn_on] = AreaTree.on(drawn_on)
            self._areas[commune_id, drawn_on] = tuple(
                ("area", area.pk) for area in reversed(self._trees[drawn_on].ancestors(commune_id))
            )
        return self._areas[commune_id, drawn_on]
