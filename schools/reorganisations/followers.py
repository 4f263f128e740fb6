"""What may go along with a unit that ends, when somebody chose it: roles held there, duties.

Nothing goes along by itself: a right that a unit's end took away is given again by a person. A
package above registers with `followers` a function that returns a module with:

- `CODE`: what it is called by the command (`--carry-CODE`) and in what was written;
- `MODEL`: label of the rows it writes;
- `WORD`: what it is called in the column *Mang theo*, which is Vietnamese as the others;
- `prepare(chosen)`: `Prepared`, what would go along, and why it may not: by the rules by which the
  same is given by hand. Writes nothing;
- `carry_on(prepared, by)`: writes it, returns the rows;
- `take_back(ids, by)`: removes them again.

`obstacles` are asked before anything changes: functions of the ids of the units concerned and a
day that return sentences, why the map may not change from that day on.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from django.db.models import Model

from core.hooks import Hook
from core.types import User

if TYPE_CHECKING:
    # Packages register before there are models.
    from ..models import Area

# Rank and code: what names a unit on one day.
Key: TypeAlias = tuple[int, str]


@dataclass(frozen=True)
class ToCarry:
    """Of which units something is to go along.

    Attributes:
        pairs: (old unit, the one that follows it); the second may not be saved yet.
        ended: ids of all units that end.
        on: the day from which the others follow.
        above: ids of the units in which one that follows lies from that day, by its key; units
            that begin have none.
        by: who applies the decree; None for the command on the server.
        locking: whether it is going to be written, so that what is read is kept until then.
    """

    pairs: Sequence[tuple[Area, Area]]
    ended: Collection[int]
    on: datetime.date
    above: Mapping[Key, Collection[int]]
    by: User | None
    locking: bool


@dataclass
class Prepared:
    """What would go along, one item each; and why it may not, in sentences."""

    items: list[Any] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class Follower(Protocol):
    """What a module has (above)."""

    CODE: str
    WORD: str
    MODEL: str

    def prepare(self, chosen: ToCarry, /) -> Prepared: ...
    def carry_on(self, prepared: Prepared, by: User | None, /) -> Sequence[Model]: ...
    def take_back(self, ids: Collection[int], by: User | None, /) -> None: ...


followers: Hook[Callable[[], Follower]] = Hook("what may go along with a unit that ends")
obstacles: Hook[Callable[[Collection[int], datetime.date], Iterable[str]]] = Hook(
    "why the map of units may not change from a day on"
)


def key_of(area: Area) -> Key:
    """The key of a unit."""
    return area.level, area.code


def by_code() -> dict[str, Follower]:
    """{code: follower}, in the order of the packages."""
    return {follower.CODE: follower for function in followers for follower in [function()]}


def words() -> dict[str, str]:
    """{word of the column *Mang theo*: code}."""
    return {follower.WORD: code for code, follower in by_code().items()}
