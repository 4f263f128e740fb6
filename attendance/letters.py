"""The letters of the paper book, in the ways people write and paste them.

The one list: a form without a script is read by it, and the grid's script gets it with the page.
"""

from schools.vietnamese import unmarked

from .enums import Mark

PRESENT = "x"
WRITTEN = {
    **dict.fromkeys(["x", "v", "+", ".", "·", "•", "✓", "✔", "co", "co mat"], PRESENT),
    **dict.fromkeys(["p", "cp", "phep", "co phep", "vang co phep"], str(Mark.EXCUSED)),
    **dict.fromkeys(["k", "kp", "ko phep", "khong phep", "vang khong phep"], str(Mark.UNEXCUSED)),
    **dict.fromkeys(["m", "muon", "di muon"], str(Mark.LATE)),
}


def read_letter(text):
    """ "P", "K", "M", `PRESENT`, or "" for an empty cell; raises ValueError for anything else."""
    word = unmarked(text)
    if word and word not in WRITTEN:
        raise ValueError(text)
    return WRITTEN.get(word, "")
