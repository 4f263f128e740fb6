"""What is on record of the people, posts and classes that a staff list names."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Q, QuerySet

from core.vietnamese import fold, normalise
from schools.models import School, SchoolClass
from schools.pupil_import.workbook.cells import class_key

from ....models import RoleGrant
from ....roles import TEACHER
from ...models import AssignmentKind, ClassAssignment, Post, PostKind, StaffMember
from .reading import StaffLine

CHUNK = 500
Key = tuple[str, datetime.date | None]
Item = TypeVar("Item")


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in lists short enough for one statement."""
    every = list(items)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]


def name_key_of(name: str) -> str:
    """How names are compared: without marks and case."""
    return fold(normalise(name))


@dataclass
class Records:
    """People and what hangs on them from a day on."""

    on: datetime.date
    by_code: dict[str, StaffMember] = field(default_factory=dict)
    by_name: dict[str, list[StaffMember]] = field(default_factory=lambda: defaultdict(list))
    # Posts that hold on the day or later.
    posts: dict[int, list[Post]] = field(default_factory=lambda: defaultdict(list))
    heads: dict[int, list[Post]] = field(default_factory=lambda: defaultdict(list))
    # School id -> key of the name -> classes.
    classes: dict[int, dict[str, list[SchoolClass]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    homeroom_of: dict[int, list[ClassAssignment]] = field(default_factory=lambda: defaultdict(list))
    homerooms: dict[int, list[ClassAssignment]] = field(default_factory=lambda: defaultdict(list))
    # (user id, class id) -> teacher's roles.
    grants: dict[tuple[int, int], list[RoleGrant]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def works_in(self, person: StaffMember, school: School) -> bool:
        """Whether a person on record has a post in the school on the day or later."""
        return any(post.school_id == school.pk for post in self.posts[person.pk])


def load(
    lines: Sequence[StaffLine],
    schools: Collection[School],
    *,
    on: datetime.date,
    lock: bool,
) -> Records:
    """`Records` for the people and schools of a list.

    Args:
        lock: hold people, posts and assignments found, for a save in the same transaction.
    """
    records = Records(on)
    codes = {line.values["staff_code"] for line in lines if line.values.get("staff_code")}
    names = {name_key_of(line.values["full_name"]) for line in lines if "full_name" in line.values}
    people: dict[int, StaffMember] = {}
    for some in chunks(sorted(codes)):
        _note(people, _held(StaffMember.objects.filter(staff_code__in=some), lock))
    for some in chunks(sorted(names)):
        _note(people, _held(StaffMember.objects.filter(search_key__in=some), lock))
    for person in people.values():
        if person.staff_code:
            records.by_code[person.staff_code] = person
        records.by_name[person.search_key].append(person)
    _load_posts(records, people, schools, lock)
    _load_classes(records, people, schools, lock)
    return records


def _note(people: dict[int, StaffMember], found: QuerySet[StaffMember]) -> None:
    for person in found.order_by("pk"):
        people.setdefault(person.pk, person)


def _held(rows: QuerySet[Item], lock: bool) -> QuerySet[Item]:  # type: ignore[type-var]  # of models
    return rows.select_for_update(of=("self",)) if lock else rows


def _load_posts(
    records: Records, people: Collection[int], schools: Collection[School], lock: bool
) -> None:
    not_over = Q(valid_to=None) | Q(valid_to__gt=records.on)
    for some in chunks(people):
        for post in _held(Post.objects.filter(not_over, person__in=some), lock).order_by("pk"):
            records.posts[post.person_id].append(post)
    for few in chunks(school.pk for school in schools):
        heads = Post.objects.filter(not_over, kind=PostKind.HEAD, school__in=few)
        for post in _held(heads, lock).select_related("person").order_by("pk"):
            records.heads[post.school_id].append(post)


def _load_classes(
    records: Records,
    people: dict[int, StaffMember],
    schools: Collection[School],
    lock: bool,
) -> None:
    class_ids = []
    for few in chunks(school.pk for school in schools):
        running = SchoolClass.objects.running_on(records.on).filter(school__in=few)
        for school_class in running.select_related("year").order_by("pk"):
            key = class_key(school_class.name)
            records.classes[school_class.school_id][key].append(school_class)
            class_ids.append(school_class.pk)
    homeroom = ClassAssignment.objects.filter(
        kind=AssignmentKind.HOMEROOM, valid_to__gt=records.on
    ).select_related("person", "school_class")
    for some in chunks(class_ids):
        for each in _held(homeroom.filter(school_class__in=some), lock).order_by("pk"):
            records.homeroom_of[each.school_class_id].append(each)
            records.homerooms[each.person_id].append(each)
        grants = RoleGrant.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=records.on), role=TEACHER, school_class__in=some
        )
        for grant in grants.order_by("pk"):
            if grant.school_class_id is not None:
                records.grants[grant.user_id, grant.school_class_id].append(grant)
