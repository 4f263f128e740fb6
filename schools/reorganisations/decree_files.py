"""A decree as a small table, in Excel or as CSV: one line for each old unit and where it goes.

    Số văn bản | Ngày văn bản | Có hiệu lực từ | Đối tượng | Mã cũ | Mã mới | Tên mới | Loại |
    Thuộc | Cụm | Mang theo

The first three are those of the decree and need to stand in its first line only. *Đối tượng* is
xã (also when it is empty), huyện, bản or trường. For a school *Mã cũ* is its code and *Thuộc* the
commune it lies in from then on. *Mang theo* names what goes along with the old unit (`followers`).
"""

import csv
import datetime
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.dates import DayRefused, check_day
from core.text import TextRefused, check_text
from core.vietnamese import NotADate, fold, parse_date
from core.workbooks import (
    Column,
    Limits,
    Row,
    Table,
    WorkbookRefused,
    columns_twice,
    find_table,
    refuse_all,
    small_table,
)

from ..enums import AreaKind, AreaLevel

MOST_BYTES = 1024 * 1024
MOST_ROWS = 3_000
MOST_CHARACTERS = 300  # of a cell
LONGEST = {"number": 60, "old": 20, "new": 10, "name": 100, "parent": 10, "cluster": 10}

COLUMNS = [
    Column("number", "Số văn bản", ["Số nghị quyết", "Số quyết định", "Document number"]),
    Column("decided_on", "Ngày văn bản", ["Ngày ban hành", "Document date"]),
    Column("effective_on", "Có hiệu lực từ", ["Ngày có hiệu lực", "Effective date"]),
    Column("about", "Đối tượng", ["About"]),
    Column("old", "Mã cũ", ["Old code"], required=True),
    Column("new", "Mã mới", ["New code"]),
    Column("name", "Tên mới", ["New name"]),
    Column("kind", "Loại", ["Loại đơn vị", "Kind"]),
    Column("parent", "Thuộc", ["Thuộc mã", "Mã cấp trên", "Lies in"]),
    Column("cluster", "Cụm", ["Mã cụm", "Cluster"]),
    Column("carries", "Mang theo", ["Carry"]),
    Column("note", "Ghi chú", ["Tên cũ", "Note"]),
]
HEADERS = {each.key: each.header for each in COLUMNS}
# What a line is about; None is a school.
SCHOOL = None
ABOUT: dict[str, AreaLevel | None] = {
    "": AreaLevel.COMMUNE,
    **dict.fromkeys(("xa", "phuong", "thi tran", "don vi", "commune"), AreaLevel.COMMUNE),
    **dict.fromkeys(("huyen", "thanh pho", "thi xa", "district"), AreaLevel.DISTRICT),
    **dict.fromkeys(("ban", "thon", "to dan pho", "village"), AreaLevel.VILLAGE),
    **dict.fromkeys(("truong", "school"), SCHOOL),
}
KINDS = {
    AreaLevel.DISTRICT: {"huyen": AreaKind.DISTRICT, "thanh pho": AreaKind.CITY},
    AreaLevel.COMMUNE: {
        "xa": AreaKind.COMMUNE,
        "phuong": AreaKind.WARD,
        "thi tran": AreaKind.TOWNSHIP,
    },
    AreaLevel.VILLAGE: dict.fromkeys(("ban", "thon", "to dan pho"), AreaKind.VILLAGE),
}
# A code is written with all its digits; Excel drops the zeros in front.
DIGITS = {AreaLevel.PROVINCE: 2, AreaLevel.DISTRICT: 3, AreaLevel.COMMUNE: 5}


@dataclass(frozen=True)
class Line:
    """One line: a unit or school and where it goes; texts are "" where nothing is written.

    Attributes:
        row: number of the row in the file; 0 for what follows from other lines.
        level: rank of the unit; None for a school.
        carries: codes of `followers` that go along with the unit.
    """

    row: int
    level: AreaLevel | None
    old: str
    new: str = ""
    name: str = ""
    kind: str = ""
    parent: str = ""
    cluster: str = ""
    carries: frozenset[str] = frozenset()

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"carries": sorted(self.carries)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        level = values["level"]
        return cls(
            **values
            | {
                "level": None if level is None else AreaLevel(level),
                "carries": frozenset(values["carries"]),
            }
        )


@dataclass(frozen=True)
class Decree:
    """A decree: its number and date, the day from which it is in force, its lines."""

    number: str
    decided_on: datetime.date
    effective_on: datetime.date
    lines: list[Line] = field(default_factory=list)

    @property
    def named(self) -> str:
        """How units say by what they came: number and date."""
        return f"{self.number} ngày {self.decided_on:%d/%m/%Y}"

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "decided_on": self.decided_on.isoformat(),
            "effective_on": self.effective_on.isoformat(),
            "lines": [line.as_json() for line in self.lines],
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        return cls(
            values["number"],
            datetime.date.fromisoformat(values["decided_on"]),
            datetime.date.fromisoformat(values["effective_on"]),
            [Line.from_json(line) for line in values["lines"]],
        )


def read_decree(data: bytes, *, name: str, carriers: Mapping[str, str]) -> Decree:
    """The decree in a file.

    Args:
        data: the bytes of an .xlsx or of a CSV in UTF-8, with commas, semicolons or tabs.
        name: what the file is called; its ending says which of both it is.
        carriers: {word of the column *Mang theo*: code} of what may be carried.

    Raises:
        ValidationError: the file cannot be read, or some lines; each sentence names its row.
    """
    table = _table(data, name)
    if table is None or table.missing or not table.rows:
        raise ValidationError(
            _(
                "The file has no table with the column “%(column)s” and a line below it. Use the "
                "template: manage.py reorganise --template FILE.xlsx."
            )
            % {"column": HEADERS["old"]}
        )
    reader = _Reader(table, carriers)
    decree = reader.decree()
    if reader.wrong:
        refuse_all(reader.wrong)
    return decree


def _table(data: bytes, name: str) -> Table | None:
    if len(data) > MOST_BYTES:
        raise ValidationError(_("The file is larger than 1 MB. A decree is a small table."))
    if not name.lower().endswith((".csv", ".txt")):
        limits = Limits(bytes=MOST_BYTES, rows=2 * MOST_ROWS, cell=MOST_CHARACTERS)
        return small_table(
            data, name=name, columns=COLUMNS, needed={"old"}, limits=limits, max_rows=MOST_ROWS
        )
    try:
        return find_table(list(_csv_rows(data)), COLUMNS, max_rows=MOST_ROWS)
    except WorkbookRefused as refused:
        raise ValidationError(str(refused)) from refused


def _csv_rows(data: bytes) -> list[list[Any]]:
    try:
        text = data.decode("utf-8-sig")
        check_text(text, most=MOST_BYTES)
    except (UnicodeDecodeError, TextRefused) as error:
        raise ValidationError(
            _("The file is no text in UTF-8. In Excel choose “Save as”, “CSV UTF-8”, or .xlsx.")
        ) from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    try:
        rows: list[list[Any]] = [
            list(row) for row in csv.reader(io.StringIO(text), delimiter=separator, strict=True)
        ]
    except csv.Error as error:
        raise ValidationError(_("The file is no CSV: %(error)s.") % {"error": error}) from error
    for number, row in enumerate(rows, start=1):
        if any(len(cell) > MOST_CHARACTERS for cell in row):
            raise ValidationError(
                _("Row %(row)s: a cell is longer than %(most)s characters. Shorten it.")
                % {"row": number, "most": MOST_CHARACTERS}
            )
    return rows


class _Reader:
    """Reads the lines of a table; what is wrong with them gathers in `wrong`."""

    def __init__(self, table: Table, carriers: Mapping[str, str]) -> None:
        self.rows = table.rows
        self.carriers = carriers
        self._codes = {fold(word): code for word, code in carriers.items()}
        self.wrong = columns_twice(table, COLUMNS)

    def decree(self) -> Decree:
        number = self._of_all("number")
        lines = [line for row in self.rows if (line := self._line(row)) is not None]
        days = {key: self._day(key) for key in ("decided_on", "effective_on")}
        today = datetime.date.min
        return Decree(
            number[1] if number else "",
            days["decided_on"] or today,
            days["effective_on"] or today,
            lines,
        )

    def _say(self, row: Row, key: str, text: str) -> None:
        self.wrong.append(
            _("Row %(row)s, column “%(column)s”: %(what)s")
            % {"row": row.number, "column": HEADERS[key], "what": text}
        )

    def _of_all(self, key: str) -> tuple[Row, str] | None:
        """The row and text of what all lines have in common; empty cells repeat it."""
        filled = [(row, text) for row in self.rows if (text := row.text(key))]
        if not filled:
            self.wrong.append(
                _("The column “%(column)s” is empty. Fill it in, in the first line at least.")
                % {"column": HEADERS[key]}
            )
            return None
        row, text = filled[0]
        if key in LONGEST and len(text) > LONGEST[key]:
            self._say(row, key, self._too_long(key))
        for other, differs in filled[1:]:
            if differs != text:
                self._say(
                    other,
                    key,
                    _("“%(text)s” is not “%(first)s” of row %(row)s. One file is one decree.")
                    % {"text": differs[:60], "first": text[:60], "row": row.number},
                )
                break
        return row, text

    def _day(self, key: str) -> datetime.date | None:
        found = self._of_all(key)
        if found is None:
            return None
        row, text = found
        try:
            day = parse_date(row.value(key))
            check_day(day)
        except (NotADate, DayRefused):
            self._say(
                row, key, _("“%(text)s” is no day. Write it like 01/07/2025.") % {"text": text[:60]}
            )
            return None
        return day

    def _line(self, row: Row) -> Line | None:
        about = fold(row.text("about"))
        if about not in ABOUT:
            self._say(
                row,
                "about",
                _("“%(text)s” is not known. Write xã, huyện, bản or trường.")
                % {"text": row.text("about")[:60]},
            )
            return None
        level = ABOUT[about]
        texts = {key: row.text(key) for key in ("old", "new", "name", "parent", "cluster")}
        for key, text in texts.items():
            if len(text) > LONGEST[key]:
                self._say(row, key, self._too_long(key))
        if not texts["old"] and not texts["new"]:
            self._say(row, "old", _("The line has no code. Fill it in or delete the line."))
            return None
        if level is not None:
            texts["old"] = whole(texts["old"], level)
            texts["new"] = whole(texts["new"], level)
        if level in (SCHOOL, AreaLevel.VILLAGE):
            # Of others the rank of what they lie in is known from the map alone.
            texts["parent"] = whole(texts["parent"], AreaLevel.COMMUNE)
        return Line(
            row=row.number,
            level=level,
            kind=self._kind(row, level),
            carries=self._carries(row, level),
            **texts,
        )

    def _kind(self, row: Row, level: AreaLevel | None) -> str:
        text = row.text("kind")
        if not text:
            return ""
        kinds = KINDS.get(level, {}) if level is not None else {}
        if fold(text) not in kinds:
            self._say(
                row,
                "kind",
                _("“%(text)s” is no kind of such a unit. Leave it empty or write: %(kinds)s.")
                % {
                    "text": text[:60],
                    "kinds": ", ".join(
                        dict.fromkeys(str(AreaKind(k).label) for k in kinds.values())
                    )
                    or "—",
                },
            )
            return ""
        return kinds[fold(text)]

    def _carries(self, row: Row, level: AreaLevel | None) -> frozenset[str]:
        words = [fold(word) for word in row.text("carries").replace(";", ",").split(",")]
        found = {self._codes[word] for word in words if word in self._codes}
        unknown = [word for word in words if word and word not in self._codes]
        if unknown or (found and level is None):
            self._say(
                row,
                "carries",
                _("Write one or several of these, for a unit only: %(words)s.")
                % {"words": ", ".join(self.carriers) or "—"},
            )
        return frozenset(found)

    def _too_long(self, key: str) -> str:
        return _("longer than %(most)s characters. Shorten it.") % {"most": LONGEST[key]}


def whole(code: str, level: int) -> str:
    """A code of a rank with the zeros that Excel dropped in front of it."""
    digits = DIGITS.get(AreaLevel(level), 0)
    return code.zfill(digits) if code.isdecimal() and code.isascii() else code
