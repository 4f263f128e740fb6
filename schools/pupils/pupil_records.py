"""What hangs on a pupil's record in the apps above: asked and moved here, known there.

An app registers with `keepers` a function that returns a module with these functions:

- `hanging(pupil)`: list of sentences, what keeps the record from being removed;
- `obstacles(kept, gone)`: list of sentences, what must be mended before two records are merged;
- `move(kept, gone)`: gives all of one record to the other and returns, as JSON, how it was;
- `give_back(kept, gone, before, is_of_gone)`: the opposite; `is_of_gone(class_id, date)` tells
  whether what was written since on that day belongs to the record that comes back;
- `forget(pupil)`: deletes what is kept of a record that is removed, nothing of it `hanging`.
- `anonymise(pupil, names, nobody)`: takes away what tells who the child is, puts `nobody` where
  texts have one of its `names`, changes no figure; returns {"app.model": ids} of the rows on
  which events may name the child;
- `tables(pupil)`: list of `Table`, all that is kept of the child.

All are called inside the transaction that does the rest, with both pupils there.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from core.hooks import Hook
from core.types import JSON

if TYPE_CHECKING:
    # Apps register keepers before there are models.
    from ..models import Pupil

# What each keeper, by the name of its module, needs to part two records again.
Moved: TypeAlias = dict[str, JSON]
# Whether a class's day (class id, date) belongs to the record that comes back.
IsOfGone: TypeAlias = Callable[[int, datetime.date], bool]


@dataclass(frozen=True)
class Table:
    """A part of what is kept of a child: its title, headings, and rows of plain values."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]


class Keeper(Protocol):
    """The functions that a module has (above)."""

    __name__: str

    def hanging(self, pupil: Pupil, /) -> list[str]: ...
    def obstacles(self, kept: Pupil, gone: Pupil, /) -> list[str]: ...
    def move(self, kept: Pupil, gone: Pupil, /) -> JSON: ...
    def give_back(self, kept: Pupil, gone: Pupil, before: Any, is_of_gone: IsOfGone, /) -> None: ...
    def forget(self, pupil: Pupil, /) -> None: ...
    def anonymise(
        self, pupil: Pupil, names: Sequence[str], nobody: str, /
    ) -> dict[str, Sequence[int]]: ...
    def tables(self, pupil: Pupil, /) -> list[Table]: ...


keepers: Hook[Callable[[], Keeper]] = Hook("what hangs on a pupil's record")


def _modules() -> list[Keeper]:
    return [module() for module in keepers]


def hanging(pupil: Pupil) -> list[str]:
    """Everything that hangs on a record, in sentences."""
    return [sentence for keeper in _modules() for sentence in keeper.hanging(pupil)]


def obstacles(kept: Pupil, gone: Pupil) -> list[str]:
    """Everything that keeps two records from being merged, in sentences."""
    return [sentence for keeper in _modules() for sentence in keeper.obstacles(kept, gone)]


def move(kept: Pupil, gone: Pupil) -> Moved:
    """Give all of `gone` to `kept`; returns what `give_back` needs."""
    return {keeper.__name__: keeper.move(kept, gone) for keeper in _modules()}


def give_back(
    kept: Pupil, gone: Pupil, before: Moved | Sequence[JSON], is_of_gone: IsOfGone
) -> None:
    """Part what `move` put together; an app that was not there then parts nothing."""
    if not isinstance(before, dict):
        # Version 1.1 wrote a list, in the order of the apps, when schools had no keeper.
        above = [each.__name__ for each in _modules() if not each.__name__.startswith("schools.")]
        before = dict(zip(above, before, strict=False))
    for keeper in _modules():
        if keeper.__name__ in before:
            keeper.give_back(kept, gone, before[keeper.__name__], is_of_gone)


def forget(pupil: Pupil) -> None:
    """Delete what is kept of a record on which nothing hangs."""
    for keeper in _modules():
        keeper.forget(pupil)


def anonymise(pupil: Pupil, names: Sequence[str], nobody: str) -> dict[str, Sequence[int]]:
    """Take away what tells who a child is; {"app.model": ids} of rows that events are about."""
    found: dict[str, Sequence[int]] = {}
    for keeper in _modules():
        found |= keeper.anonymise(pupil, names, nobody)
    return found


def tables(pupil: Pupil) -> list[Table]:
    """All `Table`s of the apps above."""
    return [table for keeper in _modules() for table in keeper.tables(pupil)]
