"""What stands above the marks: days however they are written, and titles that tell the month."""

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from core.months import Month
from core.vietnamese import NotADate, fold, parse_date, unmarked
from core.workbooks import Column
from schools.enums import Session

from .refusals import Refused

# (number, year or None)
MonthNamed: TypeAlias = tuple[int, int | None]

CODE = Column(
    "code",
    "Mã học sinh",
    (
        *("Mã định danh", "Mã định danh Bộ", "Mã định danh Bộ GD&ĐT", "Mã định danh học sinh"),
        *("Số định danh cá nhân", "Mã HS", "Mã"),
    ),
)
NAME = Column(
    "name",
    "Họ và tên",
    ("Họ tên", "Họ và tên học sinh", "Họ tên học sinh", "Tên học sinh", "Học sinh"),
)
COLUMNS = (
    Column("number", "STT", ("TT", "Số TT", "Số thứ tự")),
    CODE,
    NAME,
    Column("family", "Họ đệm", ("Họ", "Họ và đệm", "Họ và tên đệm", "Họ và tên lót")),
    Column("given", "Tên", ("Tên gọi",)),
)
OFF = "nghỉ"
SESSION_LETTERS = {Session.MORNING: "S", Session.AFTERNOON: "C"}
WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")

_WEEKDAY_WORDS = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5}
_SESSIONS = {"s": Session.MORNING, "sang": Session.MORNING, "am": Session.MORNING} | {
    "c": Session.AFTERNOON,
    "chieu": Session.AFTERNOON,
    "pm": Session.AFTERNOON,
}
_BETWEEN = re.compile(r"[\s,;:()\[\]|·–\-]*")
# The longer form first: "1/10" is no day 1.
_PIECES = (
    ("weekday", re.compile(r"(?:thu ?|t\.? ?)([2-7])\b|thu (hai|ba|tu|nam|sau|bay)\b")),
    ("sunday", re.compile(r"cn\b|chu nhat\b")),
    ("date", re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2} ?[/.\-] ?\d{1,2} ?[/.\-] ?\d{4}|\d{5}\b")),
    ("day_month", re.compile(r"(?:ngay )?(\d{1,2}) ?(?:[/.\-]|thang) ?(\d{1,2})(?!\d)")),
    ("day", re.compile(r"(?:ngay )?(\d{1,2})(?!\d)")),
    ("session", re.compile(r"(?:buoi )?(sang|chieu|s|c|am|pm)\b")),
    ("off", re.compile(r"nghi\b")),
)
# The day on which a list was printed or signed says nothing about its month, nor does a
# school that is called after a day ("19 tháng 8").
_SIGNED = re.compile(
    r"ngay\s*(?:\d{1,2}|[._…]{2,})\s*thang\s*\S*\s*nam\s*\S*|\b\d{1,2} thang \d{1,2}\b(?!\W*\d)"
)
_MONTH = re.compile(r"\bthang\W{0,3}(\d{1,2})\b(?:\W{0,3}(?:nam\W{0,3})?(\d{4})\b(?!\W{0,3}\d))?")
_SHEET_OF_MONTH = re.compile(r"t?\W?(\d{1,2})(?:\W(\d{4}))?")


@dataclass(frozen=True)
class Heading:
    """A day as a heading names it; what it leaves out is None."""

    day: int
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    session: Session | None = None

    def date_in(self, month: Month) -> datetime.date:
        """The date in a `Month`; raises `Refused` for another month or no such day."""
        if (self.month or month.number, self.year or month.year) != (month.number, month.year):
            raise Refused("other_month", month=month.label)
        try:
            date = datetime.date(month.year, month.number, self.day)
        except ValueError as error:
            raise Refused("no_such_day", month=month.label) from error
        if self.weekday not in (None, date.weekday()):
            raise Refused(
                "weekday_differs", day=f"{date:%d/%m/%Y}", weekday=WEEKDAYS[date.weekday()]
            )
        return date


def read_heading(texts: Sequence[str]) -> Heading | None:
    """`Heading` of the texts above a column, from the top down; None when it names no day.

    1, 01, 1/10, 01/10/2026, a date of Excel, "T2 1/10", "ngày 1", with S, C, Sáng or Chiều in
    any place. Words above the day, such as "Ngày trong tháng", are passed over.
    """
    for start in range(len(texts)):
        found = _read(unmarked(" ".join(texts[start:])))
        if found is not None:
            return found
    return None


def read_session(text: str) -> Session | None:
    """The `Session` that a heading of its own names ("C", "Chiều"), or None."""
    return _SESSIONS.get(fold(text).removeprefix("buoi "))


def is_sub_heading(text: str) -> bool:
    """Whether a cell below the headings goes on with them: S, C, T2, CN, nghỉ, or nothing."""
    words = fold(text)
    return words in ("", "cn", "chu nhat", fold(OFF)) or any(
        (read_session(words), re.fullmatch(r"(?:thu |t)[2-7]", words))
    )


def _read(text: str) -> Heading | None:
    values: dict[str, Any] = {}
    at = 0
    while at < len(text):
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if at == len(text):
            break
        found = next(
            ((key, match) for key, piece in _PIECES if (match := piece.match(text, at))), None
        )
        if found is None or not _take(values, *found):
            return None
        at = found[1].end()
    return Heading(**values) if values.get("day") else None


def _take(values: dict[str, Any], key: str, match: re.Match[str]) -> bool:
    """Add what a piece says; False when it cannot be, or says something else than before."""
    said: dict[str, Any] = {}
    if key == "weekday":
        said["weekday"] = int(match[1]) - 2 if match[1] else _WEEKDAY_WORDS[match[2]]
    elif key == "sunday":
        said["weekday"] = 6
    elif key == "date":
        try:
            date = parse_date(match[0].replace(" ", ""))
        except NotADate:
            return False
        said |= {"day": date.day, "month": date.month, "year": date.year}
    elif key == "day_month":
        said |= {"day": int(match[1]), "month": int(match[2])}
    elif key == "day":
        said["day"] = int(match[1])
    elif key == "session":
        said["session"] = _SESSIONS[match[1]]
    if not (1 <= said.get("day", 1) <= 31 and 1 <= said.get("month", 1) <= 12):
        return False
    return all(values.setdefault(name, value) == value for name, value in said.items())


def months_named(text: str, *, is_sheet_name: bool = False) -> set[MonthNamed]:
    """Set of (number, year or None) of the months that a title or a sheet's name tells."""
    plain = _SIGNED.sub(" ", unmarked(text))
    found = _MONTH.findall(plain)
    if is_sheet_name and (short := _SHEET_OF_MONTH.fullmatch(plain)):
        found.append(short.groups())
    return {
        (int(number), int(year) if year else None)
        for number, year in found
        if 1 <= int(number) <= 12
    }


def class_named(text: str, names: Iterable[str]) -> str | None:
    """Which of the class names a title tells: alone or after "lớp"; the longest, or None."""
    plain = fold(text)
    for name in sorted(names, key=len, reverse=True):
        words = fold(name).removeprefix("lop ")
        if plain == words or re.search(rf"\blop {re.escape(words)}(?!\w)", plain):
            return name
    return None
