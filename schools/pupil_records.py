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

from dataclasses import dataclass

from core.hooks import Hook

keepers: Hook = Hook("what hangs on a pupil's record")


@dataclass(frozen=True)
class Table:
    """A part of what is kept of a child: its title, headings, and rows of plain values."""

    title: str
    headings: list
    rows: list


def _modules():
    return [module() for module in keepers]


def hanging(pupil):
    """Everything that hangs on a record, in sentences."""
    return [sentence for keeper in _modules() for sentence in keeper.hanging(pupil)]


def obstacles(kept, gone):
    """Everything that keeps two records from being merged, in sentences."""
    return [sentence for keeper in _modules() for sentence in keeper.obstacles(kept, gone)]


def move(kept, gone):
    """Give all of `gone` to `kept`; returns what `give_back` needs."""
    return [keeper.move(kept, gone) for keeper in _modules()]


def give_back(kept, gone, before, is_of_gone):
    """Part what `move` put together."""
    for keeper, how in zip(_modules(), before, strict=True):
        keeper.give_back(kept, gone, how, is_of_gone)


def forget(pupil):
    """Delete what is kept of a record on which nothing hangs."""
    for keeper in _modules():
        keeper.forget(pupil)


def anonymise(pupil, names, nobody):
    """Take away what tells who a child is; {"app.model": ids} of rows that events are about."""
    found = {}
    for keeper in _modules():
        found |= keeper.anonymise(pupil, names, nobody)
    return found


def tables(pupil):
    """All `Table`s of the apps above."""
    return [table for keeper in _modules() for table in keeper.tables(pupil)]
