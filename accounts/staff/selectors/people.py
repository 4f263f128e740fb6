"""Reading staff: the list of a school, one person, and who may be one and the same."""

import datetime
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.scope import Places
from core.types import StrOrPromise
from core.vietnamese import fold, normalise
from schools.models import School

from ...models import RoleGrant, User
from ...roles import TEACHER
from ..models import ClassAssignment, Post, PostKind, StaffMember

POST_RANK = {kind: rank for rank, kind in enumerate(PostKind)}


class AccountState(StrEnum):
    """What a person has of an account."""

    NONE = "none"
    NEVER = "never"
    CLOSED = "closed"
    USED = "used"


ACCOUNT_STATES: dict[str, StrOrPromise] = {
    AccountState.NONE: _("No account"),
    AccountState.NEVER: _("Never signed in"),
    AccountState.USED: _("Has signed in"),
    AccountState.CLOSED: _("Account closed"),
}


def account_state(person: StaffMember) -> AccountState:
    """The state of a person's account; `person.user` must be loaded."""
    user = person.user
    if user is None:
        return AccountState.NONE
    if not user.is_active:
        return AccountState.CLOSED
    return AccountState.USED if user.last_login else AccountState.NEVER


@dataclass
class StaffRow:
    """A line of a school's staff list.

    Attributes:
        posts: in this school; present and to come, or those that ended for a former one.
        classes: (class name, kind in words) of the classes of the day in this school.
        others: names of other schools where the person has a post.
    """

    person: StaffMember
    posts: list[Post]
    classes: list[ClassAssignment] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def account(self) -> AccountState:
        """What the person has of an account."""
        return account_state(self.person)

    @property
    def account_words(self) -> StrOrPromise:
        """The same in words."""
        return ACCOUNT_STATES[self.account]


def staff_rows(
    school: School,
    *,
    on: datetime.date,
    search: str = "",
    kind: str = "",
    account: str = "",
    former: bool = False,
) -> list[StaffRow]:
    """The people of a school, heads first, then by name; three queries.

    Args:
        search: part of a name, staff code or phone, without marks and case.
        kind: only this post; account: only this `AccountState`.
        former: those whose last post here has ended, in place of those who have one.
    """
    rows: dict[int, StaffRow] = {}
    ended: dict[int, StaffRow] = {}
    posts = Post.objects.filter(school=school).select_related("person__user")
    for post in posts.order_by("valid_from", "pk"):
        here = rows if post.valid_to is None or post.valid_to > on else ended
        here.setdefault(post.person_id, StaffRow(post.person, [])).posts.append(post)
    if former:
        rows = {pk: row for pk, row in ended.items() if pk not in rows}
    wanted = fold(search)
    found = [
        row
        for row in rows.values()
        if (not wanted or wanted in _searched(row.person))
        and (not kind or any(post.kind == kind for post in row.posts))
        and (not account or row.account == account)
    ]
    found.sort(
        key=lambda row: (
            min(POST_RANK[PostKind(post.kind)] for post in row.posts),
            row.person.name_key,
            row.person.pk,
        )
    )
    _add_classes(found, school, on)
    _add_other_schools(found, school, on)
    return found


def _searched(person: StaffMember) -> str:
    return f"{person.search_key} {fold(person.staff_code or '')} {person.phone}"


def _add_classes(rows: Sequence[StaffRow], school: School, on: datetime.date) -> None:
    by_person = defaultdict(list)
    for each in (
        ClassAssignment.objects.on(on)
        .filter(school_class__school=school)
        .select_related("school_class")
        .order_by("school_class__name_key", "pk")
    ):
        by_person[each.person_id].append(each)
    for row in rows:
        row.classes = by_person[row.person.pk]


def _add_other_schools(rows: Sequence[StaffRow], school: School, on: datetime.date) -> None:
    by_person: dict[int, list[str]] = defaultdict(list)
    elsewhere = Post.objects.on(on).filter(person__in=[row.person.pk for row in rows])
    for post in elsewhere.exclude(school=school).select_related("school").order_by("pk"):
        if post.school.name not in by_person[post.person_id]:
            by_person[post.person_id].append(post.school.name)
    for row in rows:
        row.others = by_person[row.person.pk]


def accounts_without_record(school: School, *, on: datetime.date) -> list[RoleGrant]:
    """Roles of head or teacher in a school whose account belongs to no staff member; one query."""
    grants = (
        RoleGrant.objects.on(on)
        .filter(
            Q(school=school, role="school_head") | Q(school_class__school=school, role=TEACHER),
            user__staff_member=None,
        )
        .select_related("user", "school", "school_class")
        .order_by("valid_from", "pk")
    )
    by_user = {grant.user_id: grant for grant in reversed(list(grants))}
    return sorted(by_user.values(), key=lambda grant: grant.pk)


def account_to_link(school: School, user_id: int, *, on: datetime.date) -> User | None:
    """The account of `accounts_without_record` with this id, else None."""
    return next(
        (g.user for g in accounts_without_record(school, on=on) if g.user_id == user_id), None
    )


def person_in(
    places: Places, person_id: int, *, now_on: datetime.date | None = None
) -> StaffMember | None:
    """The person with a post in a school inside `places`, else None.

    Args:
        now_on: only with a post that has not ended by this day; None for any, also a former one.
    """
    posts = Post.objects.filter(school__in=School.objects.within(places))
    if now_on is not None:
        posts = posts.filter(Q(valid_to=None) | Q(valid_to__gt=now_on))
    return (
        StaffMember.objects.filter(pk=person_id, pk__in=posts.values("person_id"))
        .select_related("user")
        .first()
    )


def posts_of(person: StaffMember) -> list[Post]:
    """Every post of a person with its school, the latest first."""
    return list(person.posts.select_related("school").order_by("-valid_from", "-pk"))


def post_in(places: Places, post_id: int) -> Post | None:
    """The post with person and school when its school lies inside `places`, else None."""
    return (
        Post.objects.filter(pk=post_id, school__in=School.objects.within(places))
        .select_related("person__user", "school")
        .first()
    )


def has_head_role(user: User | None, school: School, *, on: datetime.date) -> bool:
    """Whether an account holds the role of the school's head on a day."""
    return (
        user is not None
        and RoleGrant.objects.on(on).filter(user=user, role="school_head", school=school).exists()
    )


def colleagues(school: School, *, on: datetime.date) -> QuerySet[StaffMember]:
    """Those with a post in a school on a day, by name, with their accounts."""
    return (
        StaffMember.objects.filter(
            pk__in=Post.objects.on(on).filter(school=school).values("person_id")
        )
        .select_related("user")
        .order_by("name_key", "pk")
    )


@dataclass(frozen=True)
class AlikePeople:
    """People on record who may be the one that is meant, with their schools of the day."""

    people: list[tuple[StaffMember, list[str]]]

    def __bool__(self) -> bool:
        return bool(self.people)

    @property
    def ids(self) -> list[int]:
        """Their ids, ascending."""
        return sorted(person.pk for person, _schools in self.people)

    @property
    def fingerprint(self) -> str:
        """Tells these people from others, who may have come meanwhile."""
        return hashlib.sha256(repr(self.ids).encode()).hexdigest()[:16]


def people_alike(
    full_name: str,
    birth_date: datetime.date | None,
    staff_code: str | None,
    *,
    on: datetime.date,
    besides: StaffMember | None = None,
) -> AlikePeople:
    """Those with this staff code, or this name (without marks and case) and birth date.

    Without a birth date the same name is enough: nothing else could tell them apart. Two queries.
    """
    alike = Q(search_key=fold(normalise(full_name)))
    if birth_date is not None:
        alike &= Q(birth_date=birth_date) | Q(birth_date=None)
    if staff_code:
        alike |= Q(staff_code=staff_code)
    people = StaffMember.objects.filter(alike).order_by("pk")
    if besides is not None:
        people = people.exclude(pk=besides.pk)
    found = list(people[:10])
    return AlikePeople([(person, names) for person, names in _with_schools(found, on)])


def _with_schools(
    people: Iterable[StaffMember], on: datetime.date
) -> list[tuple[StaffMember, list[str]]]:
    people = list(people)
    names: dict[int, list[str]] = defaultdict(list)
    if people:
        for post in Post.objects.on(on).filter(person__in=people).select_related("school"):
            if post.school.name not in names[post.person_id]:
                names[post.person_id].append(post.school.name)
    return [(person, names[person.pk]) for person in people]
