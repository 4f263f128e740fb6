"""Reading who teaches a class: by an assignment, or by a teacher's role given before."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.scope import Places
from schools.models import School, SchoolClass

from ...models import RoleGrant
from ...roles import TEACHER
from ..models import AssignmentKind, ClassAssignment, StaffMember


@dataclass
class ClassTeachers:
    """A class with those who teach it on a day.

    Attributes:
        grants: teacher's roles given to an account before there were class assignments.
    """

    school_class: SchoolClass
    assignments: list[ClassAssignment] = field(default_factory=list)
    grants: list[RoleGrant] = field(default_factory=list)

    @property
    def homeroom(self) -> ClassAssignment | None:
        """The assignment of the homeroom teacher."""
        return next((a for a in self.assignments if a.kind == AssignmentKind.HOMEROOM), None)

    @property
    def others(self) -> list[ClassAssignment]:
        """The assignments beside that of the homeroom teacher."""
        return [a for a in self.assignments if a.kind != AssignmentKind.HOMEROOM]

    @property
    def is_without_teacher(self) -> bool:
        """Whether nobody answers for its registers."""
        return self.homeroom is None and not self.grants


def teachers_of(classes: Sequence[SchoolClass], *, on: datetime.date) -> list[ClassTeachers]:
    """`ClassTeachers` of each class, in order; two queries."""
    rows = {each.pk: ClassTeachers(each) for each in classes}
    assignments = ClassAssignment.objects.on(on).filter(school_class__in=rows)
    for assignment in assignments.select_related("person__user").order_by("valid_from", "pk"):
        rows[assignment.school_class_id].assignments.append(assignment)
    grants = RoleGrant.objects.on(on).filter(role=TEACHER, school_class__in=rows)
    for grant in grants.select_related("user__staff_member").order_by("valid_from", "pk"):
        assert grant.school_class_id is not None
        rows[grant.school_class_id].grants.append(grant)
    return list(rows.values())


def running_rows(school: School, *, on: datetime.date) -> list[ClassTeachers]:
    """The running classes of a school with their teachers, by grade and name; three queries."""
    classes = list(
        SchoolClass.objects.running_on(on).filter(school=school).select_related("school", "year")
    )
    classes.sort(key=lambda each: (each.grade_list, each.name_key))
    return teachers_of(classes, on=on)


def history_of(school_class: SchoolClass, *, on: datetime.date) -> list[ClassAssignment]:
    """Assignments that do not hold on a day: to come, and ended; the latest first."""
    every = ClassAssignment.objects.filter(school_class=school_class).select_related("person")
    return [each for each in every.order_by("-valid_from", "-pk") if not each.is_valid_on(on)]


def assignments_of(person: StaffMember) -> list[ClassAssignment]:
    """Every assignment of a person with class, school and year, the latest first."""
    return list(
        person.assignments.select_related("school_class__school", "school_class__year").order_by(
            "-valid_from", "-pk"
        )
    )


def grants_of(person: StaffMember, *, on: datetime.date) -> list[RoleGrant]:
    """Teacher's roles of a person's account on a day."""
    if person.user_id is None:
        return []
    return list(
        RoleGrant.objects.on(on)
        .filter(user_id=person.user_id, role=TEACHER)
        .select_related("school_class__school")
        .order_by("valid_from", "pk")
    )


def assignment_in(places: Places, assignment_id: int) -> ClassAssignment | None:
    """The assignment with person and class when its class lies inside `places`, else None."""
    return (
        ClassAssignment.objects.filter(
            pk=assignment_id, school_class__in=SchoolClass.objects.within(places)
        )
        .select_related("person__user", "school_class__school", "school_class__year")
        .first()
    )


def grant_in(places: Places, grant_id: int) -> RoleGrant | None:
    """A teacher's role when its class lies inside `places`, else None."""
    return (
        RoleGrant.objects.filter(
            pk=grant_id, role=TEACHER, school_class__in=SchoolClass.objects.within(places)
        )
        .select_related("user", "school_class__school", "school_class__year")
        .first()
    )


def classes_by_person(school: School, *, on: datetime.date) -> dict[int, list[str]]:
    """Names of the classes each person of a school teaches on a day; one query."""
    names: dict[int, list[str]] = defaultdict(list)
    assignments = ClassAssignment.objects.on(on).filter(school_class__school=school)
    for person_id, name in assignments.order_by("school_class__name_key").values_list(
        "person_id", "school_class__name"
    ):
        if name not in names[person_id]:
            names[person_id].append(name)
    return names
