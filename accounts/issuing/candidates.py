"""People of the staff list without an account, and who may make theirs.

Whoever makes an account holds its first password until it is used, and is that person so long.
So an account is made only by whoever could give every right that it opens: the classes assigned
to the person, and the role of the head to whom the post of one is given.
"""

import datetime
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.scope import Places, Scope
from core.types import StrOrPromise
from core.vietnamese import fold, format_date
from schools.enums import AreaLevel
from schools.models import Area, Placement, School

from ..giving.reach import reach
from ..models import ClassAssignment, Post, RoleGrant, StaffMember
from ..staff.models import PostKind


class Group(StrEnum):
    """What people are chosen by, the most urgent first."""

    HEAD = "head"
    CLASS = "class"
    TEACHER = "teacher"
    DEPUTY = "deputy"
    CLERK = "clerk"
    OTHER = "other"


GROUPS: dict[str, StrOrPromise] = {
    Group.HEAD: _("School heads"),
    Group.CLASS: _("Teachers of a class"),
    Group.TEACHER: _("Teachers without a class yet"),
    Group.DEPUTY: _("Deputy school heads"),
    Group.CLERK: _("Clerks"),
    Group.OTHER: _("Other staff"),
}
# Who needs an account for the first morning.
USUAL = (Group.HEAD, Group.CLASS)
OF_POST = {
    PostKind.HEAD: Group.HEAD,
    PostKind.DEPUTY_HEAD: Group.DEPUTY,
    PostKind.TEACHER: Group.TEACHER,
    PostKind.CLERK: Group.CLERK,
    PostKind.OTHER: Group.OTHER,
}
RANK = {kind: rank for rank, kind in enumerate(PostKind)}


class Obstacle(StrEnum):
    """Why an office above must make an account."""

    HEAD = "head"
    ELSEWHERE = "elsewhere"


OBSTACLES: dict[str, StrOrPromise] = {
    Obstacle.HEAD: _("the office above makes the account of a head"),
    Obstacle.ELSEWHERE: _("also teaches in another school: the office above makes the account"),
}


@dataclass
class Candidate:
    """Somebody of the staff list without an account.

    Attributes:
        posts: of the day, in the schools asked about; the highest first.
        classes: names of the classes of the day or later.
        head_of: schools whose head's role comes with the account.
        obstacle: an `Obstacle`, or "" for who may be given an account.
        namesakes: user names of accounts of this name, in no staff list, that may be theirs.
    """

    person: StaffMember
    posts: list[Post] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    head_of: list[School] = field(default_factory=list)
    obstacle: str = ""
    namesakes: list[str] = field(default_factory=list)

    @property
    def school(self) -> School:
        """Where the slip is handed over."""
        return self.posts[0].school

    @property
    def group(self) -> Group:
        """What the person is chosen by."""
        kind = PostKind(self.posts[0].kind)
        return Group.CLASS if self.classes and kind != PostKind.HEAD else OF_POST[kind]

    @property
    def details(self) -> list[StrOrPromise]:
        """What tells the person from others of the group: posts, classes, date of birth."""
        posts = [str(PostKind(post.kind).label) for post in self.posts]
        says_more = len(posts) > 1 or OF_POST[PostKind(self.posts[0].kind)] != self.group
        is_teacher = [post.kind for post in self.posts] == [PostKind.TEACHER]
        found: list[StrOrPromise] = [", ".join(posts)] if says_more and not is_teacher else []
        if self.classes:
            found.append(gettext("Class %(names)s") % {"names": ", ".join(self.classes)})
        if self.person.birth_date:
            found.append(gettext("born %(day)s") % {"day": format_date(self.person.birth_date)})
        if self.head_of:
            found.append(_("gets the role of the school head"))
        return found

    @property
    def is_usual(self) -> bool:
        """Whether the person is chosen unless somebody says otherwise."""
        return self.group in USUAL and not self.obstacle and not self.namesakes

    @property
    def obstacle_words(self) -> StrOrPromise:
        """Why the reader makes no account for them; empty when they may."""
        return OBSTACLES.get(self.obstacle, "")


def candidates_of(scope: Scope, school: School) -> list[Candidate]:
    """The `candidates` of one school."""
    return candidates(scope, schools=School.objects.filter(pk=school.pk))


def candidates(
    scope: Scope, *, schools: QuerySet[School], people: Collection[int] | None = None
) -> list[Candidate]:
    """Those without an account who have a post of the day in some schools, by school and name.

    Eight queries at most, however many there are; one without any.

    Args:
        schools: some of `schools_to_staff`; people: only those with these keys.
    """
    on = scope.date
    posts = Post.objects.on(on).filter(school__in=schools.order_by(), person__user=None)
    if people is not None:
        posts = posts.filter(person__in=people)
    found: dict[int, Candidate] = {}
    for post in posts.select_related("person", "school").order_by("valid_from", "pk"):
        found.setdefault(post.person_id, Candidate(post.person)).posts.append(post)
    if not found:
        return []
    for each in found.values():
        each.posts.sort(key=lambda post: (RANK[PostKind(post.kind)], post.valid_from, post.pk))
    among = Q(person__in=posts.order_by().values("person_id"))
    _add_classes(found, among, scope)
    _add_head_posts(found, among, scope)
    _add_namesakes(found, scope)
    communes = _commune_keys(found.values(), on)
    return sorted(
        found.values(),
        key=lambda each: (
            communes.get(each.school.pk, ""),
            each.school.name_key,
            each.school.pk,
            RANK[PostKind(each.posts[0].kind)],
            each.person.name_key,
            each.person.pk,
        ),
    )


def schools_to_staff(scope: Scope) -> QuerySet[School]:
    """Schools of the day for whose people the person of a scope makes accounts."""
    found = reach(scope, "teacher")
    return found.schools() if found else School.objects.none()


def areas_to_staff(scope: Scope) -> list[Area]:
    """Areas of the day, the widest first, for whose schools accounts are made at once."""
    found = reach(scope, "teacher")
    areas = Area.objects.on(scope.date).filter(level__lte=AreaLevel.COMMUNE)
    if not found.everywhere:
        areas = areas.filter(pk__in=found.places.areas)
    return list(areas.order_by("level", "name_key", "pk"))


def schools_of(scope: Scope, area: Area | None) -> QuerySet[School]:
    """The schools of `schools_to_staff` in an area; all of them without one."""
    schools = schools_to_staff(scope)
    if area is None:
        return schools
    below = Places(scope.date, areas=frozenset(scope.tree.below(area.pk)))
    return schools & School.objects.within(below)


def _add_classes(found: dict[int, Candidate], among: Q, scope: Scope) -> None:
    """Classes, and who has one where the maker gives none; the days to come count as well."""
    assignments = ClassAssignment.objects.filter(among, valid_to__gt=scope.date)
    own = schools_to_staff(scope).order_by().values("pk")
    outside = set(assignments.exclude(school_class__school__in=own).values_list("pk", flat=True))
    rows = assignments.order_by("school_class__name_key", "pk").values_list(
        "pk", "person_id", "school_class__name"
    )
    for pk, person_id, name in rows:
        if person_id not in found:
            continue  # came since the posts were read
        candidate = found[person_id]
        if name not in candidate.classes:
            candidate.classes.append(name)
        if pk in outside:
            candidate.obstacle = Obstacle.ELSEWHERE


def _add_head_posts(found: dict[int, Candidate], among: Q, scope: Scope) -> None:
    """Schools whose head's role comes along, and whose the maker does not give."""
    posts = Post.objects.filter(
        among, Q(valid_to=None) | Q(valid_to__gt=scope.date), kind=PostKind.HEAD
    )
    given = reach(scope, "school_head")
    own: set[int] = set()
    if given:
        own = set(posts.filter(school__in=given.schools()).values_list("school_id", flat=True))
    for post in posts.select_related("school").order_by("valid_from", "pk"):
        candidate = found.get(post.person_id)
        if candidate is None:
            continue
        if post.school_id not in own:
            candidate.obstacle = Obstacle.HEAD
        elif post.is_valid_on(scope.date):
            candidate.head_of.append(post.school)


def _add_namesakes(found: dict[int, Candidate], scope: Scope) -> None:
    """Accounts that may be these people's: of their name, with a role in one of their schools.

    The maker's own account too, wherever it is: nobody makes themselves a second one unasked.
    """
    by_name: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in found.values():
        by_name[candidate.person.search_key].append(candidate)
    schools = {post.school_id for each in found.values() for post in each.posts}
    own = scope.user.pk if scope.user is not None else 0
    grants = RoleGrant.objects.filter(
        Q(school__in=schools) | Q(school_class__school__in=schools) | Q(user=own),
        user__staff_member=None,
    )
    rows = grants.order_by("user__username").values_list(
        "user_id",
        "user__username",
        "user__full_name",
        "school_id",
        "school_class__school_id",
    )
    for user_id, username, full_name, school_id, class_school_id in rows:
        for candidate in by_name.get(fold(full_name), ()):
            works_in = {post.school_id for post in candidate.posts}
            may_be = user_id == own or works_in & {school_id, class_school_id}
            if may_be and username not in candidate.namesakes:
                candidate.namesakes.append(username)


def _commune_keys(found: Iterable[Candidate], on: datetime.date) -> dict[int, str]:
    """{school: key of its commune's name}: slips are handed out commune by commune."""
    schools = {each.school.pk for each in found}
    placements = Placement.objects.on(on).filter(school__in=schools)
    return dict(placements.values_list("school_id", "commune__name_key"))


@dataclass
class SchoolChoice:
    """Those of one school: how many are chosen, and how many are left to be looked at."""

    school: School
    chosen: int = 0
    left: int = 0


def by_school(people: Sequence[Candidate], groups: Collection[str]) -> list[SchoolChoice]:
    """`SchoolChoice` of each school with people in some groups, in the order of the people."""
    rows: dict[int, SchoolChoice] = {}
    for each in people:
        if each.group not in groups:
            continue
        row = rows.setdefault(each.school.pk, SchoolChoice(each.school))
        if is_chosen(each, groups):
            row.chosen += 1
        else:
            row.left += 1
    return list(rows.values())


def fingerprint(people: Iterable[Candidate]) -> str:
    """Tells these people from others: a page was shown with some, and is sent with the same."""
    ids = sorted(each.person.pk for each in people)
    return hashlib.sha256(repr(ids).encode()).hexdigest()[:16]


def is_chosen(candidate: Candidate, groups: Collection[str]) -> bool:
    """Whether a choice by groups takes the person: nobody who must be looked at first."""
    return candidate.group in groups and not candidate.obstacle and not candidate.namesakes
