"""The 12 pupil statuses of the ministry and what each means for the roll.

Source: the status list of the ministry's school database (01 Đang học … 12 Thôi học trong
hè). "Nghỉ học xin học lại" is a pupil who had stopped and asked to come back.
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.vietnamese import fold
from core.workbooks import cell_text
from core.workbooks.values import Cell

from ...enums import EntryReason, ExitReason
from .refusals import Refused


@dataclass(frozen=True)
class Status:
    """A status: on the roll (`entry` says how a new pupil came) or off it (`exit`)."""

    code: str
    name: str
    entry: EntryReason | None = None
    exit: ExitReason | None = None


STUDYING = Status("01", "Đang học", entry=EntryReason.YEAR_START)
STATUSES = (
    STUDYING,
    Status("02", "Chuyển đến kỳ 1", entry=EntryReason.TRANSFER_IN),
    Status("03", "Nghỉ học xin học lại kỳ 1", entry=EntryReason.RETURN),
    Status("04", "Chuyển đi kỳ 1", exit=ExitReason.TRANSFER_OUT),
    Status("05", "Thôi học kỳ 1", exit=ExitReason.DROPOUT),
    Status("06", "Chuyển đến kỳ 2", entry=EntryReason.TRANSFER_IN),
    Status("07", "Nghỉ học xin học lại kỳ 2", entry=EntryReason.RETURN),
    Status("08", "Chuyển đi kỳ 2", exit=ExitReason.TRANSFER_OUT),
    Status("09", "Thôi học kỳ 2", exit=ExitReason.DROPOUT),
    Status("10", "Chuyển đến trong hè", entry=EntryReason.TRANSFER_IN),
    Status("11", "Chuyển đi trong hè", exit=ExitReason.TRANSFER_OUT),
    Status("12", "Thôi học trong hè", exit=ExitReason.DROPOUT),
)
# Without the term the meaning for the roll is the same.
_OTHER_WORDS = {
    "dang hoc": "01",
    "hoc": "01",
    "chuyen den": "02",
    "nghi hoc xin hoc lai": "03",
    "chuyen di": "04",
    "chuyen truong": "04",
    "thoi hoc": "05",
    "bo hoc": "05",
}


class Spell(Protocol):
    """A time in class, as far as a status follows from it."""

    entry_reason: str
    exit_reason: str
    told_status: str
    valid_from: datetime.date
    valid_to: datetime.date | None


@dataclass(frozen=True)
class Terms:
    """The days on which lessons begin, the second term begins, and lessons are over."""

    first_day: datetime.date
    second_term: datetime.date
    over: datetime.date

    def place_of(self, day: datetime.date) -> int:
        """0 in the first term, 1 in the second, 2 in the summer."""
        if day < self.first_day or day >= self.over:
            return 2
        return int(day >= self.second_term)


# By what happened: in the first term, in the second, in the summer (no return is told of it).
_MOVED_HERE, _RETURNED = ("02", "06", "10"), ("03", "07", "03")
_MOVED_AWAY, _LEFT = ("04", "08", "11"), ("05", "09", "12")
# Whoever came so is simply studying.
_PLAIN = (EntryReason.YEAR_START.value, EntryReason.NEW.value)


def status_of_studying(spells: Sequence[Spell]) -> Status | None:
    """The status of a pupil on the roll as a list told it, or as it is told of whoever came with
    the others; None where it follows from the day of coming.

    Args:
        spells: of one pupil, school and year, in the order of time; not empty.
    """
    for spell in reversed(spells):
        told = _BY_CODE.get(spell.told_status)
        if told is not None and told.entry is not None:
            return told
        if spell.entry_reason != EntryReason.CLASS_CHANGE:
            return STUDYING if spell.entry_reason in _PLAIN else None
    return STUDYING


def status_on(day: datetime.date, spells: Sequence[Spell], terms: Terms) -> Status:
    """The ministry's status of a pupil, on a day.

    A list's own word stands as long as the roll says the same; else it follows from how the
    pupil came or left, and when. The list knows neither the end of a year nor a leaving for
    "other reasons": whom the year's end took off the roll was studying, the others left school.

    Args:
        spells: as of `status_of_studying`; the last one tells whether the pupil is on the roll.
    """
    last = spells[-1]
    is_off = last.valid_to is not None and last.valid_to <= day
    if is_off and last.exit_reason != ExitReason.COMPLETED:
        told = _BY_CODE.get(last.told_status)
        if told is not None and told.exit is not None and told.exit.value == last.exit_reason:
            return told
        codes = _MOVED_AWAY if last.exit_reason == ExitReason.TRANSFER_OUT else _LEFT
        assert last.valid_to is not None, "of a spell that is over"
        return _BY_CODE[codes[terms.place_of(last.valid_to)]]
    known = status_of_studying(spells)
    if known is not None:
        return known
    came = next(each for each in reversed(spells) if each.entry_reason != EntryReason.CLASS_CHANGE)
    codes = _RETURNED if came.entry_reason == EntryReason.RETURN else _MOVED_HERE
    return _BY_CODE[codes[terms.place_of(came.valid_from)]]


def _with_term(words: str) -> str:
    """One spelling for "học kỳ 1", "kỳ I" and "kỳ 1"."""
    words = re.sub(r"\b(?:hoc )+ky\b", "ky", words)
    return re.sub(r"\bky i\b", "ky 1", re.sub(r"\bky ii\b", "ky 2", words))


_BY_CODE = {status.code: status for status in STATUSES}
_BY_WORDS = {_with_term(fold(status.name)): status for status in STATUSES} | {
    words: _BY_CODE[code] for words, code in _OTHER_WORDS.items()
}


def status_of(value: Cell | None) -> Status:
    """The `Status` of a cell, by code or words; an empty cell means studying."""
    words = fold(cell_text(value))
    if not words:
        return STUDYING
    code, _space, rest = words.partition(" ")
    if code.isdigit():
        status = _BY_CODE.get(code.zfill(2))
        if status and (not rest or _BY_WORDS.get(_with_term(rest)) == status):
            return status
        raise Refused("status")
    try:
        return _BY_WORDS[_with_term(words)]
    except KeyError as error:
        raise Refused("status") from error
