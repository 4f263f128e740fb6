"""Which classes' registers of a month give reason to ask, and why."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from attendance.calendar.selectors.due_sessions import due_sessions
from attendance.enums import Mark, RegisterState
from attendance.models import Absence, Register, RegisterRevision
from core import rules
from core.months import Month
from schools.areas.selectors.tree import schools_in
from schools.directory.selectors.years import loaded_among
from schools.models import Area, SchoolClass

from ..plausibility import Sign, Taken, signs_of
from .dashboards import map_date_for

# A run of days may begin before the month.
LOOK_BACK = datetime.timedelta(days=45)


@dataclass
class ClassSigns:
    """A class with its signs of a month."""

    school_class: SchoolClass
    signs: list[Sign]


def signs_of_schools(
    school_ids: Iterable[int], month: Month, *, level: str = ""
) -> list[ClassSigns]:
    """`ClassSigns` of the classes of some schools in a `Month`, by school and class.

    Only classes with a sign. A fixed number of queries; thresholds as of the month's first day.
    """
    classes = SchoolClass.objects.filter(
        school__in=school_ids, year__valid_from__lt=month.end, year__valid_to__gt=month.first
    )
    if level:
        classes = classes.filter(level=level)
    return _signs(classes, month)


def signs_in_commune(commune: Area, month: Month, *, level: str = "") -> list[ClassSigns]:
    """`signs_of_schools` of the schools that lie in a commune on the map of the month."""
    schools = schools_in({commune.pk}, on=map_date_for(commune, month))
    return signs_of_schools(schools, month, level=level)


def signs_of_class(school_class: SchoolClass, month: Month) -> list[Sign]:
    """List of `Sign`s of one class in a `Month`."""
    found = _signs(SchoolClass.objects.filter(pk=school_class.pk), month)
    return found[0].signs if found else []


def _signs(classes: QuerySet[SchoolClass], month: Month) -> list[ClassSigns]:
    chosen = list(classes.select_related("school", "year"))
    # Registers loaded with a past year were all entered at once, long after: no sign of anything.
    loaded = loaded_among({(each.school_id, each.year) for each in chosen})
    chosen = [each for each in chosen if (each.school_id, each.year_id) not in loaded]
    table = rules.table(on=month.first)
    registers = _registers(chosen, month)
    found = [
        ClassSigns(each, signs_of(registers[each.pk], table, each.level, since=month.first))
        for each in chosen
    ]
    return sorted(
        (each for each in found if each.signs),
        key=lambda each: (
            each.school_class.school.name_key,
            each.school_class.grade_list,
            each.school_class.name_key,
        ),
    )


def _registers(classes: Sequence[SchoolClass], month: Month) -> Mapping[int, list[Taken]]:
    """Dict class id -> [`Taken`], oldest first."""
    start = month.first - LOOK_BACK
    due = due_sessions(classes, start, month.end)
    registers = Register.objects.filter(
        school_class__in=[each.pk for each in classes],
        state=RegisterState.TAKEN,
        date__gte=start,
        date__lt=month.end,
    )
    away = defaultdict(set)
    for register_id, pupil_id in Absence.objects.filter(
        register__in=registers, mark__in=[Mark.EXCUSED, Mark.UNEXCUSED]
    ).values_list("register_id", "pupil_id"):
        away[register_id].add(pupil_id)
    taken = defaultdict(list)
    first_revision = RegisterRevision.objects.filter(register=OuterRef("pk"), number=1)
    rows = (
        registers.annotate(kept_at=Subquery(first_revision.values("device_time")))
        .order_by("date", "session")
        .values_list("pk", "school_class_id", "date", "session", "roll", "first_sent_at", "kept_at")
    )
    for pk, class_id, date, session, roll, first_sent_at, kept_at in rows:
        taken[class_id].append(
            Taken(
                date=date,
                session=session,
                roll=roll,
                # A clock that runs ahead cannot have written what was already here.
                entered_at=min(kept_at or first_sent_at, first_sent_at),
                away=frozenset(away[pk]),
                is_due=(date, session) in due[class_id],
            )
        )
    return taken
