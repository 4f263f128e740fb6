"""The letters of the paper book, in the ways people write, paste and type them.

The one list: the month grid, with and without its script, and the month workbook read by it.
Spellings are compared without case, tones and full-width forms.
"""

from core.vietnamese import unmarked

from .enums import Mark

PRESENT = "x"
# "không tính": only written, never a letter to mark with.
NOT_COUNTED = "kt"
# Single Cyrillic letters look the same and come from copied lists.
_WORDS = {
    PRESENT: ("x", "х", "×", "v", "+", ".", "·", "•", "✓", "✔", "√", "co", "co mat"),
    Mark.EXCUSED: ("p", "р", "cp", "phep", "co phep", "vang co phep", "nghi co phep"),
    Mark.UNEXCUSED: (
        *("k", "к", "kp", "ko phep", "khong phep"),
        *("vang khong phep", "nghi khong phep"),
    ),
    Mark.LATE: ("m", "м", "muon", "di muon", "di hoc muon", "tre", "di tre"),
}
WRITTEN = {word: str(letter) for letter, words in _WORDS.items() for word in words}


def read_letter(text):
    """ "P", "K", "M", `PRESENT`, or "" for an empty cell; raises ValueError for anything else."""
    word = unmarked(text)
    if word and word not in WRITTEN:
        raise ValueError(text)
    return WRITTEN.get(word, "")
