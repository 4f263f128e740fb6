"""How a workbook calls a pupil beside the name: by a number, or by a code of ours."""

from core.vietnamese import fold
from schools.models import Pupil

# Nobody else's codes begin so: schools number their pupils HS01, HS02 on their own.
PREFIX = "CC-"


def own_code(pupil_id: int) -> str:
    """A code that means this pupil in every workbook of ours, whatever numbers it gets later."""
    return f"{PREFIX}{pupil_id}"


def code_of(pupil: Pupil) -> str:
    """What our workbooks write: the ministry's identifier when there is one."""
    return pupil.ministry_id or own_code(pupil.pk)


def read_code(text: str) -> str:
    """A code as it is compared: without case, signs and leading zeros, which number cells lose."""
    return fold(text).replace(" ", "").lstrip("0")
