"""A batch in words: which registers are new, which change what for whom, what is refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils import timezone

from core.types import StrOrPromise

from ...enums import Mark, NotHeldReason, RegisterState
from ...models import MonthBatch
from ...registers.selectors.registers import pupil_names
from ..refusals import in_words
from .staged_registers import Entry, entries_of


@dataclass
class Proposed:
    """A register as the preview shows it.

    `absent`: [(name, words)] of a new one; `changes`: [(name, before, now)] of a changed one;
    `before`, `now`: words for the whole session when one of both is "not held", else "".
    """

    entry: Entry
    absent: list[tuple[str, StrOrPromise]]
    changes: list[tuple[str, StrOrPromise, StrOrPromise]]
    before: str = ""
    now: str = ""

    def count(self, mark: str) -> int:
        """How many pupils carry a mark."""
        return sum(letter == mark for letter, _reason in self.entry.marks.values())

    @property
    def excused(self) -> int:
        return self.count(Mark.EXCUSED)

    @property
    def unexcused(self) -> int:
        return self.count(Mark.UNEXCUSED)

    @property
    def late(self) -> int:
        return self.count(Mark.LATE)


@dataclass
class Preview:
    """`new` and `changed`: `Proposed`s by day; `refused`: the first refusals, worded; cells of
    one column that are told the same stand together in `cells`, `shown` counts them singly.
    """

    new: list[Proposed]
    changed: list[Proposed]
    refused: list[dict[str, Any]]
    shown: int
    needs_reason: bool

    @property
    def names(self) -> set[str]:
        """Names of the pupils it tells of."""
        return {row[0] for each in (*self.new, *self.changed) for row in each.absent + each.changes}

    @property
    def changes_nothing(self) -> bool:
        """Whether the registers already say what the file says."""
        return not self.new and not self.changed

    @property
    def has_blanks(self) -> bool:
        """Whether empty cells on taken days are among the refusals."""
        return any(refusal["code"] == "blank" for refusal in self.refused)


def preview_of(batch: MonthBatch) -> Preview:
    """`Preview` of a batch; one query, for the names."""
    entries = entries_of(batch)
    names = pupil_names(
        {pupil for each in entries for pupil in {**each.before, **each.marks}},
        beside={pupil for each in entries for pupil in each.roll},
    )
    proposed = [_proposed(entry, names) for entry in entries]
    refused = batch.content.get("refused", ())
    today = timezone.localdate()
    return Preview(
        new=[each for each in proposed if each.entry.is_new],
        changed=[each for each in proposed if not each.entry.is_new],
        refused=_together(refused),
        shown=len(refused),
        needs_reason=any(entry.needs_reason(today) for entry in entries),
    )


def _proposed(entry: Entry, names: Mapping[int, str]) -> Proposed:
    def name(pupil: int) -> str:
        return names.get(pupil, str(pupil))

    found = Proposed(
        entry,
        sorted((name(pupil), Mark(mark).label) for pupil, (mark, _why) in entry.marks.items()),
        sorted(
            (name(pupil), _words(before), _words(now))
            for pupil, before, now in entry.changed_pupils()
        ),
    )
    if RegisterState.NOT_HELD in (entry.state, entry.before_state):
        found.before = _session_words(entry.before_state, entry.before_reason)
        found.now = _session_words(entry.state, entry.not_held_reason)
    return found


def _words(mark: str) -> StrOrPromise:
    return Mark(mark).label if mark else ""


def _session_words(state: str, reason: str) -> str:
    if not state:
        return ""
    label = RegisterState(state).label
    return f"{label}: {NotHeldReason(reason).label}" if reason else str(label)


def _together(refused: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Refusals in words; a day of thirty empty cells is one thing to mend, not thirty."""

    def told(refusal: dict[str, Any]) -> tuple[object, ...]:
        column = refusal["cell"].rstrip("0123456789")
        return column, refusal["code"], refusal["value"], refusal["params"]

    rows = []
    for _told, group in groupby(refused, told):
        first, *others = group
        problem, remedy = in_words(first["code"], first["params"])
        cells = [each["cell"] for each in (first, *others) if each["cell"]]
        rows.append(first | {"cells": cells, "problem": problem, "remedy": remedy})
    return rows
