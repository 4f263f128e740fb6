"""A batch in words: which registers are new, which change what for whom, what is refused."""

from dataclasses import dataclass
from itertools import groupby

from django.utils import timezone

from ...enums import Mark, NotHeldReason, RegisterState
from ...month_workbook.refusals import in_words
from ...selectors.registers import pupil_names
from .staged_registers import Entry, entries_of


@dataclass
class Proposed:
    """A register as the preview shows it.

    `absent`: [(name, words)] of a new one; `changes`: [(name, before, now)] of a changed one;
    `before`, `now`: words for the whole session when one of both is "not held", else "".
    """

    entry: Entry
    absent: list
    changes: list
    before: str = ""
    now: str = ""

    def count(self, mark):
        """How many pupils carry a mark."""
        return sum(letter == mark for letter, _reason in self.entry.marks.values())

    @property
    def excused(self):
        return self.count(Mark.EXCUSED)

    @property
    def unexcused(self):
        return self.count(Mark.UNEXCUSED)

    @property
    def late(self):
        return self.count(Mark.LATE)


@dataclass
class Preview:
    """`new` and `changed`: `Proposed`s by day; `refused`: the first refusals, worded; cells of
    one column that are told the same stand together in `cells`, `shown` counts them singly.
    `problem`: what is wrong with the whole file and what to do, when no sheet can be taken."""

    new: list
    changed: list
    refused: list
    shown: int
    needs_reason: bool
    problem: tuple = ()

    @property
    def names(self):
        """Names of the pupils it tells of."""
        return {row[0] for each in (*self.new, *self.changed) for row in each.absent + each.changes}

    @property
    def changes_nothing(self):
        """Whether the registers already say what the file says."""
        return not self.new and not self.changed

    @property
    def has_blanks(self):
        """Whether empty cells on taken days are among the refusals."""
        return any(refusal["code"] == "blank" for refusal in self.refused)


def preview_of(batch):
    """`Preview` of a batch; one query, for the names."""
    entries = entries_of(batch)
    names = pupil_names(
        {pupil for each in entries for pupil in {**each.before, **each.marks}},
        beside={pupil for each in entries for pupil in each.roll},
    )
    proposed = [_proposed(entry, names) for entry in entries]
    refused = batch.content.get("refused", ())
    problem = batch.content.get("problem")
    today = timezone.localdate()
    return Preview(
        new=[each for each in proposed if each.entry.is_new],
        changed=[each for each in proposed if not each.entry.is_new],
        refused=_together(refused),
        shown=len(refused),
        needs_reason=any(entry.needs_reason(today) for entry in entries),
        problem=tuple(in_words(problem["code"], problem["params"])) if problem else (),
    )


def _proposed(entry, names):
    def name(pupil):
        return names.get(pupil, str(pupil))

    def by_name(rows):
        return sorted(rows, key=lambda row: row[0])

    found = Proposed(
        entry,
        by_name((name(pupil), Mark(mark).label) for pupil, (mark, _why) in entry.marks.items()),
        by_name(
            (name(pupil), _words(before), _words(now))
            for pupil, before, now in entry.changed_pupils()
        ),
    )
    if RegisterState.NOT_HELD in (entry.state, entry.before_state):
        found.before = _session_words(entry.before_state, entry.before_reason)
        found.now = _session_words(entry.state, entry.not_held_reason)
    return found


def _words(mark):
    return Mark(mark).label if mark else ""


def _session_words(state, reason):
    if not state:
        return ""
    label = RegisterState(state).label
    return f"{label}: {NotHeldReason(reason).label}" if reason else str(label)


def _together(refused):
    """Refusals in words; a day of thirty empty cells is one thing to mend, not thirty."""

    def told(refusal):
        column = refusal["cell"].rstrip("0123456789")
        return column, refusal["code"], refusal["value"], refusal["params"]

    rows = []
    for _told, group in groupby(refused, told):
        first, *others = group
        problem, remedy = in_words(first["code"], first["params"])
        cells = [each["cell"] for each in (first, *others) if each["cell"]]
        rows.append(first | {"cells": cells, "problem": problem, "remedy": remedy})
    return rows
