"""Reading planned leave: what a sheet shows beforehand, and the lists of a class and a school."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, Q, QuerySet

from core.scope import Places
from schools.models import Enrolment, Pupil, SchoolClass

from ..calendar.selectors.due_sessions import ONE_DAY
from ..enums import Mark
from ..models import PlannedLeave
from ..models.leaves import spells_of_leave
from ..registers.selectors.counting import counting


def leaves_during(
    school_ids: Collection[int], start: datetime.date, end: datetime.date
) -> dict[tuple[int, int], list[PlannedLeave]]:
    """Dict (school id, pupil id) -> standing leaves on a day of [start, end), earliest first.

    One query. A leave is of one school: a pupil who went to another one has none there.
    """
    found = defaultdict(list)
    leaves = PlannedLeave.objects.standing().during(start, end).filter(school__in=school_ids)
    for leave in leaves.order_by("valid_from"):
        found[leave.school_id, leave.pupil_id].append(leave)
    return found


def leaves_at(school_id: int, date: datetime.date, session: str) -> dict[int, PlannedLeave]:
    """Dict pupil id -> the leave of a school's pupil in a session; one query."""
    found = leaves_during([school_id], date, date + ONE_DAY)
    return {
        pupil_id: leave
        for (_school, pupil_id), leaves in found.items()
        for leave in leaves
        if leave.is_of(session)
    }


def ever_on_leave(school_id: int, date: datetime.date, session: str) -> set[int]:
    """Ids of the pupils whose sheet may have shown them away: withdrawn leaves count too."""
    return set(
        PlannedLeave.objects.on(date)
        .filter(school=school_id, session__in=["", session])
        .values_list("pupil_id", flat=True)
    )


def leave_in(places: Places, leave_id: int) -> PlannedLeave | None:
    """The leave with its pupil when inside `places`, else None."""
    return PlannedLeave.objects.within(places).select_related("pupil").filter(pk=leave_id).first()


def leaves_in(
    places: Places,
    *,
    today: datetime.date,
    past: bool = False,
    school_class: SchoolClass | None = None,
) -> QuerySet[PlannedLeave]:
    """Leaves inside the places: those now and coming, or (`past`) over, ended and withdrawn.

    `school_class`: only pupils who are in that class on a day of their leave. A leave ends
    with the day on which its pupil leaves the school.
    """
    still_here = spells_of_leave().filter(Q(valid_to=None) | Q(valid_to__gt=today))
    leaves = (
        PlannedLeave.objects.within(places)
        .annotate(goes_on=Exists(still_here))
        .select_related("pupil", "school", "recorded_by", "withdrawn_by", "letter_by")
    )
    if school_class is not None:
        leaves = leaves.filter(Exists(spells_of_leave().filter(school_class=school_class)))
    if past:
        return leaves.filter(
            Q(withdrawn_at__isnull=False) | Q(valid_to__lte=today) | Q(goes_on=False)
        ).order_by("school__name_key", "-valid_from", "pupil__name_key", "pk")
    return (
        leaves.standing()
        .filter(valid_to__gt=today, goes_on=True)
        .order_by("school__name_key", "valid_from", "pupil__name_key", "pk")
    )


def classes_of(places: Places, today: datetime.date) -> list[SchoolClass]:
    """The classes inside the places that run on a day, by school, grade and name."""
    classes = SchoolClass.objects.within(places).running_on(today).select_related("school")
    return sorted(classes, key=lambda each: (each.school.name_key, each.grade_list, each.name_key))


def leaves_of(places: Places, pupil: Pupil, *, since: datetime.date) -> QuerySet[PlannedLeave]:
    """Leaves of a pupil inside the places that lie after a day, newest first."""
    return (
        PlannedLeave.objects.within(places)
        .filter(pupil=pupil, valid_to__gt=since)
        .select_related("pupil", "school", "recorded_by", "withdrawn_by", "letter_by")
        .order_by("-valid_from", "-pk")
    )


@dataclass
class LeaveLine:
    """A leave with the pupil's class in those days; `left_on` when the pupil left the school."""

    leave: PlannedLeave
    school_class: SchoolClass | None
    left_on: datetime.date | None
    state: str


def lines_of(leaves: Iterable[PlannedLeave], today: datetime.date) -> list[LeaveLine]:
    """`LeaveLine`s in the given order; one query for all.

    Their state is withdrawn, over, ended (the pupil left the school), now or coming.
    """
    leaves = list(leaves)
    spells = defaultdict(list)
    for spell in (
        Enrolment.objects.filter(
            pupil__in={leave.pupil_id for leave in leaves},
            school__in={leave.school_id for leave in leaves},
        )
        .select_related("school_class")
        .order_by("valid_from")
    ):
        spells[spell.school_id, spell.pupil_id].append(spell)
    return [_line(leave, spells[leave.school_id, leave.pupil_id], today) for leave in leaves]


def _line(leave: PlannedLeave, spells: Sequence[Enrolment], today: datetime.date) -> LeaveLine:
    # The class in those days; of a pupil who left before them, the last one.
    before = [spell for spell in spells if spell.valid_from < leave.valid_to]
    spell = before[-1] if before else None
    end = spell.valid_to if spell else None
    has_left = end is not None and end < leave.valid_to and end <= max(today, leave.valid_from)
    return LeaveLine(
        leave,
        spell.school_class if spell else None,
        end if has_left else None,
        _state(leave, has_left, today),
    )


def _state(leave: PlannedLeave, has_left: bool, today: datetime.date) -> str:
    if leave.withdrawn_at is not None:
        return "withdrawn"
    if leave.valid_to <= today:
        return "over"
    if has_left:
        return "ended"
    return "now" if leave.valid_from <= today else "coming"


def sent_otherwise(school_class: SchoolClass, leave: PlannedLeave) -> int:
    """Number of sessions in the days of a leave that count for its pupil and do not say P."""
    counted = counting([school_class], leave.valid_from, leave.valid_to, pupils=[leave.pupil_id])
    return sum(
        each.mark != Mark.EXCUSED and leave.session in ("", each.session)
        for spell in Enrolment.objects.filter(school_class=school_class, pupil=leave.pupil_id)
        for each in counted.sessions_of(spell)
    )
