"""How one cell becomes a value: widgets of django-import-export, one per kind of cell.

A sheet gives text, numbers (every one a float), dates, booleans or nothing. Each widget
returns the clean value, None for an empty cell, or raises `Refused` with what to do.
"""

import datetime
import re
import unicodedata
from typing import Any

from import_export.widgets import Widget

from core.old_fonts import old_font_of
from core.vietnamese import NotADate, NotASex, fold, ordinary_case, parse_date, parse_sex, sort_key
from core.workbooks import cell_text, conversion_of

from ... import ethnic_groups
from ...enums import Grade
from .refusals import Refused

CLASS_NAME_LIMIT = 30
# A class that is called by a number alone; what is larger is the day that Excel made of 6/1.
LARGEST_CLASS_NUMBER = 999

# Of a person's or a class's number, more zeros at the end than this were digits once.
_ZEROS_AT_END = 6
_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼ`´"), "'")


def class_key(value: Any) -> str:
    """A class name without case, spaces and the word "lớp"; 7/1 and 7A1 stay different."""
    key = cell_text(value).casefold().replace(" ", "")
    return key.removeprefix("lớp").lstrip(".:-")


def person_key(name: str, birth_date: datetime.date | None) -> tuple[str, datetime.date | None]:
    """Rows and records with equal keys may be one child: the name with its tones, the day.

    Case, punctuation and the place of the tone mark (hoà, hòa) do not count.
    """
    return sort_key(name), birth_date


def require_as_typed(key: str, value: Any) -> None:
    """Refuse a cell that no longer holds what was typed: Excel converted it, its formula has
    no result, or it is written in an old font.

    Args:
        key: of the column; value: the cell as it was read, before it is cleaned.

    Raises:
        Refused
    """
    code = conversion_of(value)
    # A day is what the column of birth dates is for; that it is none, its own cell tells.
    if code and not (code == "became_date" and key == "birth_date"):
        raise Refused(code, shown=cell_text(value))
    if isinstance(value, int | float):
        _require_whole(key, value)
    elif isinstance(value, str) and (font := old_font_of(value)):
        raise Refused("old_font", reading=f" → {font.reading}" if font.reading else "")


def _require_whole(key: str, number: float) -> None:
    if key == "class_name":
        if number != int(number):
            raise Refused("class_number", shown=cell_text(number))
        if abs(number) > LARGEST_CLASS_NUMBER:
            raise Refused("became_date", shown=cell_text(number))
    elif key in ("ministry_id", "citizen_id") and number and number % 10**_ZEROS_AT_END == 0:
        raise Refused("digits_lost", shown=cell_text(number))


class TextCell(Widget):
    """Free text of at most `limit` characters."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str | None:
        text = cell_text(value)
        if not text:
            return None
        return self.within_limit(text)

    def within_limit(self, text: str) -> str:
        """The text, or `Refused` when it is too long for its field."""
        if len(text) > self.limit:
            raise Refused("too_long", limit=self.limit)
        return text


class NameCell(TextCell):
    """A person's name, in ordinary case."""

    def __init__(self, *, required: bool = False) -> None:
        super().__init__(100)
        self.required = required

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str | None:
        if isinstance(value, bool):
            raise Refused("not_a_name")
        name = super().clean(cell_text(value).translate(_APOSTROPHES))
        if name is None:
            if self.required:
                raise Refused("blank")
            return None
        if not all(_may_stand_in_name(letter) for letter in name) or len(name) < 2:
            raise Refused("not_a_name")
        return ordinary_case(name)


def _may_stand_in_name(letter: str) -> bool:
    if letter in " '-.,":
        return True
    if not (letter.isalpha() or unicodedata.combining(letter)):
        return False
    return unicodedata.name(letter, "").startswith(("LATIN", "COMBINING"))


def age_on(day: datetime.date, born: datetime.date) -> int:
    """Whole years of age on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class BirthDateCell(Widget):
    """A date of birth: required, and of a person of school age on the day `on`.

    `youngest`, `oldest`: ages in years that are taken, set with `on` from the dated rules.
    """

    on: datetime.date
    youngest, oldest = 0, 150

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> datetime.date:
        try:
            born = parse_date(value)
        except NotADate as error:
            raise Refused(error.code) from error
        if born > self.on:
            raise Refused("not_born")
        age = age_on(self.on, born)
        if not self.youngest <= age <= self.oldest:
            raise Refused("age", age=age, youngest=self.youngest, oldest=self.oldest)
        return born


class SexCell(Widget):
    """Nam or Nữ and what people and programs write for them; required."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        if not cell_text(value):
            raise Refused("blank")
        try:
            return parse_sex(value)
        except NotASex as error:
            raise Refused("sex") from error


class EthnicGroupCell(Widget):
    """One of the 54, by name, another spelling or code."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = cell_text(value)
        if not text:
            raise Refused("blank")
        code = None if isinstance(value, bool) else ethnic_groups.code_of(text)
        if code is None:
            raise Refused("ethnic_group")
        return code


class NumberCell(Widget):
    """An identifier of exactly `digits` digits.

    A number cell has lost its leading zeros; up to two of them are put back. A text that is
    too short is refused, because there a digit may be missing anywhere.
    """

    LOST_ZEROS = 2

    def __init__(self, code: str, digits: int) -> None:
        super().__init__()
        self.code = code
        self.digits = digits

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str | None:
        text = cell_text(value).replace(" ", "").strip("'")
        if not text:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            missing = self.digits - len(text)
            text = text.zfill(self.digits) if missing <= self.LOST_ZEROS else text
        if not (len(text) == self.digits and text.isascii() and text.isdigit()):
            raise Refused(self.code)
        return text


class RecordCell(Widget):
    """The number of a record of ours, as an exported list has it."""

    LIMIT = 18

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        text = cell_text(value).replace(" ", "").strip("'")
        if not text:
            return None
        is_number = text.isascii() and text.isdecimal() and len(text) <= self.LIMIT
        if not is_number or isinstance(value, bool):
            raise Refused("record")
        return int(text)


class PhoneCell(Widget):
    """A telephone number: digits only, the country code written as a leading zero."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str | None:
        text = re.sub(r"[\s.\-()]", "", cell_text(value)).strip("'")
        if not text:
            return None
        text = re.sub(r"^(?:\+84|0084)", "0", text)
        if isinstance(value, int | float) and not text.startswith("0"):
            text = "0" + text
        if not (9 <= len(text) <= 11 and text.isascii() and text.isdigit()):
            raise Refused("phone")
        return text


class GradeCell(Widget):
    """Khối: 1 to 12, or the age groups of preschool."""

    KNOWN = {
        "nha tre": Grade.NURSERY,
        "24 36 thang": Grade.NURSERY,
        "3 tuoi": Grade.AGE_3,
        "3 4 tuoi": Grade.AGE_3,
        "be": Grade.AGE_3,
        "4 tuoi": Grade.AGE_4,
        "4 5 tuoi": Grade.AGE_4,
        "nho": Grade.AGE_4,
        "5 tuoi": Grade.AGE_5,
        "5 6 tuoi": Grade.AGE_5,
        "lon": Grade.AGE_5,
        **{str(grade.value): grade for grade in Grade if grade > 0},
    }

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Grade | None:
        text = re.sub(r"^(?:khoi|lop|mau giao)\s+", "", fold(cell_text(value)))
        if not text:
            return None
        try:
            return self.KNOWN[text.lstrip("0") if text.isdigit() else text]
        except KeyError as error:
            raise Refused("grade") from error


class ClassCell(Widget):
    """A class name as text; which class it means is for the change set to find."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = cell_text(value)
        if not text:
            raise Refused("blank")
        return text
