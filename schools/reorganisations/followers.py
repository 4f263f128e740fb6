"""What may go along with a unit that ends, when somebody chose it: roles held there, duties.

Nothing goes along by itself: a right that a unit's end took away is given again by a person. A
package above registers with `followers` a function that returns a module with:

- `CODE`: what it is called by the command (`--carry-CODE`) and in what was written;
- `MODEL`: label of the rows it writes;
- `WORD`: what it is called in the column *Mang theo*, which is Vietnamese as the others;
- `prepare(pairs, ended, on)`: `Prepared`, what would go along (pairs of an old unit and the one
  that follows it; the second may not be saved yet; ids of all units that end). Writes nothing;
- `carry_on(prepared, on, by)`: writes it, returns the ids of the rows;
- `take_back(ids, by)`: removes them again.

`obstacles` are asked before anything changes: functions of the ids of the units concerned and a
day that return sentences, why the map may not change from that day on.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from core.hooks import Hook
from core.types import User

if TYPE_CHECKING:
    # Packages register before there are models.
    from ..models import Area

Pairs: TypeAlias = "Sequence[tuple[Area, Area]]"


@dataclass
class Prepared:
    """What would go along, one item each; and why it cannot, in sentences."""

    items: list[Any] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class Follower(Protocol):
    """What a module has (above)."""

    CODE: str
    WORD: str
    MODEL: str

    def prepare(self, pairs: Pairs, ended: Collection[int], on: datetime.date, /) -> Prepared: ...
    def carry_on(self, prepared: Prepared, on: datetime.date, by: User | None, /) -> list[int]: ...
    def take_back(self, ids: Collection[int], by: User | None, /) -> None: ...


followers: Hook[Callable[[], Follower]] = Hook("what may go along with a unit that ends")
obstacles: Hook[Callable[[Collection[int], datetime.date], Iterable[str]]] = Hook(
    "why the map of units may not change from a day on"
)


def by_code() -> dict[str, Follower]:
    """{code: follower}, in the order of the packages."""
    return {follower.CODE: follower for function in followers for follower in [function()]}


def words() -> dict[str, str]:
    """{word of the column *Mang theo*: code}."""
    return {follower.WORD: code for code, follower in by_code().items()}
