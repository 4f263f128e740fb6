"""How one cell of a survey becomes a value. Each function raises `SurveyRefused`."""

import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any

from core.levels import EducationLevel
from core.vietnamese import fold, ordinary_case
from core.workbooks import cell_text
from schools.pupil_import.workbook.cells import (
    EthnicGroupCell,
    GradeCell,
    NumberCell,
    PhoneCell,
    TextCell,
    require_as_typed,
)
from schools.pupil_import.workbook.refusals import Refused

from ...enums import Presence, Residence
from .refusals import SurveyRefused

EARLIEST_YEAR = 1900
_CROSSES = {"x", "1", "co", "v"}
_RESIDENCES = {
    "thuong tru": Residence.PERMANENT,
    "tt": Residence.PERMANENT,
    "kt1": Residence.PERMANENT,
    "tam tru": Residence.TEMPORARY,
    "kt3": Residence.TEMPORARY,
}
_PRESENCES = {
    "dang o": Presence.LIVES,
    "dang cu tru": Presence.LIVES,
    "o tai cho": Presence.LIVES,
    "tai cho": Presence.LIVES,
    "chuyen den": Presence.ARRIVED,
    "den": Presence.ARRIVED,
    "chuyen di": Presence.LEFT,
    "di": Presence.LEFT,
    "chet": Presence.DIED,
    "da chet": Presence.DIED,
    "da mat": Presence.DIED,
    "mat": Presence.DIED,
    "tu vong": Presence.DIED,
}
_LEVELS = {
    "mn": EducationLevel.PRESCHOOL,
    "mam non": EducationLevel.PRESCHOOL,
    "th": EducationLevel.PRIMARY,
    "tieu hoc": EducationLevel.PRIMARY,
    "thcs": EducationLevel.LOWER_SECONDARY,
    "trung hoc co so": EducationLevel.LOWER_SECONDARY,
    "thpt": EducationLevel.UPPER_SECONDARY,
    "trung hoc pho thong": EducationLevel.UPPER_SECONDARY,
}
_YES_NO = {"co": True, "x": True, "1": True, "khong": False, "0": False, "ko": False}
# What a column is to the check that the cell is still as it was typed.
_TYPED_AS = {"class_name": "class_name", "citizen_id": "citizen_id"}


def require_typed(key: str, value: Any) -> None:
    """Refuse a cell that Excel converted, whose formula failed, or in an old font."""
    try:
        require_as_typed(_TYPED_AS.get(key, key), value)
    except Refused as refusal:
        raise SurveyRefused(refusal.code or "", **(refusal.params or {})) from refusal


def _of_pupils(clean: Callable[[Any], Any], value: Any) -> Any:
    try:
        return clean(value)
    except Refused as refusal:
        raise SurveyRefused(refusal.code or "", **(refusal.params or {})) from refusal


def text_of(limit: int, *, required: bool = False) -> Callable[[Any], str]:
    """A reader of text of at most `limit` characters; "" for an empty cell."""

    def read(value: Any) -> str:
        text: str = _of_pupils(TextCell(limit).clean, value) or ""
        if required and not text:
            raise SurveyRefused("blank")
        return text

    return read


def part_of_name(value: Any) -> str:
    """Họ đệm or tên: letters only. Some people have one word for a name: may be empty."""
    text = cell_text(value)
    if isinstance(value, bool) or any(not (c.isalpha() or c == " ") for c in fold(text)):
        raise SurveyRefused("not_a_name")
    if len(text) > 60:
        raise SurveyRefused("too_long", limit=60)
    return text


def name_of(last: str, given: str) -> str:
    """Họ đệm and tên together, in ordinary case."""
    return ordinary_case(f"{last} {given}".strip())


def cross_of(value: Any) -> bool:
    """Whether a cell is marked; X and what people write for it."""
    text = fold(cell_text(value))
    if not text:
        return False
    if text not in _CROSSES:
        raise SurveyRefused("cross")
    return True


def sex_of(value: Any) -> str:
    """ "F" for a marked cell, or the word Nữ; "M" for an empty one, or Nam."""
    text = fold(cell_text(value))
    if text in {"", "nam", "0"}:
        return "M"
    if text in {*_CROSSES, "nu"}:
        return "F"
    raise SurveyRefused("survey_sex")


def year_of(year: int, code: str = "survey_year") -> Callable[[Any], int | None]:
    """A reader of years up to that of the survey; None for an empty cell."""

    def read(value: Any) -> int | None:
        text = cell_text(value)
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{4}", text) or not EARLIEST_YEAR <= int(text) <= year:
            raise SurveyRefused(code, year=year)
        return int(text)

    return read


def number_of(most: int) -> Callable[[Any], int | None]:
    """A reader of a small whole number; None for an empty cell."""

    def read(value: Any) -> int | None:
        text = re.sub(r"^(?:lop|muc|giai doan)\s*", "", fold(cell_text(value)))
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= most:
            raise SurveyRefused("small_number", most=most)
        return int(text)

    return read


def residence_of(value: Any) -> str:
    """A `Residence`, "" for an empty cell."""
    return _word(_RESIDENCES, value, "", "residence")


def presence_of(value: Any) -> str:
    """A `Presence`; lives here for an empty cell."""
    return _word(_PRESENCES, value, Presence.LIVES, "presence")


def level_of(value: Any) -> str:
    """An `EducationLevel`, "" for an empty cell."""
    return _word(_LEVELS, value, "", "survey_level")


def _word(known: Mapping[str, str], value: Any, empty: str, code: str) -> str:
    text = fold(cell_text(value))
    if not text:
        return str(empty)
    if text not in known:
        raise SurveyRefused(code)
    return str(known[text])


def can_learn_of(value: Any) -> bool:
    """Whether somebody is able to learn; yes for an empty cell."""
    text = fold(cell_text(value))
    if not text:
        return True
    for word, told in _YES_NO.items():
        if text == word or text.startswith(word + " "):
            return told
    raise SurveyRefused("can_learn")


def grade_of(value: Any) -> int | None:
    """A `Grade`; None for an empty cell."""
    grade = _of_pupils(GradeCell().clean, value)
    return None if grade is None else int(grade)


def ethnic_group_of(value: Any) -> str:
    """The two-digit code of an ethnic group."""
    return str(_of_pupils(EthnicGroupCell().clean, value))


def citizen_id_of(value: Any) -> str:
    """A personal number of 12 digits, "" for an empty cell."""
    return _of_pupils(NumberCell("citizen_id", 12).clean, value) or ""


def phone_of(value: Any) -> str:
    """A telephone number, "" for none."""
    return _of_pupils(PhoneCell().clean, value) or ""


def birthday_of(day: int | None, month: int | None, year: int) -> datetime.date | None:
    """The date of birth; None when the family knows neither day nor month.

    Raises SurveyRefused: one of the two missing, or no such day.
    """
    if day is None and month is None:
        return None
    if day is None or month is None:
        raise SurveyRefused("day_or_month_missing")
    try:
        return datetime.date(year, month, day)
    except ValueError as error:
        raise SurveyRefused("no_such_birthday", day=day, month=month, year=year) from error
