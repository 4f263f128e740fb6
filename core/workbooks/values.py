"""Values of cells that are not what a person wrote there."""

import datetime
import re
from typing import Self, TypeAlias

FORMULA_FAILED, FORMULA_UNFINISHED = "formula_failed", "formula_without_value"
PERCENTAGE = "became_percent"
_LONGEST = 40

# Of a formula whose result is not stored Excel would show the result; we have none.
UNFINISHED_SHOWN = "=?"
_ERRORS = ("#div/0!", "#n/a", "#name?", "#null!", "#num!", "#ref!", "#value!", "#spill!", "#calc!")

# A day of a month as Excel shows it by itself, once it was turned into text: 6-Jan, Jan-26.
_MONTH_WORD = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}|th(?:á|a)?n?g ?\d{1,2}"
)
_SHOWN_DATE = re.compile(
    rf"\d{{1,2}}[- ](?:{_MONTH_WORD})(?:[- ]\d{{2,4}})?|(?:{_MONTH_WORD})[- ]\d{{2,4}}"
    r"|(?:-?\d+ days?, )?\d{1,3}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?"
    r"|\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{1,2}-\d{1,2}(?: 00:00:00)?"
)
_SHOWN_PERCENTAGE = re.compile(r"-?\d+(?:[.,]\d+)? ?%")
_SHOWN_POWER = re.compile(r"\d(?:[.,]\d+)?e\+?\d{1,2}")


# What a cell holds; an empty one "".
Cell: TypeAlias = (
    str | float | bool | datetime.date | datetime.datetime | datetime.time | datetime.timedelta
)


class Unreadable(str):
    """A cell without a value of its own; as text what Excel shows there, or "=?".

    `code` says why: FORMULA_FAILED, FORMULA_UNFINISHED or PERCENTAGE.
    """

    __slots__ = ("code",)
    code: str

    def __new__(cls, text: str, code: str) -> Self:
        cell = super().__new__(cls, text)
        cell.code = code
        return cell


def conversion_of(value: Cell | None) -> str:
    """What Excel made of something else that was typed into the cell, as a code, or "".

    Only for cells that hold no day and no amount: in them a date, a time, a percentage, true
    and false were never meant.
    """
    if isinstance(value, Unreadable):
        return value.code
    if isinstance(value, bool):
        return "became_boolean"
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return "became_date"
    if isinstance(value, str):
        # As in a copy of the cells as text, such as our own with the places marked.
        text = value[:_LONGEST].strip().casefold()
        if text in _ERRORS:
            return FORMULA_FAILED
        if text == UNFINISHED_SHOWN:
            return FORMULA_UNFINISHED
        if _SHOWN_PERCENTAGE.fullmatch(text):
            return PERCENTAGE
        if text in ("true", "false"):
            return "became_boolean"
        if _SHOWN_DATE.fullmatch(text):
            return "became_date"
        if _SHOWN_POWER.fullmatch(text):
            return "digits_lost"
    return ""
