"""What a ledger is made of: lines of whole numbers, and the sums they must keep.

    start + arrivals − departures − dropouts + returns = end

The two ends are counted from who is on a roll on the two days. The movements are counted from the
reasons for which times in class began and ended in between. Changes of class inside a place are
no movement of it: the end of one time in class and the beginning of the next must cancel. One half
without the other, which no reason explains, is what keeps a ledger from balancing.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from core.types import StrOrPromise

from ..enums import EntryReason, ExitReason

MOVED_IN, MOVED_OUT = "moved_in", "moved_out"
# Columns by the reason that fills them.
ENTRIES: Mapping[str, str] = {
    EntryReason.YEAR_START: "year_started",
    EntryReason.TRANSFER_IN: "transferred_in",
    EntryReason.NEW: "started_late",
    EntryReason.RETURN: "returned",
}
EXITS: Mapping[str, str] = {
    ExitReason.TRANSFER_OUT: "transferred_out",
    ExitReason.DROPOUT: "dropped_out",
    ExitReason.COMPLETED: "completed",
    ExitReason.OTHER: "left_otherwise",
}
ARRIVALS = (*ENTRIES.values(), MOVED_IN)
DEPARTURES = (*EXITS.values(), MOVED_OUT)
COLUMNS: Mapping[str, StrOrPromise] = {
    "start": _("On the roll at first"),
    "year_started": _("Began the school year"),
    "transferred_in": _("Came from other schools"),
    "started_late": _("Started late"),
    "returned": _("Came back"),
    MOVED_IN: _("Changed class to here"),
    "transferred_out": _("Went to other schools"),
    "dropped_out": _("Dropped out"),
    "completed": _("Finished the year"),
    "left_otherwise": _("Left otherwise"),
    MOVED_OUT: _("Changed class from here"),
    "end": _("On the roll at last"),
}


@dataclass
class Line:
    """The numbers of one place or group: {column: pupils}.

    `loose`: changes of class of which one half is missing.
    """

    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))
    loose: int = 0

    def __getitem__(self, column: str) -> int:
        return self.numbers[column]

    @property
    def expected(self) -> int:
        """What `end` must be by the movements."""
        return (
            self["start"]
            + sum(self[column] for column in ARRIVALS)
            - sum(self[column] for column in DEPARTURES)
        )

    @property
    def difference(self) -> int:
        """Pupils at last who are not explained; negative when some are missing."""
        return self["end"] - self.expected

    @property
    def balanced(self) -> bool:
        """Whether every pupil is accounted for."""
        return self.difference == 0 and not self.loose

    @property
    def values(self) -> list[int]:
        """The numbers in the order of `COLUMNS`."""
        return list(self.numbers.values())

    @property
    def is_empty(self) -> bool:
        """Whether nobody was ever there."""
        return not any(self.numbers.values()) and not self.loose


@dataclass(frozen=True)
class Cell:
    """Where pupils are counted: a key of a place (school or class id), and a group or None."""

    place: int
    group: Hashable


@dataclass(frozen=True)
class Movement:
    """Times in class that began or ended alike.

    `change`: of a change of class, where its other half is; None when that is missing. `reason`:
    an `EntryReason` of one that began, an `ExitReason` of one that ended.
    """

    cell: Cell
    is_entry: bool
    reason: str
    change: Cell | None
    pupils: int


@dataclass(frozen=True)
class Counted:
    """What the data base says of a period: pupils at both ends, and what happened between."""

    start: Mapping[Cell, int]
    end: Mapping[Cell, int]
    movements: Sequence[Movement]

    def lines(self, line_of: Callable[[Cell], Hashable | None]) -> dict[Hashable, Line]:
        """{key: `Line`}, where `line_of` says to which line a cell belongs, None for none.

        A change of class between two cells of one line is no movement of that line.
        """
        found: dict[Hashable, Line] = {}

        def add(key: Hashable | None, column: str, pupils: int) -> None:
            if key is not None:
                found.setdefault(key, Line()).numbers[column] += pupils

        for column, side in (("start", self.start), ("end", self.end)):
            for cell, pupils in side.items():
                add(line_of(cell), column, pupils)
        for each in self.movements:
            key = line_of(each.cell)
            if key is None:
                continue
            if each.reason not in (EntryReason.CLASS_CHANGE, ExitReason.CLASS_CHANGE):
                add(key, (ENTRIES if each.is_entry else EXITS)[each.reason], each.pupils)
            elif each.change is None:
                found.setdefault(key, Line()).loose += each.pupils
            elif line_of(each.change) != key:
                add(key, MOVED_IN if each.is_entry else MOVED_OUT, each.pupils)
        return found


def total(counted: Counted, places: Iterable[int]) -> Line:
    """The line of all these places together."""
    inside = set(places)
    lines = counted.lines(lambda cell: "all" if cell.place in inside else None)
    return lines.get("all", Line())
