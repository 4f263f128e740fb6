"""What a phone keeps to take registers without a network: own classes, some days, names only."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F

from core.scope import Places
from schools.models import Enrolment, SchoolClass
from schools.pupils.selectors.rolls import namesakes

from ..calendar.selectors.due_sessions import ONE_DAY, due_sessions
from ..leave.selectors import leaves_during
from ..models import PlannedLeave, Register, RegisterRevision
from ..registers.selectors.counting import not_counted

DAYS_BACK, DAYS_AHEAD = 3, 7
MOST_CLASSES = 60


@dataclass
class OfflineSheet:
    """A session of a class: due, or with a register; `revision` is the newest one or None.

    `not_counted`: ids of the pupils of whom the register says nothing.
    """

    date: datetime.date
    session: str
    revision: RegisterRevision | None
    not_counted: list[int] = field(default_factory=list)


@dataclass
class OfflineClass:
    """A class with everybody on its roll in the days kept, their leave, and its sheets by day.

    `leaves`: pupil id -> `PlannedLeave`s on those days.
    """

    school_class: SchoolClass
    roll: list[Enrolment] = field(default_factory=list)
    sheets: list[OfflineSheet] = field(default_factory=list)
    leaves: dict[int, list[PlannedLeave]] = field(default_factory=dict)

    @property
    def namesakes(self) -> set[int]:
        """Ids of the pupils who need more than their name to be told apart."""
        return namesakes({spell.pupil_id: spell.pupil for spell in self.roll}.values())


def offline_classes(places: Places, today: datetime.date) -> tuple[list[OfflineClass], bool]:
    """(list of `OfflineClass`, whether there are more classes than a phone keeps).

    From DAYS_BACK days before `today` to DAYS_AHEAD days after it; at most MOST_CLASSES. A
    fixed number of queries whatever the number of classes.
    """
    start, end = today - DAYS_BACK * ONE_DAY, today + (DAYS_AHEAD + 1) * ONE_DAY
    running = SchoolClass.objects.within(places).running_on(today)
    found = list(
        running.select_related("school", "site", "year").order_by("school__name_key", "pk")
    )
    classes = {each.pk: OfflineClass(each) for each in found[:MOST_CLASSES]}
    due = due_sessions([each.school_class for each in classes.values()], start, end)
    revisions = _newest_revisions(classes, start, end)
    left_out: defaultdict[int, list[int]] = defaultdict(list)
    of_revisions = {"register__in": [each.register_id for each in revisions.values()]}
    for register_id, pupil_id in sorted(not_counted(**of_revisions)):
        left_out[register_id].append(pupil_id)
    for pk, kept in classes.items():
        sessions = set(due[pk]) | {(day, half) for of, day, half in revisions if of == pk}
        kept.sheets = [
            OfflineSheet(day, str(half), revisions.get((pk, day, str(half))))
            for day, half in sorted(sessions)
        ]
        for sheet in kept.sheets:
            if sheet.revision is not None:
                sheet.not_counted = left_out[sheet.revision.register_id]
    spells = Enrolment.objects.filter(school_class__in=classes, valid_from__lt=end)
    for spell in (
        spells.exclude(valid_to__lte=start)
        .select_related("pupil")
        .order_by("pupil__name_key", "pupil_id", "valid_from")
    ):
        classes[spell.school_class_id].roll.append(spell)
    leaves = leaves_during({each.school_class.school_id for each in classes.values()}, start, end)
    for kept in classes.values():
        school_id = kept.school_class.school_id
        kept.leaves = {
            spell.pupil_id: leaves.get((school_id, spell.pupil_id), []) for spell in kept.roll
        }
    in_order = sorted(
        classes.values(),
        key=lambda kept: (
            kept.school_class.school.name_key,
            kept.school_class.grade_list,
            kept.school_class.name_key,
        ),
    )
    return in_order, len(found) > MOST_CLASSES


def _newest_revisions(
    class_ids: Iterable[int], start: datetime.date, end: datetime.date
) -> dict[tuple[int, datetime.date, str], RegisterRevision]:
    revisions = RegisterRevision.objects.filter(
        number=F("register__revision"),
        register__in=Register.objects.filter(
            school_class__in=class_ids, date__gte=start, date__lt=end
        ),
    ).select_related("register", "sent_by")
    return {
        (each.register.school_class_id, each.register.date, each.register.session): each
        for each in revisions
    }
