"""Who holds a permission for a class or a school: asked below, answered by the app of the users.

The opposite question of `core.scope`. `accounts` registers the function that knows with `sources`;
it receives (permission, on, class_ids, school_ids) and yields `Holder`s; and it names the roles.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from .hooks import Hook
from .permissions import Permission
from .types import StrOrPromise


@dataclass(frozen=True)
class Holder:
    """A person who holds a permission for exactly one class, one school or one area.

    `email` is empty when no address is known or the person wants no reminders there; `phone`
    when none is known.
    """

    user_id: int
    name: str
    email: str
    phone: str = ""
    class_id: int | None = None
    school_id: int | None = None
    area_id: int | None = None


class HolderSource(Protocol):
    """What `sources` are: yield who holds a permission on a day."""

    def __call__(
        self,
        permission: Permission,
        *,
        on: datetime.date,
        class_ids: Collection[int] | None,
        school_ids: Collection[int] | None,
        area_ids: Collection[int],
    ) -> Iterable[Holder]: ...


sources: Hook[HolderSource] = Hook("holders of a permission")
# Code of a role -> how people call it.
role_names: dict[str, StrOrPromise] = {}


def holders(
    permission: Permission,
    *,
    on: datetime.date,
    class_ids: Collection[int] | None = None,
    school_ids: Collection[int] | None = None,
    area_ids: Collection[int] = (),
) -> list[Holder]:
    """List of `Holder`s on a day, whose accounts are open, the longest in office first.

    Args:
        class_ids, school_ids: only grants for these; None = for any.
        area_ids: grants for exactly these areas too. Of others nobody is named: nobody would be
            meant.
    One query for each source.
    """
    return [
        holder
        for source in sources
        for holder in source(
            permission, on=on, class_ids=class_ids, school_ids=school_ids, area_ids=area_ids
        )
    ]
