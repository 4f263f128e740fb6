"""What a cell of the workbook says, and how it is written.

What could be meant in two ways is refused, never guessed.
"""

import re
from dataclasses import dataclass

from core.vietnamese import fold, unmarked
from core.workbooks import cell_text
from core.workbooks.values import Cell

from ..enums import Mark, NotHeldReason
from ..mark_parsing import NOT_COUNTED, PRESENT, WRITTEN
from .refusals import Refused

NOT_HELD = "N"
# What the cells of the grid offer to choose from.
OFFERED = (PRESENT, Mark.EXCUSED.value, Mark.UNEXCUSED.value, Mark.LATE.value)

# The tick typed as a letter. Some books write v for "vắng": see `plan`.
DOUBTFUL_TICK = "v"
_REASONS = {
    NotHeldReason.COLD: ("rét", "rét đậm", "rét hại", "rét đậm rét hại"),
    NotHeldReason.FLOOD: ("lũ", "mưa lũ", "lụt", "lũ lụt", "sạt lở", "mưa lũ sạt lở"),
    NotHeldReason.EPIDEMIC: ("dịch", "dịch bệnh"),
    NotHeldReason.TEACHER_AWAY: ("giáo viên", "giáo viên vắng", "gv", "gv vắng"),
    NotHeldReason.SCHOOL_EVENT: (
        *("hoạt động", "sự kiện", "thi", "hoạt động của trường"),
        "hoạt động của trường thi",
    ),
    NotHeldReason.LOCAL_HOLIDAY: (
        *("lễ", "nghỉ lễ", "lễ hội", "tết"),
        "nghỉ lễ lễ hội địa phương",
    ),
    NotHeldReason.OTHER: ("khác", "lý do khác"),
}
_REASON_OF = {fold(word): str(reason) for reason, words in _REASONS.items() for word in words}
_NOT_HELD = re.compile(r"(?:n|nghi hoc|nghi|khong hoc)(?:[\s:,.()\-–]+(.*))?")
_NOT_COUNTED = (NOT_COUNTED, "khong tinh")
_DASH = re.compile(r"[-–—/.\s]*")


@dataclass(frozen=True)
class Said:
    """What a cell says: `mark` "" for present, P, K or M; or that the session was `not_held`,
    with its reason or ""."""

    mark: str = ""
    not_held: str | None = None
    is_doubtful_tick: bool = False


def read_mark(value: Cell | None) -> Said | None:
    """`Said` of a cell, None for an empty one; raises `Refused`."""
    text = unmarked(cell_text(value)).strip(" '.")
    if not text:
        return None
    if text in WRITTEN:
        mark = "" if WRITTEN[text] == PRESENT else WRITTEN[text]
        return Said(mark, is_doubtful_tick=text == DOUBTFUL_TICK)
    found = _NOT_HELD.fullmatch(text)
    if found is None:
        raise Refused("unknown_mark")
    words = fold(found[1] or "")
    if words and words not in _REASON_OF:
        raise Refused("unknown_reason")
    return Said(not_held=_REASON_OF[words] if words else "")


def is_dash(value: Cell | None) -> bool:
    """Whether a cell is empty or only struck through."""
    return _DASH.fullmatch(cell_text(value)) is not None


def is_not_counted(value: Cell | None) -> bool:
    """Whether a cell says that the session does not count for the pupil."""
    return unmarked(cell_text(value)).strip(" '.") in _NOT_COUNTED


def written_mark(mark: str) -> str:
    """The letter of a stored mark, x for present."""
    return str(mark) or PRESENT


def written_not_held(reason: str) -> str:
    """How a session that was not held is written, such as "N rét"."""
    return f"{NOT_HELD} {_REASONS[NotHeldReason(reason)][0]}"


def reason_examples() -> str:
    """Every reason as it may be written, for people to read."""
    return ", ".join(written_not_held(reason) for reason in NotHeldReason)
