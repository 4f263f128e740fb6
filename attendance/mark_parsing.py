"""The marks of the paper book, in the ways people write, paste and type them.

The one list: the month grid, with and without its script, and the month workbook read by it.
Spellings are compared without case, tones and full-width forms.
"""

from typing import TypeAlias

from core.vietnamese import unmarked

from .enums import Mark

# What is said of a pupil: "P", "K", "M", or "" for present, and why, "" when nobody said.
MarkAndReason: TypeAlias = tuple[str, str]
PRESENT = "x"
# "không tính": only written, never sent.
NOT_COUNTED = "kt"
# Single Cyrillic letters look the same and come from copied lists.
_SPELLINGS = {
    PRESENT: ("x", "х", "×", "v", "+", ".", "·", "•", "✓", "✔", "√", "co", "co mat"),
    Mark.EXCUSED: ("p", "р", "cp", "phep", "co phep", "vang co phep", "nghi co phep"),
    Mark.UNEXCUSED: (
        *("k", "к", "kp", "ko phep", "khong phep"),
        *("vang khong phep", "nghi khong phep"),
    ),
    Mark.LATE: ("m", "м", "muon", "di muon", "di hoc muon", "tre", "di tre"),
}
WRITTEN = {text: str(mark) for mark, texts in _SPELLINGS.items() for text in texts}


def read_mark(text: str) -> str:
    """ "P", "K", "M", `PRESENT`, or "" for an empty cell; raises ValueError for anything else."""
    spelling = unmarked(text)
    if spelling and spelling not in WRITTEN:
        raise ValueError(text)
    return WRITTEN.get(spelling, "")
