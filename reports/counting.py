"""Counting one class in one month: pure arithmetic over plain values, no database.

The rules are those of `reports.models.facts`. `reports.services.verify` counts the same by
another, slower way and shares nothing with this module.
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field

from schools.enums import EntryReason, ExitReason

from .models.facts import MEASURES

CAME = {
    EntryReason.YEAR_START: "came_start",
    EntryReason.TRANSFER_IN: "came_in",
    EntryReason.NEW: "came_new",
    EntryReason.RETURN: "came_return",
    EntryReason.CLASS_CHANGE: "came_class",
}
LEFT = {
    ExitReason.TRANSFER_OUT: "left_out",
    ExitReason.DROPOUT: "left_dropout",
    ExitReason.CLASS_CHANGE: "left_class",
    ExitReason.COMPLETED: "left_completed",
    ExitReason.OTHER: "left_other",
}


@dataclass(frozen=True, slots=True)
class Spell:
    """A pupil on the roll of the class during [start, end)."""

    pupil: int
    cell: tuple
    start: object
    end: object
    came: str
    left: str


@dataclass(slots=True)
class ClassRecords:
    """What is known of one class in one month.

    Args:
        spells: of the class, cut to its school year, touching the month.
        taken: register id -> date, of the registers taken on due sessions.
        marks: list of (register id, pupil id, column), where column is "excused",
            "unexcused" or "late"; of any register.
        due: set of (date, session) by the calendar.
        registered: set of (date, session) with a register, taken or not held.
        not_held: number of due sessions with a register that says so.
        sent_late: number of registers taken and first sent after their day.
    """

    spells: list = field(default_factory=list)
    taken: dict = field(default_factory=dict)
    marks: list = field(default_factory=list)
    due: set = field(default_factory=set)
    registered: set = field(default_factory=set)
    not_held: int = 0
    sent_late: int = 0


def cut(start, end, year_start, year_end):
    """A spell within its school year: (start, end, whether the year ended it), or None.

    `end` None is open. A spell still open when the year ends is over then, because a class
    is of one year.
    """
    start = max(start, year_start)
    over = end is None or end > year_end
    end = year_end if over else end
    return (start, end, over) if start < end else None


def count_pupils(records, month):
    """Measures of each cell: dict cell -> dict measure -> whole number.

    A pupil with two spells in one cell is one cluster of the sums of squares.
    """
    cells = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
    dates = sorted(records.taken.values())
    on_roll = defaultdict(list)
    sessions = defaultdict(int)
    for spell in records.spells:
        cell = cells[spell.cell]
        _count_roll(cell, spell, month)
        expected = bisect_left(dates, spell.end) - bisect_left(dates, spell.start)
        if expected:
            sessions[spell.cell, spell.pupil] += expected
            on_roll[spell.pupil].append(spell)
    missed = defaultdict(int)
    for register, pupil, column in records.marks:
        date = records.taken.get(register)
        if date is None:
            continue
        for spell in on_roll[pupil]:
            if spell.start <= date < spell.end:
                cells[spell.cell][column] += 1
                if column != "late":
                    missed[spell.cell, pupil] += 1
    for (key, pupil), n in sessions.items():
        cell, a = cells[key], missed[key, pupil]
        cell["expected"] += n
        cell["pupils"] += 1
        cell["sum_aa"] += a * a
        cell["sum_an"] += a * n
        cell["sum_nn"] += n * n
    return cells


def _count_roll(cell, spell, month):
    first, after = month.first, month.end
    if spell.start < first:
        cell["roll_start"] += 1
    else:
        cell[spell.came] += 1
    if spell.end < after:
        cell[spell.left] += 1
    else:
        cell["roll_end"] += 1


def count_sessions(records, counted_to):
    """Sessions of the class: dict of the counts of `ClassCoverage`, None when there is nothing.

    A session is scheduled when the calendar holds it and the class has pupils that day: a
    class opened in the middle of the year owes no registers before, one that was dissolved
    none after. A session of the day of counting is in only when its register exists, so that
    coverage is not punished early in the morning. A register that exists always counts.
    """
    scheduled = {
        (date, session)
        for date, session in records.due
        if (date, session) in records.registered
        or (date < counted_to and any(s.start <= date < s.end for s in records.spells))
    }
    if not scheduled and not records.spells:
        return None
    return {
        "scheduled": len(scheduled),
        "taken": len(records.taken),
        "not_held": records.not_held,
        "sent_late": records.sent_late,
        "days": len(set(records.taken.values())),
    }
