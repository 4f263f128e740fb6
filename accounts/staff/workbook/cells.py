"""How one cell of the staff list becomes a value. Each function raises `StaffRefused`."""

import datetime
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from core.vietnamese import NotADate, NotASex, fold, parse_date, parse_sex
from core.workbooks import cell_text
from schools.pupil_import.workbook.cells import NameCell, PhoneCell, age_on, require_as_typed
from schools.pupil_import.workbook.refusals import Refused

from ..models import PostKind, staff_code_form
from .refusals import StaffRefused

YOUNGEST, OLDEST = 16, 90  # years; the labour code and room for those who teach on
# What a column is to the check that the cell is still as it was typed.
_TYPED_AS = {"homeroom": "class_name", "staff_code": "ministry_id"}

# Folded words that begin a post, the most exact first.
_POSTS = (
    ("pho hieu truong", PostKind.DEPUTY_HEAD),
    ("p hieu truong", PostKind.DEPUTY_HEAD),
    ("pht", PostKind.DEPUTY_HEAD),
    ("pho giam doc", PostKind.DEPUTY_HEAD),
    ("hieu truong", PostKind.HEAD),
    ("giam doc", PostKind.HEAD),
    ("ht", PostKind.HEAD),
    ("giao vien", PostKind.TEACHER),
    ("gv", PostKind.TEACHER),
    ("to truong", PostKind.TEACHER),
    ("to pho", PostKind.TEACHER),
    ("tong phu trach", PostKind.TEACHER),
    ("van thu", PostKind.CLERK),
    ("nhan vien van thu", PostKind.CLERK),
    ("ke toan", PostKind.OTHER),
    ("y te", PostKind.OTHER),
    ("thu vien", PostKind.OTHER),
    ("thiet bi", PostKind.OTHER),
    ("bao ve", PostKind.OTHER),
    ("cap duong", PostKind.OTHER),
    ("nau an", PostKind.OTHER),
    ("phuc vu", PostKind.OTHER),
    ("nhan vien", PostKind.OTHER),
    ("nv", PostKind.OTHER),
    ("khac", PostKind.OTHER),
)


def name_of(value: Any) -> str:
    """A person's name; required."""
    return str(_of_pupils(NameCell(required=True).clean, value))


def phone_of(value: Any) -> str:
    """A telephone number, "" for none."""
    return _of_pupils(PhoneCell().clean, value) or ""


def _of_pupils(clean: Callable[[Any], Any], value: Any) -> Any:
    try:
        return clean(value)
    except Refused as refusal:
        raise StaffRefused(refusal.code or "", **(refusal.params or {})) from refusal


def birth_date_of(value: Any, *, on: datetime.date) -> datetime.date | None:
    """A date of birth of somebody who can work on a day; None for an empty cell."""
    if not cell_text(value):
        return None
    try:
        born = parse_date(value)
    except NotADate as error:
        raise StaffRefused(error.code) from error
    age = age_on(on, born)
    if not YOUNGEST <= age <= OLDEST:
        raise StaffRefused("staff_age", age=age, youngest=YOUNGEST, oldest=OLDEST)
    return born


def sex_of(value: Any) -> str:
    """F or M, "" for an empty cell."""
    if not cell_text(value):
        return ""
    try:
        return parse_sex(value)
    except NotASex as error:
        raise StaffRefused("sex") from error


def email_of(value: Any) -> str:
    """An e-mail address, "" for an empty cell."""
    text = cell_text(value)
    if text:
        try:
            validate_email(text)
        except ValidationError as error:
            raise StaffRefused("email") from error
        if len(text) > 100:
            raise StaffRefused("too_long", limit=100)
    return text


def code_of(value: Any) -> str:
    """A staff code in capital letters, "" for an empty cell."""
    code = re.sub(r"\s", "", cell_text(value)).strip("'").upper()
    if code:
        try:
            staff_code_form(code)
        except ValidationError as error:
            raise StaffRefused("staff_code") from error
    return code


def post_of(value: Any) -> str:
    """A `PostKind`, "" for an empty cell."""
    text = fold(cell_text(value))
    if not text:
        return ""
    for words, kind in _POSTS:
        if text == words or text.startswith(words + " "):
            return str(kind)
    raise StaffRefused("post")


def require_typed(key: str, value: Any) -> None:
    """Refuse a cell that Excel converted, whose formula failed, or in an old font."""
    try:
        require_as_typed(_TYPED_AS.get(key, key), value)
    except Refused as refusal:
        raise StaffRefused(refusal.code or "", **(refusal.params or {})) from refusal
