"""Who may act where: grants, places and the scope that answers both questions.

A role is held for a place (an area, a school or a class) between two dates and holds for
what lies below. `Scope` turns a person's grants into `Places` per permission; the same
`Places` filters a list (`queryset.within(places)`) and tests one object, so the two can
never disagree. `accounts` builds the scope; domain apps only read it.

Packages above may hand out grants of their own (a committee member's assignment is one): a
function registered with `grant_sources` receives (ids of users, date), None for everybody, and
yields (id of a user, `Grant`). What the areas are is known to the package that owns them:
`area_trees` and `area_histories` receive a date. Whose scope it is when no request brings one,
`scopes` answers.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

from django.utils.functional import SimpleLazyObject

from .hooks import Hook
from .permissions import Permission
from .types import User


@dataclass(frozen=True)
class Grant:
    """A role held for exactly one place."""

    role: str
    area_id: int | None = None
    school_id: int | None = None
    class_id: int | None = None


class ClassRef(Protocol):
    """A class, by its own id and that of its school."""

    @property
    def pk(self) -> int: ...
    @property
    def school_id(self) -> int: ...


class AreaTree(Protocol):
    """The areas of a day. Rows of areas are of the package that owns them."""

    @property
    def date(self) -> datetime.date: ...
    def get(self, area_id: int) -> Any:
        """The area; None when it is not valid on the day."""

    def __contains__(self, area_id: object) -> bool: ...
    def ancestors(self, area_id: int | None) -> list[Any]:
        """From the highest down to the area itself."""

    def communes(self, area_id: int | None = None) -> list[Any]:
        """Communes, all or under one area."""

    def depth(self, area_id: int) -> int:
        """Number of areas above."""

    def below(self, area_id: int) -> set[int]:
        """Ids of the area and everything under it."""


class AreaHistory(Protocol):
    """The areas before a day and who reads what was filed under them."""

    @property
    def map_days(self) -> Sequence[datetime.date]:
        """Days from which a map of official units is in force."""

    def holds_on(self, area_id: int, day: datetime.date) -> bool:
        """Whether the area is valid on a day."""

    def readable(self, area_ids: Collection[int]) -> frozenset[int]:
        """The areas (with all below them) and the ended ones read with them."""

    def above(self, area_ids: Collection[int]) -> set[int]:
        """Ids of all that those which have ended once lay in."""

    def before(self, area_ids: Collection[int]) -> set[int]:
        """The areas and every one that went into them."""


grant_sources: Hook[
    Callable[[Collection[int] | None, datetime.date], Iterable[tuple[int, Grant]]]
] = Hook("grants")
scopes: Hook[Callable[[User], Scope]] = Hook("the scope of a person today")
area_trees: Hook[Callable[[datetime.date], AreaTree]] = Hook("the areas of a day")
area_histories: Hook[Callable[[datetime.date], AreaHistory]] = Hook("the areas before a day")


@dataclass(frozen=True)
class Places:
    """A set of places: areas (already widened to everything below), schools and classes.

    With `reading` the areas hold those of the past too (`Scope.places_to_read`), and a school
    lies in the last commune it was placed in, closed since or not.
    """

    date: datetime.date | None = None
    areas: frozenset[int] = frozenset()
    schools: frozenset[int] = frozenset()
    classes: frozenset[int] = frozenset()
    reading: bool = False

    def __bool__(self) -> bool:
        return bool(self.areas or self.schools or self.classes)

    @property
    def only_classes(self) -> bool:
        """Whether these places reach no whole school: a class teacher's."""
        return bool(self.classes) and not (self.areas or self.schools)

    def names(self, school_class: ClassRef) -> bool:
        """Whether the class or its school is granted by itself, so that no area need be asked."""
        return school_class.pk in self.classes or school_class.school_id in self.schools


NOWHERE = Places()


def joined(places: Collection[Places]) -> Places:
    """All that lies in some of these places, which are of one day."""
    return Places(
        next((each.date for each in places), None),
        frozenset().union(*(each.areas for each in places)),
        frozenset().union(*(each.schools for each in places)),
        frozenset().union(*(each.classes for each in places)),
        reading=any(each.reading for each in places),
    )


@dataclass
class Scope:
    """What one person may do on one day.

    Args:
        date: the day the answer holds for.
        grants: list of (`Grant`, frozenset of `Permission`).
        user: the person, or None for nobody.
        describe: function that says in words who acts for what, e.g. "Teacher · 6A".
    """

    date: datetime.date
    grants: list[tuple[Grant, frozenset[Permission]]] = field(default_factory=list)
    user: User | None = None
    describe: Callable[[Scope], str] | None = None
    _places: dict[Permission, Places] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def headline(self) -> str:
        """Role and place in words, for the head of the page; empty without a role."""
        return self.describe(self) if self.describe else ""

    @cached_property
    def tree(self) -> AreaTree:
        """The areas of `date`, loaded only when an area grant asks for them."""
        (tree_on,) = area_trees
        return tree_on(self.date)

    @cached_property
    def history(self) -> AreaHistory:
        """The areas before `date` and who reads what was filed under them; loaded when asked."""
        (history_before,) = area_histories
        return history_before(self.date)

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """Every permission held somewhere."""
        return frozenset().union(*(permissions for _grant, permissions in self.grants))

    @property
    def roles(self) -> list[str]:
        """Role codes held, in the order granted."""
        return list(dict.fromkeys(grant.role for grant, _permissions in self.grants))

    def may(self, permission: Permission) -> bool:
        """Whether the permission is held anywhere at all."""
        return permission in self.permissions

    def places(self, permission: Permission) -> Places:
        """Where the permission is held; falsy `Places` when nowhere."""
        if permission not in self._places:
            self._places[permission] = self._gather(permission)
        return self._places[permission]

    def places_to_read(self, permission: Permission) -> Places:
        """Where what was filed may be read: `places` and the areas that ended before them.

        Only for reading: a change is asked of `places`, which hold nothing that has ended. A
        grant for a school or class is not widened. Which ended areas are read with which of
        today, see `schools.areas.selectors.history`.
        """
        now = self.places(permission)
        if not now.areas:
            return now
        return replace(now, areas=self.history.readable(now.areas), reading=True)

    def areas_granted(self, permission: Permission) -> list[int]:
        """Ids of the areas named in the grants themselves, highest first."""
        ids = [
            grant.area_id
            for grant, permissions in self.grants
            if permission in permissions and grant.area_id
        ]
        return sorted(dict.fromkeys(ids), key=self.tree.depth)

    def share_map(self, other: Scope) -> None:
        """Use the areas of another scope of the same day, so that many load them once."""
        self.__dict__["tree"] = SimpleLazyObject(lambda: other.tree)
        self.__dict__["history"] = SimpleLazyObject(lambda: other.history)

    def _gather(self, permission: Permission) -> Places:
        areas: set[int] = set()
        schools: set[int] = set()
        classes: set[int] = set()
        for grant, permissions in self.grants:
            if permission not in permissions:
                continue
            if grant.area_id:
                areas |= self.tree.below(grant.area_id)
            elif grant.school_id:
                schools.add(grant.school_id)
            elif grant.class_id:
                classes.add(grant.class_id)
        if not (areas or schools or classes):
            return NOWHERE
        return Places(self.date, frozenset(areas), frozenset(schools), frozenset(classes))
