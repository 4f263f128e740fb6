"""Where a person may give a role, and whose account they may open again.

`accounts.roles.GIVES` says which roles; the places are those below the giver's own. An
administrator gives everywhere.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import Q, QuerySet
from django.utils import timezone

from core.scope import Grant, Places, Scope
from schools.models import Area, School, SchoolClass

from ..models import ClassAssignment, Post, RoleGrant, User
from ..roles import AREA, AREA_LEVELS, CLASS, GIVES, INSTALLATION, ROLES, SCHOOL, TEACHER
from ..scoping import scope_for

# Where a role is held; None for the whole installation.
Place: TypeAlias = Area | School | SchoolClass | None
_KIND = {Area: AREA, School: SCHOOL, SchoolClass: CLASS}


@dataclass(frozen=True)
class Reach:
    """Where one role may be given: everywhere, or in `places`."""

    role: str
    places: Places
    everywhere: bool = False

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.places)

    def areas(self) -> QuerySet[Area]:
        """Areas of the day for which the role may be given."""
        found = Area.objects.on(self._date).filter(level__in=AREA_LEVELS.get(self.role, ()))
        return found if self.everywhere else found.filter(pk__in=self.places.areas)

    def schools(self) -> QuerySet[School]:
        """Schools open on the day, for a role held for a school."""
        found = School.objects.on(self._date)
        return found if self.everywhere else found & School.objects.within(self.places)

    def classes(self) -> QuerySet[SchoolClass]:
        """Classes of the present and coming school years."""
        found = SchoolClass.objects.filter(year__valid_to__gt=self._date)
        return found if self.everywhere else found & SchoolClass.objects.within(self.places)

    def has(self, place: Place) -> bool:
        """Whether the role may be given for a place; at most one query."""
        if place is None:
            return self.everywhere and ROLES[self.role].place == INSTALLATION
        return self.holds(_KIND[type(place)], {place.pk})

    def holds(self, kind: str, ids: Collection[int]) -> bool:
        """Whether the role is held for such places (AREA, SCHOOL or CLASS) and may be given for
        each of these; at most one query."""
        if not self or kind != ROLES[self.role].place:
            return False
        if kind == AREA:
            return self.areas().filter(pk__in=ids).count() == len(set(ids))
        if kind == SCHOOL:
            return self.schools().filter(pk__in=ids).count() == len(set(ids))
        return self.classes().filter(pk__in=ids).count() == len(set(ids))

    def grants(self) -> Q:
        """Condition on `RoleGrant`: grants of the role that lie in reach, whatever their dates."""
        if self.everywhere:
            return Q(role=self.role)
        kind = ROLES[self.role].place
        if kind == AREA:
            return Q(role=self.role, area__in=self.places.areas)
        if kind == SCHOOL:
            return Q(role=self.role, school__in=School.objects.within(self.places).values("pk"))
        if kind == CLASS:
            classes = SchoolClass.objects.within(self.places).order_by().values("pk")
            return Q(role=self.role, school_class__in=classes)
        return Q(pk__in=[])

    @property
    def _date(self) -> datetime.date:
        return self.places.date or timezone.localdate()


def reach(scope: Scope, role: str) -> Reach:
    """Where the person of a scope may give a role."""
    everywhere = False
    areas: set[int] = set()
    schools: set[int] = set()
    for grant, _permissions in scope.grants:
        if role not in GIVES.get(grant.role, ()):
            continue
        everywhere = everywhere or ROLES[grant.role].place == INSTALLATION
        if grant.area_id:
            areas |= scope.tree.below(grant.area_id)
        if grant.school_id:
            schools.add(grant.school_id)
    return Reach(role, Places(scope.date, frozenset(areas), frozenset(schools)), everywhere)


def reaches(scope: Scope) -> list[Reach]:
    """Every role that the person gives somewhere, the highest first."""
    found = (reach(scope, role) for role in GIVES["system_admin"])
    return [each for each in found if each]


def grants_in_reach(scope: Scope) -> Q:
    """Condition on `RoleGrant`: those that the person could have given, ended or not."""
    condition = Q(pk__in=[])
    for each in reaches(scope):
        condition |= each.grants()
    return condition


def may_end(scope: Scope, grants: Iterable[RoleGrant]) -> set[int]:
    """Ids of those among the grants that the person may end; never one of their own. One query."""
    ids = [grant.pk for grant in grants if grant.user_id != getattr(scope.user, "pk", None)]
    if not ids:
        return set()
    found = RoleGrant.objects.filter(grants_in_reach(scope), pk__in=ids)
    return set(found.values_list("pk", flat=True))


def may_reset(scope: Scope, person: User) -> bool:
    """Whether somebody may give a person a code to sign in with.

    Whoever holds such a code is that person for a while. So every right the account has, or will
    have by a role or class that begins later, must be one that the giver could give. An account
    without any is opened by an administrator, or by whoever gives classes in every school where
    the person works. Never one's own, never a closed one, and a superuser's only by a superuser.
    """
    by = scope.user
    if by is None or by.pk == person.pk or not person.is_active:
        return False
    if person.is_superuser and not by.is_superuser:
        return False
    held = [grant for grant, _permissions in scope_for(person, on=scope.date).grants]
    later = RoleGrant.objects.filter(user=person, valid_from__gt=scope.date)
    held += [
        Grant(*row) for row in later.values_list("role", "area_id", "school_id", "school_class_id")
    ]
    coming = ClassAssignment.objects.filter(person__user=person, valid_from__gt=scope.date)
    held += [Grant(TEACHER, class_id=pk) for pk in coming.values_list("school_class_id", flat=True)]
    if not held:
        return "system_admin" in scope.roles or _works_below(scope, person)
    return all(_could_give(scope, grant) for grant in held)


def posts_in_reach(scope: Scope) -> QuerySet[Post]:
    """Posts that have not ended, in schools where the person of a scope gives classes."""
    found = reach(scope, TEACHER)
    if not found:
        return Post.objects.none()
    return _present_posts(scope).filter(school__in=found.schools().order_by())


def _present_posts(scope: Scope) -> QuerySet[Post]:
    return Post.objects.filter(Q(valid_to=None) | Q(valid_to__gt=scope.date))


def _works_below(scope: Scope, person: User) -> bool:
    posts = set(_present_posts(scope).filter(person__user=person).values_list("pk", flat=True))
    inside = posts_in_reach(scope).filter(pk__in=posts).count()
    return bool(posts) and inside == len(posts)


def _could_give(scope: Scope, grant: Grant) -> bool:
    found = reach(scope, grant.role)
    if found.everywhere:
        return True
    if not found:
        return False
    if grant.area_id:
        return grant.area_id in found.places.areas
    if grant.school_id:
        return School.objects.within(found.places).filter(pk=grant.school_id).exists()
    classes = SchoolClass.objects.within(found.places)
    return grant.class_id is not None and classes.filter(pk=grant.class_id).exists()
