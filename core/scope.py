"""Who may act where: grants, places and the scope that answers both questions.

A role is held for a place (an area, a school or a class) between two dates and holds for
what lies below. `Scope` turns a person's grants into `Places` per permission; the same
`Places` filters a list (`queryset.within(places)`) and tests one object, so the two can
never disagree. `accounts` builds the scope; domain apps only read it.

Packages above may hand out grants of their own (a committee member's assignment is one): a
function registered with `grant_sources` receives (user, date) and yields `Grant`s. What the
areas are is known to the package that owns them: `area_trees` and `area_histories` receive a
date.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from .hooks import Hook
from .permissions import Permission

grant_sources: Hook[Callable] = Hook("grants")
area_trees: Hook[Callable] = Hook("the areas of a day")
area_histories: Hook[Callable] = Hook("the areas before a day")


@dataclass(frozen=True)
class Grant:
    """A role held for exactly one place."""

    role: str
    area_id: int | None = None
    school_id: int | None = None
    class_id: int | None = None


@dataclass(frozen=True)
class Places:
    """A set of places: areas (already widened to everything below), schools and classes.

    With `reading` the areas hold those of the past too (`Scope.places_to_read`), and a school
    lies in the last commune it was placed in, closed since or not.
    """

    date: object = None
    areas: frozenset = frozenset()
    schools: frozenset = frozenset()
    classes: frozenset = frozenset()
    reading: bool = False

    def __bool__(self):
        return bool(self.areas or self.schools or self.classes)

    @property
    def only_classes(self):
        """Whether these places reach no whole school: a class teacher's."""
        return bool(self.classes) and not (self.areas or self.schools)

    def names(self, school_class):
        """Whether the class or its school is granted by itself, so that no area need be asked."""
        return school_class.pk in self.classes or school_class.school_id in self.schools


NOWHERE = Places()


@dataclass
class Scope:
    """What one person may do on one day.

    Args:
        date: the day the answer holds for.
        grants: list of (`Grant`, frozenset of `Permission`).
        user: the person, or None for nobody.
        describe: function that says in words who acts for what, e.g. "Teacher · 6A".
    """

    date: object
    grants: list = field(default_factory=list)
    user: object = None
    describe: object = None

    @cached_property
    def headline(self):
        """Role and place in words, for the head of the page; empty without a role."""
        return self.describe(self) if self.describe else ""

    @cached_property
    def tree(self):
        """The areas of `date`, loaded only when an area grant asks for them."""
        (tree_on,) = area_trees
        return tree_on(self.date)

    @cached_property
    def history(self):
        """The areas before `date` and who reads what was filed under them; loaded when asked."""
        (history_before,) = area_histories
        return history_before(self.date)

    @cached_property
    def permissions(self):
        """Every permission held somewhere."""
        return frozenset().union(*(permissions for _grant, permissions in self.grants))

    @property
    def roles(self):
        """Role codes held, in the order granted."""
        return list(dict.fromkeys(grant.role for grant, _permissions in self.grants))

    def may(self, permission):
        """Whether the permission is held anywhere at all."""
        return permission in self.permissions

    def places(self, permission: Permission) -> Places:
        """Where the permission is held; falsy `Places` when nowhere."""
        if not hasattr(self, "_places"):
            self._places = {}
        if permission not in self._places:
            self._places[permission] = self._gather(permission)
        return self._places[permission]

    def places_to_read(self, permission: Permission) -> Places:
        """Where what was filed may be read: `places` and the areas that ended before them.

        Only for reading: a change is asked of `places`, which hold nothing that has ended. A
        grant for a school or class is not widened. Which ended areas are read with which of
        today, see `schools.selectors.area_history`.
        """
        now = self.places(permission)
        if not now.areas:
            return now
        return replace(now, areas=self.history.readable(now.areas), reading=True)

    def areas_granted(self, permission):
        """Ids of the areas named in the grants themselves, highest first."""
        ids = [
            grant.area_id
            for grant, permissions in self.grants
            if permission in permissions and grant.area_id
        ]
        return sorted(dict.fromkeys(ids), key=self.tree.depth)

    def _gather(self, permission):
        areas, schools, classes = set(), set(), set()
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
