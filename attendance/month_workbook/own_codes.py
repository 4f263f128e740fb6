"""How a workbook calls a pupil beside the name: by a number, or by a code of ours."""

from schools.vietnamese import fold

# Nobody else's codes begin so: schools number their pupils HS01, HS02 on their own.
PREFIX = "CC-"


def own_code(pupil):
    """What our workbooks write: the ministry's identifier, else a code that means this pupil."""
    return pupil.ministry_id or f"{PREFIX}{pupil.pk}"


def read_code(text):
    """A code as it is compared: without case, signs and leading zeros, which number cells lose."""
    return fold(text).replace(" ", "").lstrip("0")
