"""What is missing in which school: heads, class teachers, accounts, first sign-ins."""

import datetime
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from schools.models import School, SchoolClass

from ...models import RoleGrant
from ...roles import TEACHER
from ..models import AssignmentKind, ClassAssignment, Post, PostKind


@dataclass
class SchoolStaff:
    """A school with counts of its people on a day."""

    school: School
    people: int = 0
    without_account: int = 0
    never_signed_in: int = 0
    has_head: bool = False
    without_teacher: int = 0

    @property
    def lacks_something(self) -> bool:
        """Whether something is to be done before its first morning."""
        return bool(
            not self.has_head
            or self.without_account
            or self.never_signed_in
            or self.without_teacher
        )


def schools_with_counts(school_ids: Collection[int], *, on: datetime.date) -> list[SchoolStaff]:
    """`SchoolStaff` of the given schools, in their order; five queries."""
    schools = School.objects.in_bulk(school_ids)
    rows = {pk: SchoolStaff(schools[pk]) for pk in school_ids}
    seen = set()
    posts = Post.objects.on(on).filter(school__in=school_ids).order_by()
    for school_id, person_id, kind, user_id, last_login in posts.values_list(
        "school_id", "person_id", "kind", "person__user_id", "person__user__last_login"
    ):
        row = rows[school_id]
        row.has_head |= kind == PostKind.HEAD
        if (school_id, person_id) in seen:
            continue
        seen.add((school_id, person_id))
        row.people += 1
        row.without_account += user_id is None
        row.never_signed_in += user_id is not None and last_login is None
    classes = SchoolClass.objects.running_on(on).filter(school__in=school_ids).order_by()
    taught = {
        *ClassAssignment.objects.on(on)
        .filter(school_class__school__in=school_ids, kind=AssignmentKind.HOMEROOM)
        .order_by()
        .values_list("school_class_id", flat=True),
        *RoleGrant.objects.on(on)
        .filter(school_class__school__in=school_ids, role=TEACHER)
        .order_by()
        .values_list("school_class_id", flat=True),
    }
    missing = Counter(
        school_id
        for class_id, school_id in classes.values_list("pk", "school_id")
        if class_id not in taught
    )
    for school_id, count in missing.items():
        rows[school_id].without_teacher = count
    return list(rows.values())
