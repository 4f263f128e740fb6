"""What the packages above let follow a class into the next school year: asked and moved here.

A package registers with `followers` a function that returns a module with these functions:

- `teachers_of(class_ids, day)`: dict class id -> names of those who teach it on a day and would
  go on with it;
- `left_behind(class_ids, day)`: sentences, what hangs on these classes and does not go along;
- `carry_on(successors, from_year, to_year, by)`: lets what hangs on a class of one year go on
  with its successor (dict old class id -> new one); returns, as JSON, what it wrote;
- `obstacles(wrote)`: sentences, what was changed since and would be lost by taking it back;
- `take_back(wrote, by)`: removes what `carry_on` wrote.

The last three are called inside the transaction that does the rest.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from core.hooks import Hook
from core.types import User

if TYPE_CHECKING:
    # Packages register before there are models.
    from ..models import SchoolYear


class Follower(Protocol):
    """The functions that a module has (above)."""

    def teachers_of(
        self, class_ids: Collection[int], day: datetime.date, /
    ) -> dict[int, list[str]]: ...
    def left_behind(self, class_ids: Collection[int], day: datetime.date, /) -> list[str]: ...
    def carry_on(
        self,
        successors: Mapping[int, int],
        from_year: SchoolYear,
        to_year: SchoolYear,
        by: User | None,
        /,
    ) -> Any: ...
    def obstacles(self, wrote: Any, /) -> list[str]: ...
    def take_back(self, wrote: Any, by: User | None, /) -> None: ...


followers: Hook[Callable[[], Follower]] = Hook("what follows a class into the next school year")


def _modules() -> list[Follower]:
    return [module() for module in followers]


def teachers_of(class_ids: Collection[int], day: datetime.date) -> dict[int, list[str]]:
    """Dict class id -> names of the teachers who go on with it."""
    found: dict[int, list[str]] = {}
    for follower in _modules():
        for class_id, names in follower.teachers_of(class_ids, day).items():
            found.setdefault(class_id, []).extend(names)
    return found


def left_behind(class_ids: Collection[int], day: datetime.date) -> list[str]:
    """What does not go along with the classes, in sentences."""
    return [text for follower in _modules() for text in follower.left_behind(class_ids, day)]


def carry_on(
    successors: Mapping[int, int], from_year: SchoolYear, to_year: SchoolYear, by: User | None
) -> list[Any]:
    """Let everything go on with the successors; returns what `obstacles` and `take_back` need."""
    return [follower.carry_on(successors, from_year, to_year, by) for follower in _modules()]


def obstacles(wrote: Sequence[Any]) -> list[str]:
    """Everything that would be lost, in sentences."""
    return [
        sentence
        for follower, how in zip(_modules(), wrote, strict=True)
        for sentence in follower.obstacles(how)
    ]


def take_back(wrote: Sequence[Any], by: User | None) -> None:
    """Remove what `carry_on` wrote."""
    for follower, how in zip(_modules(), wrote, strict=True):
        follower.take_back(how, by)
