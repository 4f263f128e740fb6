"""How ready each school is: its head, classes, teachers, pupils and accounts, in counts."""

import datetime
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from accounts.models import Post, RoleGrant
from accounts.roles import TEACHER
from accounts.staff.selectors.overview import SchoolStaff, schools_with_counts
from attendance.calendar.selectors.patterns import classes_without_lessons
from core.formatting import number
from core.scope import Places
from schools.directory.selectors.schools import find_schools
from schools.models import Enrolment, School, SchoolClass, SchoolYear


@dataclass
class SchoolState:
    """A school with counts of what it has and of what it lacks.

    Attributes:
        classes, pupils: of the school year asked about.
        without_lessons: classes for which no lesson is due on any day of the year.
        without_pupils: classes with nobody on the roll.
        left_behind: pupils still on the roll of a class of a year that is over.
        never_signed_in: people of the school whose open account nobody ever used.
    """

    staff: SchoolStaff
    has_head: bool = False
    classes: int = 0
    pupils: int = 0
    without_lessons: int = 0
    without_pupils: int = 0
    left_behind: int = 0
    never_signed_in: int = 0

    @property
    def school(self) -> School:
        """The school itself."""
        return self.staff.school

    @property
    def headless(self) -> bool:
        """Whether nobody is or acts as its head."""
        return not self.has_head

    @property
    def without_teacher(self) -> int:
        """Classes for whose registers nobody answers."""
        return self.staff.without_teacher

    @property
    def without_account(self) -> int:
        """People on the staff list who have no account."""
        return self.staff.without_account

    @property
    def cannot_begin(self) -> bool:
        """Whether not one register could be sent there on the first morning."""
        return (
            not self.classes
            or not self.pupils
            or self.without_lessons == self.classes
            or self.without_teacher == self.classes
        )

    @property
    def is_ready(self) -> bool:
        """Whether nothing is missing."""
        return not any(self.urgency)

    @property
    def missing(self) -> list[str]:
        """What is missing, in words, the most urgent first."""
        found = []
        if self.headless:
            found.append(_("no head"))
        if not self.classes:
            found.append(_("no class"))
        for count, words in [
            (self.without_lessons, _("classes without any lesson: %(count)s")),
            (self.without_teacher, _("classes without a teacher: %(count)s")),
            (self.without_pupils, _("classes without pupils: %(count)s")),
            (self.left_behind, _("pupils in a class of an old year: %(count)s")),
            (self.without_account, _("people without an account: %(count)s")),
            (self.never_signed_in, _("never signed in: %(count)s")),
        ]:
            if count:
                found.append(words % {"count": number(count)})
        return found

    @property
    def urgency(self) -> tuple[int, ...]:
        """The greater, the more is missing: what stops the first morning weighs most."""
        return (
            int(self.cannot_begin),
            int(self.headless),
            self.without_lessons,
            self.without_teacher,
            self.without_pupils,
            self.left_behind,
            self.without_account,
            self.never_signed_in,
        )


def school_states(
    places: Places, *, on: datetime.date, year: SchoolYear | None
) -> list[SchoolState]:
    """`SchoolState` of every school inside the places, the worst first, then by name.

    A fixed number of queries, whatever the number of schools.

    Args:
        on: the day that counts: today, or the first of a year still to come.
        year: the school year of that day, or None.
    """
    school_ids = find_schools(places, on=on)
    if not school_ids:
        return []
    rows = {row.school.pk: SchoolState(row) for row in schools_with_counts(school_ids, on=on)}
    _add_people(rows, on)
    _add_pupils(rows, on)
    if year is not None:
        running = SchoolClass.objects.filter(school__in=school_ids).not_ended_on(on)
        for _class_id, school_id in classes_without_lessons(running, year):
            rows[school_id].without_lessons += 1
    # Sorted by name already; the sort keeps that order where equally much is missing.
    return sorted(rows.values(), key=lambda row: row.urgency, reverse=True)


def _add_people(rows: dict[int, SchoolState], on: datetime.date) -> None:
    """Heads by post or role, and accounts never used, of posts and of roles alike."""
    unused = defaultdict(set)
    posts = Post.objects.on(on).filter(
        school__in=rows, person__user__is_active=True, person__user__last_login=None
    )
    for school_id, user_id in posts.order_by().values_list("school_id", "person__user_id"):
        unused[school_id].add(user_id)
    grants = RoleGrant.objects.on(on).filter(
        Q(role="school_head", school__in=rows) | Q(role=TEACHER, school_class__school__in=rows),
        user__is_active=True,
    )
    heads = {pk for pk, row in rows.items() if row.staff.has_head}
    for role, school_id, of_class, user_id, last_login in grants.order_by().values_list(
        "role", "school_id", "school_class__school_id", "user_id", "user__last_login"
    ):
        if role == "school_head":
            heads.add(school_id)
        if last_login is None:
            unused[school_id or of_class].add(user_id)
    for pk, row in rows.items():
        row.has_head, row.never_signed_in = pk in heads, len(unused[pk])


def _add_pupils(rows: dict[int, SchoolState], on: datetime.date) -> None:
    spells = Enrolment.objects.on(on).filter(school__in=rows).order_by()
    filled = set()
    for class_id, school_id, year_end, count in spells.values_list(
        "school_class_id", "school_id", "school_class__year__valid_to"
    ).annotate(Count("pk")):
        if year_end <= on:
            rows[school_id].left_behind += count
        else:
            filled.add(class_id)
            rows[school_id].pupils += count
    running = SchoolClass.objects.running_on(on).filter(school__in=rows).order_by()
    for class_id, school_id in running.values_list("pk", "school_id"):
        rows[school_id].classes += 1
        rows[school_id].without_pupils += class_id not in filled
