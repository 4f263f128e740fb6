"""The accounts below a person, and who of them has signed in."""

import datetime
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.scope import Scope
from core.types import StrOrPromise
from core.vietnamese import fold, sort_key
from schools.models import Placement, School

from ..models import Post, RoleGrant, User
from .reach import grants_in_reach, posts_in_reach, reach

NEVER, EXPIRED, MUST_CHANGE, IN_USE, CLOSED = "never", "expired", "change", "used", "closed"
# In words, the most urgent first.
STATES: dict[str, StrOrPromise] = {
    EXPIRED: _("slip or code expired"),
    NEVER: _("never signed in"),
    MUST_CHANGE: _("must change the password"),
    IN_USE: _("signs in"),
    CLOSED: _("account closed"),
}


@dataclass(frozen=True)
class Account:
    """A line of the list: a person, what they hold in the reader's reach, and their state.

    `posts`: those of the staff list in the reader's schools; a class given there needs no role.
    """

    user: User
    state: str
    grants: list[RoleGrant] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)

    @property
    def is_of_school(self) -> bool:
        """Whether the person works in a school, by the staff list or by a role."""
        held = any(grant.school_id or grant.school_class_id for grant in self.grants)
        return held or bool(self.posts)

    @property
    def state_words(self) -> StrOrPromise:
        """The state as people say it."""
        return STATES[self.state]


@dataclass
class SchoolCount:
    """How many accounts of a school there are, by state."""

    school: School
    by_state: dict[str, int]

    @property
    def total(self) -> int:
        """All accounts of the school."""
        return sum(self.by_state.values())

    @property
    def in_use(self) -> int:
        """Those that sign in with a password of their own."""
        return self.by_state.get(IN_USE, 0)

    @property
    def never(self) -> int:
        """Those that never signed in, expired slips among them."""
        return self.by_state.get(NEVER, 0) + self.by_state.get(EXPIRED, 0)

    @property
    def must_change(self) -> int:
        """Those that signed in and owe a password of their own."""
        return self.by_state.get(MUST_CHANGE, 0)


def state_of(user: User, *, now: datetime.datetime | None = None) -> str:
    """The state of an account, a key of `STATES`."""
    now = now or timezone.now()
    if not user.is_active:
        return CLOSED
    if user.temporary_until is not None and user.temporary_until <= now:
        return EXPIRED
    if user.last_login is None:
        return NEVER
    return MUST_CHANGE if user.must_change_password else IN_USE


def current_grants(scope: Scope) -> QuerySet[RoleGrant]:
    """Grants in the reader's reach that are held today or will be."""
    return RoleGrant.objects.filter(
        grants_in_reach(scope), Q(valid_to=None) | Q(valid_to__gt=scope.date)
    )


def people(scope: Scope) -> QuerySet[User]:
    """Accounts that the reader answers for: a role or post of theirs lies in reach, now or later.

    An administrator answers for accounts without any role too. Never one's own.
    """
    others = User.objects.exclude(pk=_own_id(scope))
    if "system_admin" in scope.roles:
        return others
    return others.filter(
        Exists(current_grants(scope).filter(user=OuterRef("pk")))
        | Exists(posts_in_reach(scope).filter(person__user=OuterRef("pk")))
    )


def person_in(scope: Scope, user_id: int) -> User | None:
    """The account when the reader answers for it, else None; one query."""
    return people(scope).filter(pk=user_id).first()


def accounts(
    scope: Scope, *, school: School | None = None, state: str = "", search: str = ""
) -> list[Account]:
    """Lines of the list in the order of given names; three queries.

    Args:
        school: only people of a school.
        state: a key of `STATES`, or "" for all.
        search: compared without marks and case with name and user name.
    """
    grants = current_grants(scope)
    if school is not None:
        grants = grants.filter(Q(school=school) | Q(school_class__school=school))
    by_user: dict[int, list[RoleGrant]] = {}
    for grant in _with_places(grants).order_by("valid_from", "pk"):
        by_user.setdefault(grant.user_id, []).append(grant)
    posts_of = _posts_by_user(scope, school)
    found = people(scope)
    if school is not None:
        found = found.filter(pk__in=[*by_user, *posts_of])
    wanted, now = fold(search), timezone.now()
    lines = [
        Account(user, state_of(user, now=now), by_user.get(user.pk, []), posts_of.get(user.pk, []))
        for user in found
        if wanted in f"{fold(user.full_name)} {fold(user.username)}"
    ]
    chosen = [line for line in lines if not state or line.state == state]
    return sorted(chosen, key=lambda line: (sort_key(line.user.full_name), line.user.username))


def _posts_by_user(scope: Scope, school: School | None = None) -> dict[int, list[Post]]:
    posts = posts_in_reach(scope).filter(person__user__isnull=False)
    if school is not None:
        posts = posts.filter(school=school)
    by_user: dict[int, list[Post]] = {}
    for post in posts.select_related("person", "school").order_by("valid_from", "pk"):
        assert post.person.user_id is not None
        by_user.setdefault(post.person.user_id, []).append(post)
    return by_user


def school_counts(scope: Scope) -> list[SchoolCount]:
    """`SchoolCount` of each school in reach with or without accounts, most missing first."""
    schools = {school.pk: school for school in schools_in_reach(scope)}
    people_of: dict[int, set[int]] = {}
    rows = current_grants(scope).values_list("user_id", "school_id", "school_class__school_id")
    for user_id, school_id, class_school_id in rows:
        people_of.setdefault(school_id or class_school_id or 0, set()).add(user_id)
    for user_id, posts in _posts_by_user(scope).items():
        for post in posts:
            people_of.setdefault(post.school_id, set()).add(user_id)
    ids = {user_id for pk in schools for user_id in people_of.get(pk, ())}
    now = timezone.now()
    states = {user.pk: state_of(user, now=now) for user in people(scope) if user.pk in ids}
    counts = []
    for pk, school in schools.items():
        by_state: dict[str, int] = {}
        for user_id in people_of.get(pk, ()):
            if (state := states.get(user_id)) is not None:
                by_state[state] = by_state.get(state, 0) + 1
        counts.append(SchoolCount(school, by_state))
    return sorted(
        counts, key=lambda each: (each.total > 0, -each.never, each.school.name_key, each.school.pk)
    )


def schools_in_reach(scope: Scope) -> list[School]:
    """Schools in whose classes the reader gives roles, by name; one query."""
    places = reach(scope, "teacher")
    return list(places.schools().order_by("name_key", "pk")) if places else []


def school_in_reach(scope: Scope, school_id: int) -> School | None:
    """One of these schools, or None; one query."""
    return reach(scope, "teacher").schools().filter(pk=school_id).first()


def find_by_username(username: str) -> User | None:
    """The open account with exactly this user name, superusers' left out; one query."""
    return User.objects.filter(username=username, is_active=True, is_superuser=False).first()


def grants_of(scope: Scope, user: User) -> list[RoleGrant]:
    """Roles of a person in the reader's reach, those held today or later first; one query."""
    found = _with_places(RoleGrant.objects.filter(grants_in_reach(scope), user=user))
    return sorted(found.order_by("-valid_from", "-pk"), key=lambda grant: grant.is_over)


def grant_in(scope: Scope, grant_id: int) -> RoleGrant | None:
    """A role that the reader could have given to another, or None; one query."""
    return (
        _with_places(RoleGrant.objects.filter(grants_in_reach(scope), pk=grant_id))
        .exclude(user_id=_own_id(scope))
        .first()
    )


def _own_id(scope: Scope) -> int:
    return scope.user.pk if scope.user is not None else 0


def _with_places(grants: QuerySet[RoleGrant]) -> QuerySet[RoleGrant]:
    return grants.select_related("user", "area", "school", "school_class__school")


def whom_to_ask(scope: Scope) -> list[User]:
    """The people just above the reader's first role, at most two, by name: the heads of a
    teacher's school, the officers of the commune of a head's school.

    Of who answers for areas nobody is named: offices answer by their number. Two queries at most.
    """
    if not scope.grants or scope.user is None:
        return []
    grant = scope.grants[0][0]
    if grant.class_id:
        above = Q(role="school_head", school__classes=grant.class_id)
    elif grant.school_id:
        communes = Placement.objects.on(scope.date).filter(school=grant.school_id)
        above = Q(role="commune_officer", area__in=communes.values("commune"))
    else:
        return []
    held = RoleGrant.objects.on(scope.date).filter(above).values("user")
    found = User.objects.filter(pk__in=held, is_active=True).exclude(pk=scope.user.pk)
    return sorted(found, key=lambda user: (sort_key(str(user)), user.pk))[:2]
