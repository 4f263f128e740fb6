"""The 12 pupil statuses of the ministry and what each means for the roll.

Source: the status list of the ministry's school database (01 Đang học … 12 Thôi học trong
hè). "Nghỉ học xin học lại" is a pupil who had stopped and asked to come back.
"""

import re
from dataclasses import dataclass

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
